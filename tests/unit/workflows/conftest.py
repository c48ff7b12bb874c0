"""The email campaign as it is deployed: its reviewed definition, its functions, an embedded AWS, a simulated vendor."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
import pytest
import uvicorn
from botocore.exceptions import ClientError
from pydantic import Secret

from asl.testing import Workflow
from callbacks import clients, resume, webhook
from callbacks.mailbox import correlation_key
from local.ports import listen
from local.vendors.pigeon import Pigeon, PigeonStatus
from local.vendors.server import app
from local.vendors.settings import Account, Behaviour, Outcome
from tasks.email_campaign import ask_status, await_status, notify_users, send_campaign
from tests.unit.cloud import Aws
from tests.unit.conftest import LambdaContext, forget_clients, set_function_environment
from workflows.email_campaign import contract

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from asl.testing import Run

Json = Any

DEFINITION: Final = Path(contract.__file__).with_name("definition.asl.json")
SAAS: Final = "/unit/saas"
API_KEY: Final = "key-of-the-customer"
SECRET: Final = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
WEBHOOKS: Final = "http://127.0.0.1:9/webhooks/pigeon"
RECIPIENTS: Final = ("user-1", "user-2")
ACCOUNT: Final = "123456789012"
"""The account that runs of `asl.testing` belong to, and so what tasks call without a function between."""


@pytest.fixture(scope="module")
def pigeon() -> Iterator[tuple[Pigeon, str]]:
    """The simulated vendor and the URL of its API. No campaign of it progresses by itself."""
    vendor = Pigeon()
    vendor.account = Account(api_key=Secret(API_KEY), webhook_secret=Secret(SECRET), webhook_url=WEBHOOKS)
    with listen(0) as listener:
        server = uvicorn.Server(uvicorn.Config(app({vendor.name: vendor}), log_level="warning", ws="none"))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
        thread.start()
        yield vendor, f"http://127.0.0.1:{listener.getsockname()[1]}/{vendor.name}"
        server.should_exit = True
        thread.join()


class Stack:
    """What the functions of the email campaign find once they are deployed."""

    def __init__(self, aws: Aws, environment: pytest.MonkeyPatch, vendor_url: str) -> None:
        self.aws = aws
        self.users = aws.table("user_id")
        self.mailboxes = aws.table("correlation_key", "item")
        self.bus, self.bus_queue = aws.bus_with_queue()
        environment.setenv("CAMPAIGNS_TABLE", aws.table("request_id"))
        environment.setenv("USERS_TABLE", self.users)
        environment.setenv("MAILBOX_TABLE", self.mailboxes)
        environment.setenv("IDEMPOTENCY_TABLE", aws.table("id"))
        environment.setenv("TOKEN_KEY_ARN", aws.key())
        environment.setenv("EVENT_BUS_NAME", self.bus)
        environment.setenv("SAAS_PARAMETERS", SAAS)
        for name, value in (("api-key", API_KEY), ("webhook-secret", SECRET), ("base-url", vendor_url)):
            aws.secret(f"{SAAS}/pigeon/{name}", value)
        for user_id in RECIPIENTS:
            aws.put(self.users, user_id=user_id, email=f"{user_id}@example.org")
        session = boto3.Session(ACCOUNT, "secret", region_name="us-east-1")
        self._sqs = session.client("sqs", endpoint_url=aws.url)
        sns = session.client("sns", endpoint_url=aws.url)
        self.failures = sns.create_topic(Name="failures")["TopicArn"]
        self._failure_queue = self._sqs.create_queue(QueueName="failures")["QueueUrl"]
        arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:failures"
        sns.subscribe(TopicArn=self.failures, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})

    def reported(self, execution: str) -> list[Json]:
        """What the failure queue has of an execution; what other tests have left there goes."""
        found: list[Json] = []
        while messages := self._received():
            found += [message for message in messages if message["execution"] == execution]
            if found:
                break
        return found

    def _received(self) -> list[Json]:
        answer = self._sqs.receive_message(QueueUrl=self._failure_queue, MaxNumberOfMessages=10)
        messages = answer.get("Messages", [])
        for message in messages:
            self._sqs.delete_message(QueueUrl=self._failure_queue, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]

    def published(self, request_id: str) -> list[Json]:
        """The events on the bus about a request."""
        return [event for event in self.aws.messages(self.bus_queue) if event["detail"]["request_id"] == request_id]


@pytest.fixture(scope="module")
def stack(embedded_aws: str, pigeon: tuple[Pigeon, str]) -> Iterator[Stack]:
    """One stack for all tests of a module, each of which has a request of its own."""
    with pytest.MonkeyPatch.context() as environment:
        set_function_environment(environment)
        environment.setenv("AWS_ENDPOINT_URL", embedded_aws)
        forget_clients()
        notify_users._store.cache_clear()
        yield Stack(Aws(embedded_aws), environment, pigeon[1])
    forget_clients()
    notify_users._store.cache_clear()


@pytest.fixture(scope="module")
def workflow(stack: Stack) -> Workflow:
    """The reviewed definition with the functions that are deployed for it."""
    reviewed = Workflow.from_file(DEFINITION, name="email-campaign", substitutions={"Failures.Topic": stack.failures})
    return reviewed.bind(
        handlers={
            "SendCampaign": send_campaign.handler,
            "AwaitStatus": await_status.handler,
            "AskStatus": ask_status.handler,
            "NotifyUsers": notify_users.handler,
        },
        endpoint_url=stack.aws.url,
    )


numbers = itertools.count(1)


@dataclass
class Campaign:
    """One request and the execution that serves it."""

    workflow: Workflow
    stack: Stack
    vendor: Pigeon
    request_id: str

    @property
    def input(self) -> Json:
        """What the rule makes of the event."""
        request = {
            "version": "1",
            "request_id": self.request_id,
            "vendor": "pigeon",
            "subject": "Spring",
            "body": "<p>Spring</p>",
            "recipients": list(RECIPIENTS),
        }
        return {"request": request, "event_id": f"event-of-{self.request_id}", "replays": ""}

    def start(self, execution: str = "first", *, replays: str = "", **options: Any) -> Run:
        """Start an execution; what the resume function sends with a token comes to it."""
        run = self.workflow.start({**self.input, "replays": replays}, name=f"{self.request_id}-{execution}", **options)
        run.connect(clients.step_functions())
        return run

    @property
    def id(self) -> str:
        """The vendor's id of the campaign, of which there is exactly one."""
        (found,) = (one.id for one in self.vendor.campaigns.values() if one.name == f"baton-{self.request_id}")
        return found

    @property
    def sendings(self) -> int:
        """How often the vendor has sent it."""
        return self.vendor.campaigns[self.id].sendings

    def status(self, status: PigeonStatus) -> None:
        """Let the campaign have this status at the vendor, which tells nobody."""
        self.vendor.campaigns[self.id].status = status

    def deliver(self, status: PigeonStatus) -> None:
        """Let the vendor post a webhook, and the stream of the mailboxes invoke the resume function."""
        self.status(status)
        assert self.vendor.account is not None
        for announced in self.vendor.announce(self.vendor.campaigns[self.id], status):
            post = self.vendor.prepare(announced, self.vendor.account)
            event = {"pathParameters": {"vendor": "pigeon"}, "headers": post.headers, "body": post.body.decode()}
            assert webhook.handler(event, LambdaContext())["statusCode"] == 202
        self.resume()

    def resume(self) -> None:
        """Invoke the resume function as the stream does for a change of the campaign's mailbox."""
        keys = {"correlation_key": {"S": correlation_key("pigeon", self.id)}, "item": {"S": "mailbox"}}
        record = {"eventName": "MODIFY", "dynamodb": {"Keys": keys, "SequenceNumber": "1"}}
        answer = resume.handler({"Records": [record]}, LambdaContext())
        assert answer == {"batchItemFailures": []}

    def reported(self, run: Run) -> list[Json]:
        """What the execution has put on the failure topic."""
        return self.stack.reported(run.execution.arn)

    def published(self) -> list[Json]:
        """The events that tell the world of the campaign."""
        return self.stack.published(self.request_id)

    def user(self, user_id: str) -> str:
        """The campaign that a user had last."""
        key = {"user_id": {"S": user_id}}
        item = self.stack.aws.dynamodb.get_item(TableName=self.stack.users, Key=key)["Item"]
        return item["last_campaign"]["S"] if "last_campaign" in item else ""


@pytest.fixture
def campaign(workflow: Workflow, stack: Stack, pigeon: tuple[Pigeon, str]) -> Campaign:
    """A request that nobody has made before, and a vendor that does as it should."""
    vendor, _ = pigeon
    vendor.set_behaviour(Behaviour(outcome=Outcome.SILENT, step_seconds=3600))
    return Campaign(workflow, stack, vendor, f"request-{next(numbers)}")


@contextmanager
def trouble(client: Callable[[], Any], operation: str, *codes: str) -> Iterator[None]:
    """Let the next calls of an operation of a function's client fail with these codes, one each."""
    left = list(codes)

    def fail(**_: object) -> None:
        if left:
            raise ClientError({"Error": {"Code": left.pop(0)}}, operation.rpartition(".")[2])

    events = client().meta.events
    events.register_first(f"before-call.{operation}", fail)
    try:
        yield
    finally:
        events.unregister(f"before-call.{operation}", fail)
    assert not left, f"{operation} was not called often enough"
