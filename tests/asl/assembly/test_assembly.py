"""Reading cloud assemblies: names, ARNs and definitions as they will be once deployed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from asl.assembly import AssemblyError, read_assembly
from asl.definition.validation import validate

if TYPE_CHECKING:
    from pathlib import Path

FUNCTION = {"Type": "AWS::Lambda::Function", "Properties": {"Handler": "work.handler", "Runtime": "python3.13"}}
ACCOUNT_AND_REGION = {"account": "111122223333", "region": "eu-west-1"}


def machine(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}


def definition(resource: str = "arn:aws:states:::lambda:invoke", **parameters: Any) -> dict[str, Any]:
    state = {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True}
    return {"StartAt": "Work", "States": {"Work": state}}


def write(folder: Path, stacks: dict[str, Any], files: dict[str, Any] | None = None) -> Path:
    """An assembly with these templates; `files` are assets, by the key under which they are uploaded."""
    artifacts: dict[str, Any] = {"tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}}}
    for name, resources in stacks.items():
        template = resources if "Resources" in resources else {"Resources": resources}
        (folder / f"{name}.template.json").write_text(json.dumps(template))
        artifacts[name] = {"type": "aws:cloudformation:stack", "properties": {"templateFile": f"{name}.template.json"}}
    assets = {}
    for number, (key, content) in enumerate((files or {}).items()):
        (folder / f"asset{number}").write_text(json.dumps(content))
        assets[str(number)] = {"source": {"path": f"asset{number}"}, "destinations": {"here": {"objectKey": key}}}
    (folder / "all.assets.json").write_text(json.dumps({"files": assets}))
    artifacts["assets"] = {"type": "cdk:asset-manifest", "properties": {"file": "all.assets.json"}}
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return folder


def parameters_of(folder: Path) -> Any:
    (found,) = read_assembly(folder, **ACCOUNT_AND_REGION).state_machines
    assert validate(found.definition) == []
    return json.loads(found.definition)["States"]["Work"]["Parameters"]


def joined(*parts: Any) -> dict[str, Any]:
    """A definition as the CDK writes it: text, with tokens between."""
    return {"Fn::Join": ["", list(parts)]}


def test_a_definition_names_a_function_by_the_arn_it_will_have(tmp_path: Path) -> None:
    text = json.dumps(definition("TOKEN"))
    before, after = text.split("TOKEN")
    body = joined(before, {"Fn::GetAtt": ["Work", "Arn"]}, after)
    write(tmp_path, {"Shop": {"Work": FUNCTION, "Orders": machine(DefinitionString=body)}})
    assembly = read_assembly(tmp_path, **ACCOUNT_AND_REGION)
    arn = json.loads(assembly.state_machine("Orders").definition)["States"]["Work"]["Resource"]
    assert arn == "arn:aws:lambda:eu-west-1:111122223333:function:Shop-Work"
    assert assembly.function(arn) == assembly.function("Shop-Work") == assembly.function(f"{arn}:live")
    (function,) = assembly.functions
    assert (function.arn, function.handler, function.logical_id) == (arn, "work.handler", "Work")
    assert assembly.function("Another") is None


@pytest.mark.parametrize(
    ("resources", "value", "expected"),
    [
        ({"A": {"Type": "AWS::SNS::Topic"}}, {"Ref": "A"}, "arn:aws:sns:eu-west-1:111122223333:Shop-A"),
        ({"A": {"Type": "AWS::SNS::Topic"}}, {"Fn::GetAtt": ["A", "TopicName"]}, "Shop-A"),
        ({"A": {"Type": "AWS::SQS::Queue"}}, {"Ref": "A"}, "https://sqs.eu-west-1.amazonaws.com/111122223333/Shop-A"),
        ({"A": {"Type": "AWS::SQS::Queue"}}, {"Fn::GetAtt": "A.Arn"}, "arn:aws:sqs:eu-west-1:111122223333:Shop-A"),
        ({"A": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "b"}}}, {"Ref": "A"}, "b"),
        ({"A": FUNCTION}, {"Ref": "A"}, "Shop-A"),
        (
            {
                "A": FUNCTION,
                "L": {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "A"}, "Name": "l"}},
            },
            {"Ref": "L"},
            "arn:aws:lambda:eu-west-1:111122223333:function:Shop-A:l",
        ),
        ({"A": {"Type": "Custom::Thing"}}, {"Fn::GetAtt": ["A", "Answer"]}, "${A.Answer}"),
        (
            {},
            {"Fn::Sub": "arn:${AWS::Partition}:x:${AWS::Region}:${AWS::AccountId}:${!kept}"},
            "arn:aws:x:eu-west-1:111122223333:${kept}",
        ),
        ({}, {"Fn::Sub": ["${Name}-${AWS::StackName}", {"Name": "n"}]}, "n-Shop"),
        ({}, {"Fn::Select": ["1", {"Fn::Split": [",", "a,b"]}]}, "b"),
        ({}, {"Fn::If": ["Production", "yes", "no"]}, "yes"),
        ({}, {"Fn::GetAZs": ""}, "${Fn::GetAZs}"),
        ({}, {"Ref": "Nowhere"}, "${Nowhere}"),
        ({}, {"Fn::Select": ["9", ["a"]]}, "${Fn::Select}"),
    ],
)
def test_tokens_become_what_cloudformation_will_make_of_them(
    tmp_path: Path, resources: Any, value: Any, expected: str
) -> None:
    body = definition(FunctionName="f", Payload=value)
    write(tmp_path, {"Shop": {**resources, "Orders": machine(Definition=body)}})
    assert parameters_of(tmp_path)["Payload"] == expected


def test_a_parameter_is_its_default_and_an_import_what_the_other_stack_exports(tmp_path: Path) -> None:
    body = definition(FunctionName={"Ref": "Name"}, Payload={"Fn::ImportValue": "Platform:Bus"})
    bus = {"Resources": {"Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "events"}}}}
    bus["Outputs"] = {"Bus": {"Value": {"Ref": "Bus"}, "Export": {"Name": "Platform:Bus"}}}
    shop = {"Parameters": {"Name": {"Default": "work"}}, "Resources": {"Orders": machine(Definition=body)}}
    write(tmp_path, {"Platform": bus, "Shop": shop})
    assert parameters_of(tmp_path) == {"FunctionName": "work", "Payload": "events"}


def test_a_definition_can_be_an_uploaded_file_with_substitutions(tmp_path: Path) -> None:
    body = definition(FunctionName="${Function}", Payload="${Unknown}")
    orders = machine(
        StateMachineName="orders",
        StateMachineType="EXPRESS",
        DefinitionS3Location={"Bucket": "assets", "Key": "f00.json"},
        DefinitionSubstitutions={"Function": {"Ref": "Work"}},
    )
    write(tmp_path, {"Shop": {"Work": FUNCTION, "Orders": orders}}, {"f00.json": body})
    found = read_assembly(tmp_path).state_machine("orders")
    assert found.type == "EXPRESS"
    assert found.arn == "arn:aws:states:us-east-1:123456789012:stateMachine:orders"
    assert json.loads(found.definition)["States"]["Work"]["Parameters"] == {
        "FunctionName": "Shop-Work",
        "Payload": "${Unknown}",
    }


def test_stages_and_nested_stacks_are_read_with_the_parameters_that_they_are_given(tmp_path: Path) -> None:
    body = definition(FunctionName={"Ref": "Name"})
    inner = {"Parameters": {"Name": {"Type": "String"}}, "Resources": {"Orders": machine(Definition=body)}}
    url = {"Fn::Sub": "https://s3.${AWS::Region}.amazonaws.com/assets/f00.json"}
    nested = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": url, "Parameters": {"Name": {"Ref": "Work"}}},
    }
    stage = tmp_path / "assembly-Production"
    stage.mkdir()
    write(stage, {"Shop": {"Work": FUNCTION, "Inner": nested}}, {"f00.json": inner})
    artifact = {"type": "cdk:cloud-assembly", "properties": {"directoryName": stage.name}}
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"Production": artifact}}))
    assert parameters_of(tmp_path) == {"FunctionName": "Shop-Work"}


def test_a_resource_whose_name_is_made_of_itself_does_not_hang(tmp_path: Path) -> None:
    body = definition(FunctionName={"Ref": "Work"})
    work = {**FUNCTION, "Properties": {"FunctionName": {"Fn::Sub": "x-${Work}"}}}
    write(tmp_path, {"Shop": {"Work": work, "Orders": machine(Definition=body)}})
    assert parameters_of(tmp_path) == {"FunctionName": "x-Shop-Work"}


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        (None, "manifest.json: No such file or directory. `cdk synth` writes a cloud assembly"),
        ("{", "manifest.json is not JSON"),
        ("[]", "manifest.json has to hold a JSON object"),
    ],
)
def test_what_is_no_assembly_is_told(tmp_path: Path, manifest: str | None, told: str) -> None:
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(AssemblyError) as raised:
        read_assembly(tmp_path)
    assert told in str(raised.value)


def test_a_state_machine_is_found_by_name_id_or_path_and_a_wrong_name_is_told_with_the_right_ones(
    tmp_path: Path,
) -> None:
    orders = machine(StateMachineName="orders", Definition=definition(FunctionName="f"))
    orders["Metadata"] = {"aws:cdk:path": "Shop/Sales/Orders/Resource"}
    write(tmp_path, {"Shop": {"Orders123": orders}, "Other": {"Orders123": machine(Definition={})}})
    assembly = read_assembly(tmp_path)
    for name in ("orders", "Shop/Sales/Orders", "Sales/Orders", "Orders"):
        assert assembly.state_machine(name).stack == "Shop"
    with pytest.raises(
        AssemblyError, match=r"no state machine is called 'order'. There is: Other-Orders123 \(Orders123\)"
    ):
        assembly.state_machine("order")
    with pytest.raises(AssemblyError, match="more than one state machine is called 'Orders123'"):
        assembly.state_machine("Orders123")
