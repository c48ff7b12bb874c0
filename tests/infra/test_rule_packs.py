"""AWS's rule packs find nothing that nobody has acknowledged, and would find what is wrong."""

import json
from pathlib import Path

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_sqs as sqs

from infra.constructs.nag import check_with_rule_packs


def test_both_packs_have_looked_at_every_stack_and_found_nothing(assembly_folder: Path) -> None:
    reports = json.loads((assembly_folder / "validation-report.json").read_text())["pluginReports"]
    assert {report["pluginName"]: report["conclusion"] for report in reports} == {
        "AwsSolutions": "success",
        "Serverless": "success",
    }


def test_a_finding_ends_the_synthesis(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    check_with_rule_packs(app)
    sqs.Queue(Stack(app, "Careless"), "Queue")
    with pytest.raises(RuntimeError, match="AwsSolutions-SQS4"):
        app.synth()


def test_every_acknowledgement_has_a_reason(assembly_folder: Path) -> None:
    reasons = [
        reason
        for path in assembly_folder.glob("*.metadata.json")
        for entries in json.loads(path.read_text()).values()
        for entry in entries
        if entry["type"] == "aws:cdk:acknowledged-rules"
        for reason in entry["data"].values()
    ]
    assert len(reasons) > 10
    assert all(len(reason) > 20 for reason in reasons)
