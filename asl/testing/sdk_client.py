"""boto3 clients of the code under test, whose task tokens a run takes in place of AWS."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from asl.engine import EngineError
from asl.testing.errors import TestSetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botocore.client import BaseClient
    from botocore.model import OperationModel

    from asl.engine import Engine

Json = Any

EVENT: Final = "before-call.sfn"
UNIQUE_ID: Final = "asl.testing"


@dataclass(frozen=True, slots=True)
class Answer:
    """What botocore wants to know of the HTTP response."""

    status_code: int


def connect(client: BaseClient, engine: Engine, sent: Callable[[], None]) -> None:
    """Let SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat of a client come to an engine; nothing is sent.

    `sent` is called after each that was accepted. A client that was connected before is connected anew.
    """
    thread = threading.get_ident()

    def answer(model: OperationModel, params: Mapping[str, Any], **_: object) -> Any:
        if threading.get_ident() != thread:
            raise TestSetupError(f"{model.name} is called on another thread than that of the test")
        request = json.loads(params["body"])
        try:
            _send(engine, model.name, request)
        except (EngineError, ValueError) as error:
            code = type(error).__name__ if isinstance(error, EngineError) else "InvalidOutput"
            return _answer(400, {"Error": {"Code": code, "Message": str(error)}})
        sent()
        return _answer(200, {})

    client.meta.events.unregister(EVENT, unique_id=UNIQUE_ID)
    client.meta.events.register(EVENT, answer, unique_id=UNIQUE_ID)


def _send(engine: Engine, operation: str, request: Mapping[str, Json]) -> None:
    token = request.get("taskToken", "")
    match operation:
        case "SendTaskSuccess":
            engine.send_task_success(token, request["output"])
        case "SendTaskFailure":
            engine.send_task_failure(token, request.get("error"), request.get("cause"))
        case "SendTaskHeartbeat":
            engine.send_task_heartbeat(token)
        case _:
            raise TestSetupError(f"a run answers no {operation}, only what is sent with a task token")


def _answer(status: int, content: dict[str, Json]) -> tuple[Answer, dict[str, Json]]:
    return Answer(status), {**content, "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": ""}}
