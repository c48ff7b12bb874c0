"""The operations API: who may do what, what is answered, what is on record."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from callbacks.mailbox import correlation_key
from callbacks.mailbox_table import MailboxTable
from console.api import openapi
from console.api.handler import app
from console.live.connections import Connections, Who
from console.operations import cursor
from console.operations.tokens import HIDDEN
from tests.eventually import eventually
from tests.unit.console.bench import BECAUSE, NOBODY, OPERATOR, VIEWER, Api, Around, deploy, event, execution_path
from tests.unit.console.test_executions import PASS, SORTED_OUT, Machine, waiting_for
from tests.unit.console.test_waits import wait
from workflows.failure_message import FailureMessage, FailureSource

if TYPE_CHECKING:
    from tests.unit.cloud import Aws

pytestmark = pytest.mark.usefixtures("function_environment")

WRITES = (
    "/workflows/email-campaign/executions",
    "/workflows/email-campaign/executions/one/stop",
    "/workflows/email-campaign/executions/one/redrive",
    "/waits/pigeon/cmp_1/end",
    "/failures/0123456789abcdef/replay",
    "/failures/0123456789abcdef/discard",
)
CHANGING_NOTHING = ("/live/ticket",)
READS = (
    "/overview",
    "/workflows",
    "/workflows/email-campaign",
    "/workflows/email-campaign/versions/1",
    "/workflows/email-campaign/executions/one/map-runs",
    "/workflows/email-campaign/map-runs/each:one",
    "/workflows/email-campaign/map-runs/each:one/executions",
    "/executions",
    "/workflows/email-campaign/executions/one",
    "/workflows/email-campaign/executions/one/history",
    "/waits",
    "/waits/pigeon/cmp_1",
    "/failures",
    "/failures/0123456789abcdef",
    "/audit",
)


@pytest.fixture
def machine(aws: Aws) -> Machine:
    return Machine(aws, SORTED_OUT)


@pytest.fixture
def around(aws: Aws, machine: Machine, function_environment: pytest.MonkeyPatch) -> Around:
    return deploy(aws, function_environment, [machine.arn])


@pytest.fixture
def api(around: Around) -> Api:
    del around
    return Api()


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def test_every_route_is_among_those_whose_doors_are_tested() -> None:
    paths = json.loads(openapi.document())["paths"]
    methods = {(method, path) for path, operations in paths.items() for method in operations}
    assert {method for method, _ in methods} == {"get", "post"}
    assert len([1 for method, _ in methods if method == "post"]) == len(WRITES + CHANGING_NOTHING)
    assert len([1 for method, _ in methods if method == "get"]) == len(READS)


@pytest.mark.parametrize("who", [OPERATOR, VIEWER], ids=["operator", "viewer"])
def test_who_may_look_gets_a_ticket_for_the_live_push(aws: Aws, around: Around, who: dict[str, str]) -> None:
    request = event("POST", "/live/ticket", headers={"content-type": ""}, claims=who)
    answer = Api(who).send(request)
    assert (answer.status, answer.body["expires_in"]) == (201, 30)
    found = Connections(aws.dynamodb, around.connections).take_ticket(answer.body["ticket"], datetime.now(UTC))
    assert found == Who(who["sub"], who["username"])


def test_who_may_not_look_gets_no_ticket() -> None:
    assert [Api(who).post("/live/ticket").status for who in (NOBODY, None)] == [403, 401]


@pytest.mark.parametrize("path", WRITES)
def test_a_viewer_changes_nothing(path: str) -> None:
    answer = Api(VIEWER).post(path)
    assert (answer.status, answer.headers["content-type"]) == (403, "application/problem+json")
    assert "vera may look, and change nothing" in answer.body["detail"]


@pytest.mark.parametrize("path", READS)
def test_who_is_in_no_group_reads_nothing(path: str) -> None:
    assert Api(NOBODY).get(path).status == 403
    assert Api(None).get(path).status == 401


def test_a_viewer_reads(around: Around, machine: Machine) -> None:
    del around
    assert Api(VIEWER).get("/workflows").body == {"workflows": [machine.name]}


def test_no_cache_keeps_an_answer(around: Around, machine: Machine) -> None:
    del around, machine
    answers = [Api(NOBODY).get("/workflows"), Api(VIEWER).get("/workflows"), Api(VIEWER).get("/nowhere")]
    assert [(answer.status, answer.headers["cache-control"]) for answer in answers] == [
        (403, "no-store"),
        (200, "no-store"),
        (404, "no-store"),
    ]


@pytest.mark.parametrize("reason", [None, "", "  ", "no", "x" * 501, "two\nlines", 1])
def test_a_change_without_a_reason_is_not_done(api: Api, around: Around, aws: Aws, reason: Any) -> None:
    answer = api.post("/failures/0123456789abcdef/discard", {"reason": reason})
    assert answer.status == 422
    assert [field["where"] for field in answer.body["fields"]] == ["body.reason"]
    assert aws.items(around.audit) == []


def test_a_change_is_on_record_with_who_why_and_how_it_went(api: Api, machine: Machine) -> None:
    failed, done = machine.run({"error": "Broken"}), machine.run()
    assert api.post(f"{execution_path(machine.name, failed)}/redrive").status == 200
    refused = api.post(f"{execution_path(machine.name, done)}/redrive")
    assert (refused.status, refused.body["title"]) == (409, "Conflict")
    records = api.get("/audit", day=today()).body["records"]
    told = [(record["operation"], record["target"].rpartition("/")[2], record["outcome"]) for record in records]
    assert told[::-1] == [
        ("redrive", failed, "begun"),
        ("redrive", failed, "done"),
        ("redrive", done, "begun"),
        ("redrive", done, "refused: The execution is SUCCEEDED, so there is nothing to redrive."),
    ]
    assert {(record["by"], record["reason"]) for record in records} == {("olga", BECAUSE["reason"])}


def test_the_audit_is_given_page_by_page(api: Api, machine: Machine) -> None:
    done = machine.run()
    for _ in range(3):
        api.post(f"{execution_path(machine.name, done)}/redrive")
    whole = api.get("/audit", day=today()).body
    assert (len(whole["records"]), whole["next"]) == (6, None)
    found, query = [], {"day": today(), "limit": "4"}
    while True:
        page = api.get("/audit", **query).body
        found += page["records"]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert found == whole["records"]
    other = api.get("/audit", day="2026-03-01", after=query["after"])
    assert (other.status, "cursor" in other.body["detail"]) == (409, True)
    malformed = api.get("/audit", day="2026-03-01", after=cursor.written("2026-03-01", [1]))
    assert malformed.status == 409


def test_what_can_not_be_recorded_is_not_done(
    api: Api, aws: Aws, queue: str, around: Around, function_environment: pytest.MonkeyPatch
) -> None:
    del around
    waits = Machine(aws, {"StartAt": "Wait", "States": {"Wait": waiting_for(queue)}})
    name = waits.run(until="TaskSubmitted")
    function_environment.setenv("STATE_MACHINES", waits.arn)
    function_environment.setenv("AUDIT_TABLE", "not-there")
    answer = api.post(f"{execution_path(waits.name, name)}/stop")
    assert (answer.status, "ResourceNotFoundException" in answer.body["detail"]) == (502, True)
    found = aws.step_functions.describe_execution(executionArn=waits.arn_of(name))
    assert found["status"] == "RUNNING"
    aws.step_functions.stop_execution(executionArn=waits.arn_of(name))


@pytest.fixture
def queue(aws: Aws) -> str:
    return aws.sqs.create_queue(QueueName=f"tokens-{uuid.uuid4().hex}")["QueueUrl"]


def test_no_answer_has_a_task_token_in_it_wherever_the_execution_puts_it(
    aws: Aws, queue: str, around: Around, function_environment: pytest.MonkeyPatch
) -> None:
    """The token is in the parameters; it comes back as output, and goes into an error's cause and a child's input."""
    del around
    failing = {"Type": "Fail", "Error": "Told", "CausePath": "States.Format('see https://x/?t={}&x=1', $.echo)"}
    definition = {"StartAt": "Wait", "States": {"Wait": {**waiting_for(queue), "Next": "Tell"}, "Tell": failing}}
    del definition["States"]["Wait"]["End"]  # type: ignore[index]
    machine = Machine(aws, definition)
    function_environment.setenv("STATE_MACHINES", machine.arn)
    name = machine.run({"note": "of no interest"}, until="TaskSubmitted")
    [message] = aws.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"]
    token = json.loads(message["Body"])["token"]
    waiting = Api().get(execution_path(machine.name, name))
    assert (waiting.status, waiting.body["waits"][0]["state"]) == (200, "Wait")
    aws.step_functions.send_task_success(taskToken=token, output=json.dumps({"echo": token, token: "name"}))
    eventually(lambda: machine.reached(machine.arn_of(name), None), "the end of the execution")
    answers = [
        Api().get(execution_path(machine.name, name)),
        Api().get(f"{execution_path(machine.name, name)}/history"),
        Api().get("/executions", after=token),
        Api().get("/executions", error=token),
    ]
    assert [answer.status for answer in answers] == [200, 200, 409, 200]
    text = json.dumps([answer.body for answer in (waiting, *answers)])
    assert token not in text
    assert "see https" in answers[0].body["cause"]
    assert HIDDEN in text


def test_a_history_is_given_page_by_page(api: Api, machine: Machine) -> None:
    path = f"{execution_path(machine.name, machine.run())}/history"
    first = api.get(path, limit="2").body
    rest = api.get(path, after=first["next"]).body
    assert (first["more"], rest["more"]) == (True, False)
    assert [event["id"] for event in first["events"] + rest["events"]] == [1, 2, 3, 4, 5, 6]
    assert api.get(path, after="00").status == 409


def test_executions_are_found_by_what_they_wait_for(api: Api, around: Around, machine: Machine) -> None:
    name, _ = machine.run(), machine.run()
    MailboxTable(around.mailboxes).open(correlation_key("pigeon", "cmp_1"), machine.arn_of(name), datetime.now(UTC))
    found = api.get("/executions", vendor="pigeon", campaign_id="cmp_1")
    assert [execution["name"] for execution in found.body["executions"]] == [name]
    failed = api.get("/executions", vendor="pigeon", campaign_id="cmp_1", status="FAILED")
    assert failed.body == {"executions": [], "next": None}
    assert api.get("/executions", vendor="pigeon", campaign_id="cmp_9").body == {"executions": [], "next": None}
    alone = api.get("/executions", vendor="pigeon")
    assert (alone.status, "belong together" in alone.body["detail"]) == (409, True)


def test_a_wait_is_listed_and_ended_by_hand_once(api: Api, around: Around) -> None:
    wait(around.mailboxes, "cmp_1", datetime.now(UTC), execution="arn:elsewhere")
    listed = api.get("/waits").body
    assert (listed["total"], listed["next"], listed["waits"][0]["campaign_id"]) == (1, None, "cmp_1")
    attempt = api.get("/waits/pigeon/cmp_1").body["attempt"]
    asked = {**BECAUSE, "attempt": attempt, "status": "success"}
    assert api.post("/waits/pigeon/cmp_1/end", {**asked, "status": "pending"}).status == 422
    assert api.post("/waits/pigeon/cmp_1/end", asked).status == 200
    assert api.post("/waits/pigeon/cmp_1/end", asked).status == 409
    [arrival] = api.get("/waits/pigeon/cmp_1").body["arrivals"]
    assert (arrival["status"], arrival["by"], arrival["reason"]) == ("success", "olga", BECAUSE["reason"])


def test_failures_are_listed_shown_replayed_and_discarded(api: Api, aws: Aws, around: Around, machine: Machine) -> None:
    failed = machine.arn_of(machine.run({"error": "Broken"}))
    message = FailureMessage(source=FailureSource.EXECUTION, workflow=machine.name, execution=failed, error="Broken")
    other = message.model_copy(update={"source": FailureSource.FUNCTION})
    for one in (message, other):
        aws.sqs.send_message(QueueUrl=around.failures, MessageBody=one.model_dump_json())
    assert {found["id"] for found in api.get("/failures").body["failures"]} == {message.id, other.id}
    assert api.get(f"/failures/{message.id}").body["error"] == "Broken"
    assert "Redriven" in api.post(f"/failures/{message.id}/replay").body["done"]
    assert api.post(f"/failures/{other.id}/replay").status == 409
    assert api.post(f"/failures/{other.id}/discard").status == 200
    assert api.get("/failures").body == {"failures": []}
    assert api.post(f"/failures/{other.id}/discard").status == 404


def test_an_input_that_does_not_fit_is_refused_field_by_field(
    aws: Aws, around: Around, function_environment: pytest.MonkeyPatch
) -> None:
    del around
    function_environment.setenv("STATE_MACHINES", Machine(aws, PASS, "email-campaign").arn)
    example = Api().get("/workflows/email-campaign").body["example"]
    wrong = {**example, "request": {**example["request"], "vendor": "NO SUCH"}, "more": 1}
    answer = Api().post("/workflows/email-campaign/executions", {**BECAUSE, "input": wrong})
    assert answer.status == 422
    assert {field["where"] for field in answer.body["fields"]} == {"input.request.vendor", "input.more"}
    assert all(field["problem"] for field in answer.body["fields"])


def test_half_a_character_in_a_request_breaks_nothing(
    aws: Aws, around: Around, function_environment: pytest.MonkeyPatch
) -> None:
    del around
    function_environment.setenv("STATE_MACHINES", Machine(aws, PASS, "email-campaign").arn)
    answer = Api().post("/workflows/email-campaign/executions", {**BECAUSE, "input": {"\ud800": "\udfff"}})
    assert (answer.status, "does not fit" in answer.body["detail"]) == (422, True)
    assert Api().get("/audit", day=today()).body["records"][0]["outcome"].startswith("refused")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"headers": {"content-type": "text/plain"}}, 415),
        ({"body": "{"}, 422),
        ({"body": None}, 422),
        ({"body": "/w==", "base64": True}, 400),
        ({"body": "?", "base64": True}, 400),
        ({"body": "[1]"}, 422),
        ({"path": "/nowhere"}, 404),
        ({"method": "DELETE"}, 404),
    ],
)
def test_a_request_that_makes_no_sense_gets_an_answer_that_says_so(changes: dict[str, Any], status: int) -> None:
    request = {"method": "POST", "path": WRITES[1], "body": json.dumps(BECAUSE), **changes}
    answer = Api().send(event(**request))
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.body["detail"]
    assert answer.body["what_to_do"]


@pytest.mark.parametrize(("code", "status"), [("ThrottlingException", 503), ("AccessDeniedException", 502)])
def test_what_aws_does_not_do_is_no_defect_of_the_api(
    api: Api, monkeypatch: pytest.MonkeyPatch, code: str, status: int
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "canary"}}, "ListExecutions")

    monkeypatch.setattr("console.operations.search.find", refuse)
    answer = api.get("/executions")
    assert answer.status == status
    assert "canary" not in json.dumps(answer.body)


def test_the_document_is_what_the_routes_make() -> None:
    assert openapi.DOCUMENT.read_text() == openapi.document(), "write it anew: python -m console.api.openapi"
    assert app.get_openapi_json_schema()
