"""What every simulated vendor has: an account, campaigns that progress, faults, and webhooks."""

import asyncio
import hmac
import secrets
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, Secret, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from local.vendors.posting import Post, Poster, Webhook
from local.vendors.settings import Account, Behaviour, Fault, Outcome

Endpoint = Callable[[Request], Awaitable[Response]]
Model = TypeVar("Model", bound=BaseModel)


class RefusedError(Exception):
    """The request gets this answer, in the vendor's own words."""

    def __init__(self, status: int, code: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.headers = headers


@dataclass
class Campaign:
    """A campaign with the behaviour that was set when it was created."""

    id: str
    name: str
    subject: str
    body: str
    recipients: tuple[str, ...]
    behaviour: Behaviour
    status: str
    sendings: int = 0
    """How often it went out; more than once is what nobody may see."""
    webhooks: list[Webhook] = field(default_factory=list)


class SimulatedVendor(ABC):
    """The state of a vendor. It lives as long as its server: nothing is written to disk."""

    name: ClassVar[str]
    draft: ClassVar[str]
    """The status of a campaign that was created and not sent."""
    scripts: ClassVar[Mapping[Outcome, tuple[str, ...]]]
    """The statuses that a campaign goes through once it is sent, of each outcome that the vendor has."""

    def __init__(self) -> None:
        self.account: Account | None = None
        self.behaviour = Behaviour()
        self.campaigns: dict[str, Campaign] = {}
        self._poster = Poster(lambda webhook: self.prepare(webhook, self.account) if self.account else None)
        self._running: set[asyncio.Task[None]] = set()

    @abstractmethod
    def routes(self) -> Sequence[BaseRoute]:
        """Its API, each endpoint guarded."""

    @abstractmethod
    def credentials(self, api_key: str) -> Mapping[str, str]:
        """The header that authorizes a request."""

    @abstractmethod
    def refusal(self, refused: RefusedError) -> Response:
        """An error as the vendor answers it."""

    @abstractmethod
    def announce(self, campaign: Campaign, status: str) -> Sequence[Webhook]:
        """The webhooks that follow when a campaign reaches a status, oldest first."""

    @abstractmethod
    def prepare(self, webhook: Webhook, account: Account) -> Post:
        """A webhook as it is posted now, signed where the vendor signs."""

    def forge(self, webhook: Webhook, account: Account) -> Post:
        """A webhook as a stranger would post it, who does not know the secret."""
        unknown = account.webhook_secret.get_secret_value()[:-8] + secrets.token_hex(4)
        return self.prepare(webhook, account.model_copy(update={"webhook_secret": Secret(unknown)}))

    def set_behaviour(self, behaviour: Behaviour) -> None:
        """Behave like this from now on.

        Raises:
            RefusedError: the vendor does not know this outcome, or a status of the script.
        """
        if behaviour.outcome not in self.scripts:
            raise RefusedError(422, f"{self.name} has no campaign that ends as {behaviour.outcome}")
        known = {self.draft}.union(*self.scripts.values())
        if unknown := [status for status in behaviour.script or () if status not in known]:
            raise RefusedError(422, f"{self.name} has no status {', '.join(unknown)}")
        self.behaviour = behaviour

    def guarded(self, endpoint: Endpoint) -> Endpoint:
        """An endpoint behind the API key and the faults that are set."""

        async def guard(request: Request) -> Response:
            fault = self._take_fault()
            try:
                self._let_in(request, fault)
                answer = await endpoint(request)
            except RefusedError as refused:
                return self.refusal(refused)
            return Response(status_code=504) if fault is Fault.LOST else answer

        return guard

    def throttled_headers(self) -> dict[str, str]:
        """The headers of an answer 429."""
        return {"retry-after": "1"}

    def send(self, campaign: Campaign) -> None:
        """Start sending a draft; the caller has made sure that it is one."""
        statuses = campaign.behaviour.script or self.scripts[campaign.behaviour.outcome]
        campaign.status = statuses[0]
        campaign.sendings += 1
        task = asyncio.get_running_loop().create_task(self._progress(campaign, statuses))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    @property
    def sending(self) -> bool:
        """Whether a campaign still progresses or a webhook is on its way."""
        return bool(self._running)

    async def close(self) -> None:
        """Stop every campaign and every webhook that is on its way."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def report(self) -> list[dict[str, Any]]:
        """Every campaign, with the webhooks that were posted and how each attempt was answered."""
        return [
            {
                "id": campaign.id,
                "name": campaign.name,
                "subject": campaign.subject,
                "recipients": campaign.recipients,
                "status": campaign.status,
                "sendings": campaign.sendings,
                "webhooks": [
                    {
                        "id": hook.id,
                        "status": hook.status,
                        "answers": hook.answers,
                        "forged_answers": hook.forged_answers,
                    }
                    for hook in campaign.webhooks
                ],
            }
            for campaign in self.campaigns.values()
        ]

    def _take_fault(self) -> Fault:
        """The fault that befalls this call; each is used up by one call."""
        behaviour = self.behaviour
        if behaviour.throttled_calls:
            self.behaviour = behaviour.model_copy(update={"throttled_calls": behaviour.throttled_calls - 1})
            return Fault.THROTTLED
        if behaviour.faults:
            self.behaviour = behaviour.model_copy(update={"faults": behaviour.faults[1:]})
            return behaviour.faults[0]
        return Fault.NONE

    def _let_in(self, request: Request, fault: Fault) -> None:
        if self.behaviour.unavailable or fault is Fault.UNAVAILABLE:
            raise RefusedError(503, "unavailable")
        self._authenticate(request)
        if fault is Fault.THROTTLED:
            raise RefusedError(429, "too_many_requests", self.throttled_headers())

    def _authenticate(self, request: Request) -> None:
        if self.account is None:
            raise RefusedError(401, "unauthorized")
        for name, value in self.credentials(self.account.api_key.get_secret_value()).items():
            if not hmac.compare_digest(request.headers.get(name, "").encode(), value.encode()):
                raise RefusedError(401, "unauthorized")

    async def _progress(self, campaign: Campaign, statuses: Sequence[str]) -> None:
        behaviour = campaign.behaviour
        async with asyncio.TaskGroup() as deliveries:
            for status in statuses:
                await asyncio.sleep(behaviour.step_seconds)
                campaign.status = status
                if not behaviour.posts_webhooks:
                    continue
                for webhook in self.announce(campaign, status):
                    campaign.webhooks.append(webhook)
                    if not behaviour.disorder:
                        deliveries.create_task(self._deliver(webhook, behaviour))
            if behaviour.disorder:
                for webhook in reversed(campaign.webhooks):
                    await self._deliver(webhook, behaviour)

    async def _deliver(self, webhook: Webhook, behaviour: Behaviour) -> None:
        if behaviour.forged and self.account is not None:
            webhook.forged_answers.append(await self._poster.post(self.forge(webhook, self.account)))
        await self._poster.deliver(webhook, 1 + behaviour.duplicates)


async def parse(request: Request, model: type[Model]) -> Model:
    """The body of a request as a model; what does not fit is refused with the names of the fields."""
    try:
        return model.model_validate_json(await request.body())
    except ValidationError as error:
        fields = ", ".join(".".join(str(part) for part in problem["loc"]) or "body" for problem in error.errors())
        raise RefusedError(422, f"invalid: {fields}") from None
