"""Keeping what the embedded AWS has: at a clean stop, and from time to time, so that a crash costs seconds.

MiniStack writes one file for each of its services, whole, at the end. The same is done here while it runs, after
requests have been answered, and never in the middle of a deployment: a stack that is found half done can't be gone on
with. What the engine has is no part of it: that is durable by itself.
"""

from __future__ import annotations

import asyncio
import ctypes
import importlib
import json
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from local.embedded_aws import SAVE_PATH

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Container

    Application = Callable[[Any, Any, Any], Awaitable[None]]

logger = logging.getLogger(__name__)

SAVE_SECONDS: Final = 10.0
LARGEST_SHARE: Final = 0.05
"""Of the time, that saving may take: after one that took long the next comes later."""
ATTEMPTS: Final = 3
IN_PROGRESS: Final = "_IN_PROGRESS"
LAMBDA: Final = "lambda"
"""MiniStack writes the code of all layers anew each time, so this is only saved when something of it has changed."""


class Saver:
    """Saves at intervals, and when asked to with a POST to `SAVE_PATH`; never where nothing is to be kept."""

    def __init__(self, *, keep: bool) -> None:
        self._keep = keep
        self._changed = False
        self._functions: int | None = None
        self._saving = asyncio.Lock()

    def around(self, app: Application) -> Application:
        """The application, with the path to save by; it takes note of requests."""

        async def serve(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http" and scope["path"] == SAVE_PATH and scope["method"] == "POST":
                saved = await self.save()
                await send({"type": "http.response.start", "status": 204 if saved else 409, "headers": []})
                await send({"type": "http.response.body", "body": b""})
                return
            await app(scope, receive, send)
            self._changed = True

        return serve

    async def run(self) -> None:
        """Save after every interval in which something was asked for, until cancelled."""
        took = 0.0
        while True:
            await asyncio.sleep(max(SAVE_SECONDS, took / LARGEST_SHARE))
            if self._changed:
                began = time.monotonic()
                await self.save()
                took = time.monotonic() - began

    async def save(self) -> bool:
        """Save now; False where a deployment is under way."""
        async with self._saving:
            if _deploying():
                return False
            self._changed = False
            if self._keep:
                functions = _functions()
                unchanged = {LAMBDA} if functions == self._functions else ()
                await asyncio.to_thread(_save, unchanged)
                self._functions = functions
            return True


def keep_streams() -> None:
    """Have the records of DynamoDB streams kept with their tables.

    MiniStack keeps how far each consumer has read, and not what is to be read: after a restart consumers would wait at
    a position beyond the end of a stream that begins anew.
    """
    from local.embedded_aws.stream_records import lock  # noqa: PLC0415 - imports what had to be replaced

    dynamodb = importlib.import_module("ministack.services.dynamodb")
    get_state, load_state = dynamodb.get_state, dynamodb.load_persisted_state
    records, trimmed = dynamodb._stream_records, dynamodb._stream_trimmed  # noqa: SLF001 - the seam
    stores = {"stream_records": records, "stream_trimmed": trimmed}

    def state() -> dict[str, Any]:
        with lock:
            lists = {key: list(found) for key, found in records.to_dict().items()}
            dropped = trimmed.from_dict(trimmed.to_dict())
        return {**get_state(), "stream_records": records.from_dict(lists), "stream_trimmed": dropped}

    def load(found: dict[str, Any] | None) -> None:
        load_state(found)
        for name, store in stores.items():
            store.update((found or {}).get(name) or {})

    vars(dynamodb).update(get_state=state, load_persisted_state=load)


def _deploying() -> bool:
    cloudformation = importlib.import_module("ministack.services.cloudformation")
    stacks = cloudformation._stacks.all_values()  # noqa: SLF001 - the seam
    return any(str(stack.get("StackStatus", "")).endswith(IN_PROGRESS) for stack in stacks)


def _save(but: Container[str]) -> None:
    app, persistence = (importlib.import_module(f"ministack.{name}") for name in ("app", "core.persistence"))
    for service, get_state in app._build_persistence_save_dict().items():  # noqa: SLF001 - the seam
        state = None if service in but else _state(service, get_state)
        if state is not None:
            _write(persistence, service, state)
            del state  # before the next one is copied
    _give_back_memory()


def _write(persistence: Any, service: str, state: Any) -> None:
    """Write what a service has into its file, as MiniStack's `save_state` does.

    That one encodes with `json.dump`, which is written in Python: it took most of the time of a processor.
    """
    document = {"__ministack_format__": persistence._state_format_version(service), "payload": state}  # noqa: SLF001 - the seam
    path = Path(persistence.STATE_DIR) / f"{service}.json"
    draft = path.with_suffix(".json.tmp")
    try:
        text = json.dumps(document, default=persistence._json_default)  # noqa: SLF001 - the seam
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except (OSError, TypeError, ValueError):
        logger.exception("%s is not saved", service)
        draft.unlink(missing_ok=True)


def _give_back_memory() -> None:
    """Let the system have what the copies took, where the C library (glibc) keeps it until it is told not to."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _functions() -> int:
    """A number that is another one when functions, layers or event sources have changed."""
    lambda_svc = importlib.import_module("ministack.services.lambda_svc")
    configurations = [function["config"] for function in lambda_svc._functions.all_values()]  # noqa: SLF001 - the seam
    layers = [key for key, _ in lambda_svc._layers.all_items()]  # noqa: SLF001 - the seam
    sources = [{**source, "LastProcessingResult": ""} for source in lambda_svc._esms.all_values()]  # noqa: SLF001 - the seam
    return hash(repr((configurations, layers, sources)))


def _state(service: str, get_state: Callable[[], Any]) -> Any:
    """What a service has. It is copied while requests are answered, which may need more than one attempt."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return get_state()
        except RuntimeError as error:  # a dictionary changed while it was copied
            if attempt == ATTEMPTS:
                logger.warning("%s is not saved this time: %s", service, error)
    return None
