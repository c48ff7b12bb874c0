"""Definitions from files, values and cloud assemblies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from asl.testing import UnusableDefinitionError, Workflow

if TYPE_CHECKING:
    from pathlib import Path

Json = Any

LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:"
INVOKE = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}


def one_state(**fields: Json) -> Json:
    return {"StartAt": "Do", "States": {"Do": {**INVOKE, **fields}}}


def function_of(workflow: Workflow) -> Json:
    return json.loads(workflow.text)["States"]["Do"]["Parameters"]["FunctionName"]


def test_a_file_is_named_after_itself_or_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "order"
    folder.mkdir()
    text = json.dumps(one_state(Parameters={"FunctionName": "${Send.Arn}"}))
    for name in ("ship.asl.json", "definition.asl.json"):
        (folder / name).write_text(text)
    assert Workflow.from_file(folder / "ship.asl.json").name == "ship"
    assert Workflow.from_file(folder / "definition.asl.json").name == "order"
    assert Workflow.from_file(folder / "ship.asl.json", name="other").name == "other"


def test_placeholders_become_arns_or_what_the_test_says() -> None:
    payload = {"topic": "${Topic}", "cost": "$${x}"}
    definition = one_state(
        Resource="arn:${AWS::Partition}:states:::lambda:invoke",
        Parameters={"FunctionName": "${Send.Arn}", "Payload": payload},
    )
    workflow = Workflow.from_definition(definition)
    assert function_of(workflow) == f"{LAMBDA}Send"
    state = json.loads(workflow.text)["States"]["Do"]
    assert state["Resource"] == "arn:aws:states:::lambda:invoke"
    assert state["Parameters"]["Payload"] == payload
    other = Workflow.from_definition(definition, substitutions={"Send.Arn": "theirs", "Topic": "news"})
    assert function_of(other) == "theirs"
    assert "news" in other.text


def test_a_text_is_a_definition_too() -> None:
    assert Workflow.from_definition('{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}').run().succeeded


WRONG: list[tuple[str, str]] = [
    ("{", "broken.asl.json is not JSON"),
    ("[]", "broken.asl.json is not a valid definition"),
    ('{"StartAt": "A", "States": {}}', "not a valid definition:\n  .*States"),
    (
        '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}',
        "MISSING_TRANSITION_TARGET.*at /States/A/Next",
    ),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_a_definition_that_can_not_be_used_says_where(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "broken.asl.json"
    path.write_text(text)
    with pytest.raises(UnusableDefinitionError, match=message):
        Workflow.from_file(path)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnusableDefinitionError, match=r"cannot read .*nowhere.json: No such file"):
        Workflow.from_file(tmp_path / "nowhere.json")


BEFORE, AFTER = json.dumps(one_state(Parameters={"FunctionName": "|"})).split("|")
STATE_MACHINE = {
    "Type": "AWS::StepFunctions::StateMachine",
    "Properties": {
        "StateMachineName": "orders",
        "DefinitionString": {"Fn::Join": ["", [BEFORE, {"Fn::GetAtt": ["SendABCD1234", "Arn"]}, AFTER]]},
    },
    "Metadata": {"aws:cdk:path": "Shop/Orders/StateMachine/Resource"},
}
FUNCTION = {"Type": "AWS::Lambda::Function", "Metadata": {"aws:cdk:path": "Shop/Send/Resource"}}


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    """A cloud assembly with a state machine and the function that it invokes."""
    template = {"Resources": {"SendABCD1234": FUNCTION, "OrdersEF567890": STATE_MACHINE}}
    (tmp_path / "Shop.template.json").write_text(json.dumps(template))
    stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "Shop.template.json"}}
    (tmp_path / "manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": {"Shop": stack}}))
    return tmp_path


@pytest.mark.parametrize("name", ["orders", "OrdersEF567890", "Shop/Orders/StateMachine", "StateMachine"])
def test_a_state_machine_of_an_assembly_is_found_by_any_of_its_names(assembly: Path, name: str) -> None:
    workflow = Workflow.from_assembly(assembly, name)
    assert workflow.name == "orders"
    assert workflow.source == assembly.resolve() / "Shop/Orders/StateMachine"


@pytest.mark.parametrize(
    "name", ["Send", "SendABCD1234", "Shop/Send", "Shop-SendABCD1234", f"{LAMBDA}Shop-SendABCD1234"]
)
def test_a_function_of_an_assembly_is_bound_by_any_of_its_names(assembly: Path, name: str) -> None:
    run = Workflow.from_assembly(assembly, "orders").run(handlers={name: {"sent": True}})
    assert run.output["Payload"] == {"sent": True}


def test_what_an_assembly_has_not_says_what_it_has(assembly: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(UnusableDefinitionError, match=r"no state machine is called 'order'. There is: orders"):
        Workflow.from_assembly(assembly, "order")
    with pytest.raises(UnusableDefinitionError, match="`cdk synth` writes a cloud assembly"):
        Workflow.from_assembly(tmp_path_factory.mktemp("empty"), "orders")
