"""What is counted of a definition, put together and told."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from asl.testing import Failure, Workflow, in_turn
from asl.testing.coverage import Coverage, ItemKind, MachineCoverage, percent
from asl.testing.coverage_html import html_text
from asl.testing.coverage_report import json_text, terminal_lines, total_percent
from tests.asl.testing.machines import task, workflow

if TYPE_CHECKING:
    from pathlib import Path

Json = Any

ORDER = workflow(
    {
        "Charge": task(
            "Charge",
            Retry=[{"ErrorEquals": ["Busy"]}, {"ErrorEquals": ["Slow"]}],
            Catch=[{"ErrorEquals": ["Declined"], "Next": "Refuse"}, {"ErrorEquals": ["States.ALL"], "Next": "Refuse"}],
        ),
        "Which": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.total", "NumericGreaterThan": 100, "Next": "Ship"},
                {"Variable": "$.total", "NumericGreaterThan": 10, "Next": "Ship"},
            ],
            "Default": "Ship",
        },
        "Ship": {"Type": "Pass", "End": True},
        "Refuse": {"Type": "Fail"},
    }
)


def covered(*outcomes: Json) -> MachineCoverage:
    """The coverage of one run per outcome of the first state."""
    coverage = Coverage()
    for outcome in outcomes:
        coverage.add(ORDER.run({}, handlers={"Charge": outcome}))
    (machine,) = coverage.machines()
    return machine


def missed(machine: MachineCoverage) -> list[str]:
    return [item.label for item in machine.missed()]


def test_items_that_lead_to_one_state_are_told_apart() -> None:
    machine = covered({"total": 50}, in_turn(Failure("Slow"), Failure("Declined")))
    assert missed(machine) == [
        "Charge \u2192 Refuse: catches States.ALL",
        "Charge: retries Busy",
        "Which \u2192 Ship: $.total > 100",
        "Which \u2192 Ship: else",
    ]


def test_everything_can_be_taken() -> None:
    machine = covered(
        {"total": 500}, {"total": 50}, in_turn(Failure("Busy"), Failure("Slow"), {"total": 5}), Failure("Declined"),
        Failure("Other"),
    )  # fmt: skip
    assert missed(machine) == []
    assert {kind: machine.taken(kind) for kind in ItemKind} == {
        ItemKind.STATE: (4, 4),
        ItemKind.TRANSITION: (2, 2),
        ItemKind.CHOICE: (3, 3),
        ItemKind.CATCHER: (2, 2),
        ItemKind.RETRIER: (2, 2),
    }
    assert machine.hits["/States/Ship"] == 3


def test_a_run_that_has_not_ended_counts_as_far_as_it_has_come() -> None:
    machine = workflow({"Wait": {"Type": "Wait", "Seconds": 60}, "Never": {"Type": "Succeed"}})
    coverage = Coverage()
    coverage.add(machine.start())
    assert missed(coverage.machines()[0]) == ["Wait \u2192 Never", "Never"]


def test_states_inside_of_others_and_other_workflows_count() -> None:
    child = Workflow.from_definition({"StartAt": "Inner", "States": {"Inner": {"Type": "Succeed"}}}, name="child")
    start = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync",
        "Parameters": {"StateMachineArn": "${child.Arn}"},
        "End": True,
    }
    inline = {"StartAt": "Start", "States": {"Start": start}}
    each = {"Type": "Map", "ItemProcessor": inline, "Next": "Far"}
    distributed = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Item",
        "States": {"Item": {"Type": "Pass", "End": True}},
    }
    parent = workflow({"Each": each, "Far": {"Type": "Map", "ItemProcessor": distributed, "End": True}})
    coverage = Coverage()
    coverage.add(parent.run([1, 2], machines={"child": child}))
    assert [(machine.name, missed(machine)) for machine in coverage.machines()] == [("child", []), ("workflow", [])]
    of_child, of_parent = coverage.machines()
    assert of_child.hits["/States/Inner"] == 2
    assert of_parent.hits["/States/Far/ItemProcessor/States/Item/End"] == 2


def test_what_several_processes_have_counted_is_added_up() -> None:
    processes = [Coverage(), Coverage()]
    processes[0].add(ORDER.run({}, handlers={"Charge": {"total": 50}}))
    processes[1].add(ORDER.run({}, handlers={"Charge": {"total": 50}}))
    processes[1].add(ORDER.run({}, handlers={"Charge": Failure("Declined")}))
    together = Coverage()
    for process in processes:
        together.add_data(json.loads(json.dumps(process.to_data())))
    (machine,) = together.machines()
    assert machine.hits["/States/Which/Choices/1/Next"] == 2
    assert machine.hits["/States/Charge/Catch/0/Next"] == 1
    assert machine.taken() == (8, 13)


def test_one_definition_with_other_arns_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "one.asl.json"
    path.write_text('{"StartAt": "Do", "States": {"Do": {"Type": "Task", "Resource": "${Do.Arn}", "End": true}}}')
    arns = [f"arn:aws:lambda:us-east-1:123456789012:function:{name}" for name in ("a", "b")]
    coverage = Coverage()
    for arn in arns:
        coverage.add(Workflow.from_file(path, substitutions={"Do.Arn": arn}).run(mocks={"Do": 1}))
    (machine,) = coverage.machines()
    assert machine.hits["/States/Do"] == 2


def test_the_table_names_what_was_missed() -> None:
    lines = list(terminal_lines([covered({"total": 50})]))
    assert [line.split() for line in lines[:2]] == [
        ["state", "machine", "states", "transitions", "choices", "catchers", "retriers", "covered"],
        ["workflow", "3/4", "2/2", "1/3", "0/2", "0/2", "46.1%"],
    ]
    assert "    missed catcher Charge \u2192 Refuse: catches Declined" in lines
    assert lines[-1].split() == ["total", "3/4", "2/2", "1/3", "0/2", "0/2", "46.1%"]


def test_the_json_report_counts_each_item() -> None:
    report = json.loads(json_text([covered({"total": 50})]))
    assert report["percent"] == 46.1
    counts = {item["pointer"]: item["count"] for item in report["stateMachines"][0]["items"]}
    assert (counts["/States/Ship/End"], counts["/States/Refuse"]) == (1, 0)


def test_nothing_of_a_definition_is_markup_in_the_html_report() -> None:
    name = '<img src=x onerror=alert(1)>"&'
    machine = Workflow.from_definition({"StartAt": name, "States": {name: {"Type": "Succeed"}}}, name="<script>")
    coverage = Coverage()
    coverage.add(machine.run())
    page = html_text(coverage.machines())
    assert not re.findall(r"<(script|img)", page)
    assert "&lt;img src=x" in page
    assert "default-src 'none'" in page


@pytest.mark.parametrize(("taken", "total", "shown"), [(0, 0, 100.0), (1, 3, 33.3), (2, 3, 66.6), (9999, 10000, 99.9)])
def test_a_percentage_is_never_rounded_up(taken: int, total: int, shown: float) -> None:
    assert percent(taken, total) == shown
    assert total_percent([]) == 100.0
