"""ASL4: payloads near the limit of 262,144 bytes.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from asl.definition.model import QueryLanguage
from asl.definition.outline import pointer_to
from asl.lint.finding import Complaint, Severity
from asl.lint.flows import loops
from asl.lint.rule import Rule
from asl.lint.rules.flow import is_counted
from asl.lint.subject import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.definition.outline import StateOutline
    from asl.lint.subject import Subject

MAX_BYTES: Final = 262_144
_MUCH: Final = 190_000
_FEW_ITEMS: Final = 500
_STATIC: Final = ("Result", "Parameters", "Arguments", "Output", "ItemSelector", "Assign", "ResultSelector")


def _growing(subject: Subject) -> Iterator[Complaint]:
    for flow in subject.flow.flows():
        for loop in loops(flow):
            if is_counted(loop):
                continue
            for state in loop.states:
                for pointer, what in _grown(state):
                    yield Complaint(
                        pointer,
                        f"{state.name} adds to {what} in every round of the loop {loop.names()}, which does not count "
                        f"its rounds: at {MAX_BYTES:,} bytes the execution fails",
                    )


def _grown(state: StateOutline) -> Iterator[tuple[str, str]]:
    """The places where a state sets something to itself and more, with its name."""
    for field in ("Parameters", "Assign", "Output"):
        if field == "Parameters" and state.type != "Pass":
            continue
        for pointer, text in texts(state.fields.get(field)):
            member = pointer.rpartition("/")[2].removesuffix(".$")
            if state.query_language is QueryLanguage.JSONATA:
                grows = _grows_in_jsonata(member, text)
            else:
                where = "$" if field == "Assign" else f"{state.fields.get('ResultPath') or '$'}."
                grows = _grows_in_jsonpath(f"{where}{member}", text)
            if grows:
                yield f"{state.pointer}/{field}{pointer}", member


def _grows_in_jsonpath(path: str, text: str) -> bool:
    call = re.match(r"States\.(Array|Format)\(", text)
    return call is not None and re.search(rf"{re.escape(path)}(?![\w.\[])", text) is not None


def _grows_in_jsonata(name: str, text: str) -> bool:
    itself = rf"\$(states\.input\.)?{re.escape(name)}(?![\w.\[])"
    return re.search(rf"\$append\(\s*{itself}|\[\s*{itself}\s*,|{itself}\s*&", text) is not None


def _collected(subject: Subject) -> Iterator[Complaint]:
    for state in subject.states("Map"):
        processor = state.fields.get("ItemProcessor", {})
        distributed = processor.get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED"
        if not distributed or "ItemReader" not in state.fields or "ResultWriter" in state.fields:
            continue
        if not _drops_result(state) and not _reads_few(state):
            yield Complaint(
                pointer_to(state.pointer, "Type"),
                f"{state.name} reads its items from a data set and keeps the results of all in one output: over "
                f"{MAX_BYTES:,} bytes it fails with States.DataLimitExceeded, when all the work is done",
            )


def _reads_few(state: StateOutline) -> bool:
    """Whether the state bounds how many items it reads; a bound that is computed is taken to be a low one."""
    reader = state.fields["ItemReader"].get("ReaderConfig", {})
    most = reader.get("MaxItems", 0)
    return "MaxItemsPath" in reader or isinstance(most, str) or 0 < most <= _FEW_ITEMS


def _drops_result(state: StateOutline) -> bool:
    if state.query_language is QueryLanguage.JSONATA:
        return "Output" in state.fields
    paths = (state.fields.get("ResultPath", "$"), state.fields.get("OutputPath", "$"))
    return None in paths or "ResultSelector" in state.fields


def _large(subject: Subject) -> Iterator[Complaint]:
    for state in subject.states():
        for field in _STATIC:
            if field in state.fields:
                size = len(json.dumps(state.fields[field], ensure_ascii=False).encode("utf-8", "surrogatepass"))
                if size > _MUCH:
                    yield Complaint(
                        pointer_to(state.pointer, field),
                        f"{state.name} has {size:,} bytes of data in {field}; a payload may have {MAX_BYTES:,}",
                    )


_MORE: Final = {"Variable": "$.page.next", "IsPresent": True, "Next": "Read"}
_READ: Final = {
    "Type": "Task",
    "Resource": "arn:aws:states:::aws-sdk:dynamodb:scan",
    "Parameters": {"TableName": "orders"},
    "ResultPath": "$.page",
    "Next": "Keep",
}
_CHOICE: Final = {"Type": "Choice", "Choices": [_MORE], "Default": "Done"}
_SET: Final = {"Type": "Succeed"}
_EACH: Final[dict[str, Any]] = {
    "Type": "Map",
    "ItemReader": {
        "Resource": "arn:aws:states:::s3:listObjectsV2",
        "Parameters": {"Bucket": "orders"},
    },
    "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "One",
        "States": {"One": {"Type": "Pass", "End": True}},
    },
    "End": True,
}
_WRITER: Final = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "results", "Prefix": "orders"}}
_PAYLOAD_PAGE: Final = (
    "https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#avoid-exec-failures"
)


def _reading(keep: dict[str, Any]) -> dict[str, Any]:
    return {"Read": _READ, "Keep": {"Type": "Pass", **keep, "Next": "More"}, "More": _CHOICE, "Done": _SET}


RULES: Final = (
    Rule(
        id="ASL401",
        name="growing-payload",
        severity=Severity.WARNING,
        summary="A loop that does not count its rounds collects something in its payload or variables.",
        why="A payload and a variable may have 262,144 bytes. A loop that adds to one works in every test and fails "
        "for the first customer who has enough data, with `States.DataLimitExceeded`, which `States.ALL` leaves alone.",
        mend="Write what each round yields to S3 or DynamoDB and keep only the reference, or bound the rounds.",
        link=_PAYLOAD_PAGE,
        bad=_reading({"Parameters": {"items.$": "States.Array($.all.items, $.page)"}, "ResultPath": "$.all"}),
        good=_reading({"Parameters": {"last.$": "$.page.last"}, "ResultPath": "$.all"}),
        check=_growing,
    ),
    Rule(
        id="ASL402",
        name="collected-results",
        severity=Severity.WARNING,
        summary="A distributed Map over a data set keeps the results of all its items in its output.",
        why="The results of some thousand items are over 262,144 bytes, and the Map state fails once all of them "
        "have been worked on.",
        mend="Give it a `ResultWriter`, or drop the results: `ResultPath` null, a `ResultSelector`, an `Output`.",
        link="https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html",
        bad={"Each": _EACH},
        good={"Each": {**_EACH, "ResultWriter": _WRITER}},
        check=_collected,
    ),
    Rule(
        id="ASL403",
        name="large-static-payload",
        severity=Severity.WARNING,
        summary="A state has most of what a payload may have in the definition itself.",
        why="With a little more it is over 262,144 bytes, and the execution fails with `States.DataLimitExceeded`.",
        mend="Keep the data in S3 and read it where it is needed.",
        link=_PAYLOAD_PAGE,
        bad={"Fill": {"Type": "Pass", "Result": "x" * 200_000, "End": True}},
        good={"Fill": {"Type": "Pass", "Result": "x", "End": True}},
        check=_large,
    ),
)
