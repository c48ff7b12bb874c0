"""Settings of vendors as tests want them."""

from __future__ import annotations

from dataclasses import dataclass

API_KEY = "key-that-nobody-may-see"


@dataclass(frozen=True)
class FixedSettings:
    url: str = "http://127.0.0.1:9"
    secrets: tuple[str, ...] = ()
    given_options: str = "{}"

    def api_key(self) -> str:
        return API_KEY

    def base_url(self) -> str:
        return self.url

    def webhook_secrets(self) -> tuple[str, ...]:
        return self.secrets

    def options(self) -> str:
        return self.given_options
