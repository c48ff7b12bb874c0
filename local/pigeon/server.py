"""Pigeon's HTTP API, and the endpoints under `/simulator` that set it up and look inside."""

import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.pigeon.campaigns import AlreadySentError, Campaign, Pigeon
from local.pigeon.settings import Account, Behaviour

Endpoint = Callable[[Request], Awaitable[Response]]
Model = TypeVar("Model", bound=BaseModel)


class NewCampaign(BaseModel):
    """The body of `POST /v1/campaigns`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    subject: str = Field(min_length=1)
    body: str = Field(min_length=1)
    recipients: list[Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]] = Field(min_length=1)


class RefusedError(Exception):
    """The request gets this answer."""

    def __init__(self, status: int, error: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.headers = headers


def app(pigeon: Pigeon) -> Starlette:
    """The vendor as an ASGI application. It answers only requests that name the loopback interface as their host."""
    api = _Api(pigeon)
    simulator = _Simulator(pigeon)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await pigeon.close()

    return Starlette(
        routes=[
            Route("/v1/campaigns", api.guarded(api.create), methods=["POST"]),
            Route("/v1/campaigns/{id}", api.guarded(api.read), methods=["GET"]),
            Route("/v1/campaigns/{id}/send", api.guarded(api.send), methods=["POST"]),
            Route("/simulator/account", simulator.set_account, methods=["PUT"]),
            Route("/simulator/behaviour", simulator.set_behaviour, methods=["PUT"]),
            Route("/simulator/campaigns", simulator.campaigns, methods=["GET"]),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
        exception_handlers={RefusedError: _refuse},
        lifespan=lifespan,
    )


class _Api:
    def __init__(self, pigeon: Pigeon) -> None:
        self._pigeon = pigeon

    def guarded(self, endpoint: Endpoint) -> Endpoint:
        async def guard(request: Request) -> Response:
            if self._pigeon.behaviour.unavailable:
                raise RefusedError(503, "unavailable")
            self._authenticate(request)
            if self._pigeon.take_throttled_call():
                raise RefusedError(429, "too_many_requests", {"retry-after": "1"})
            return await endpoint(request)

        return guard

    def _authenticate(self, request: Request) -> None:
        account = self._pigeon.account
        offered = request.headers.get("authorization", "").encode()
        if account is None or not hmac.compare_digest(offered, f"Bearer {account.api_key.get_secret_value()}".encode()):
            raise RefusedError(401, "unauthorized")

    async def create(self, request: Request) -> Response:
        new = await _parse(request, NewCampaign)
        key = request.headers.get("idempotency-key")
        campaign, created = self._pigeon.create(new.subject, tuple(new.recipients), key)
        return JSONResponse({"id": campaign.id, "status": campaign.status}, 201 if created else 200)

    async def send(self, request: Request) -> Response:
        campaign = self._campaign(request)
        try:
            self._pigeon.send(campaign)
        except AlreadySentError:
            raise RefusedError(409, "already_sent") from None
        return JSONResponse({"id": campaign.id, "status": "pending"}, 202)

    async def read(self, request: Request) -> Response:
        campaign = self._campaign(request)
        return JSONResponse({"id": campaign.id, "status": campaign.status})

    def _campaign(self, request: Request) -> Campaign:
        campaign = self._pigeon.campaigns.get(request.path_params["id"])
        if campaign is None:
            raise RefusedError(404, "not_found")
        return campaign


class _Simulator:
    """Sets the vendor up. A page in a browser can't call it: PUT with JSON is preflighted, and no origin is allowed."""

    def __init__(self, pigeon: Pigeon) -> None:
        self._pigeon = pigeon

    async def set_account(self, request: Request) -> Response:
        self._pigeon.account = await _parse(request, Account)
        return Response(status_code=204)

    async def set_behaviour(self, request: Request) -> Response:
        self._pigeon.behaviour = await _parse(request, Behaviour)
        return Response(status_code=204)

    async def campaigns(self, _: Request) -> Response:
        return JSONResponse([_report(campaign) for campaign in self._pigeon.campaigns.values()])


def _report(campaign: Campaign) -> dict[str, object]:
    webhooks = [{"id": hook.id, "status": hook.status, "answers": hook.answers} for hook in campaign.webhooks]
    return {
        "id": campaign.id,
        "subject": campaign.subject,
        "recipients": campaign.recipients,
        "status": campaign.status,
        "webhooks": webhooks,
    }


async def _parse(request: Request, model: type[Model]) -> Model:
    try:
        return model.model_validate_json(await request.body())
    except ValidationError as error:
        fields = ", ".join(".".join(str(part) for part in problem["loc"]) or "body" for problem in error.errors())
        raise RefusedError(422, f"invalid: {fields}") from None


async def _refuse(_: Request, error: Exception) -> Response:
    if not isinstance(error, RefusedError):
        raise error
    return JSONResponse({"error": error.error}, error.status, error.headers)
