"""Talking to the simulated vendors' own settings."""

from dataclasses import dataclass
from typing import Any

import urllib3
from pydantic import BaseModel

from local.errors import InputError, LocalError, NotRunningError
from local.vendors.settings import Account, Behaviour


@dataclass(frozen=True)
class Vendor:
    """One simulated vendor of the server at `server_url`."""

    name: str
    server_url: str

    @property
    def url(self) -> str:
        """Its API."""
        return f"{self.server_url}/{self.name}"

    def set_account(self, account: Account) -> None:
        """Tell it the API key, and where and with which secret to post webhooks."""
        self._put("account", account, {"api_key", "webhook_secret"})

    def set_behaviour(self, behaviour: Behaviour) -> None:
        """Tell it how campaigns created from now on go.

        Raises:
            InputError: it can't behave like that.
        """
        self._put("behaviour", behaviour, set())

    def sign_webhooks(self, api_key: str) -> str:
        """Have a vendor that makes its own keys sign its webhooks; the public key that verifies them.

        https://www.twilio.com/docs/sendgrid/api-reference/webhooks/toggle-signature-verification-for-a-single-event-webhook
        """
        answer = urllib3.request(
            "PATCH",
            f"{self.url}/v3/user/webhooks/event/settings/signed",
            json={"enabled": True},
            headers={"authorization": f"Bearer {api_key}"},
            timeout=10.0,
            retries=False,
        )
        public_key: str = answer.json()["public_key"]
        return public_key

    def campaigns(self) -> list[dict[str, Any]]:
        """Every campaign it has, with the webhooks it posted and how each attempt was answered."""
        found: list[dict[str, Any]] = self._call("GET", "campaigns").json()
        return found

    def _put(self, path: str, model: BaseModel, secrets: set[str]) -> None:
        document = model.model_dump(mode="json")
        document.update({name: getattr(model, name).get_secret_value() for name in secrets})
        self._call("PUT", path, document)

    def _call(self, method: str, path: str, document: dict[str, Any] | None = None) -> urllib3.BaseHTTPResponse:
        url = f"{self.server_url}/simulator/{self.name}/{path}"
        try:
            answer = urllib3.request(method, url, json=document, timeout=10.0, retries=False)
        except urllib3.exceptions.HTTPError as error:
            raise NotRunningError(
                "The simulated vendors do not answer.", "Restart: baton down, then baton up"
            ) from error
        if answer.status == 422:
            raise InputError(f"The simulated vendor {self.name} can't do this: {answer.json()['error']}.")
        if answer.status >= 300:
            raise LocalError(
                f"The simulated vendor {self.name} refused its {path}: {answer.data.decode(errors='replace')}"
            )
        return answer
