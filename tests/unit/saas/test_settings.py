"""A vendor's settings in SSM Parameter Store."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, NoCredentialsError

from saas.errors import AwsUnavailable, VendorMisconfigured
from saas.settings import SsmVendorSettings, parameters

if TYPE_CHECKING:
    from tests.unit.cloud import Aws


class Store:
    """The parameters of the vendor `pigeon` under a root of the test's own."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self.root = f"/test-{uuid.uuid4().hex}"
        self.settings = SsmVendorSettings(self.root, "pigeon")

    def put(self, setting: str, value: str) -> None:
        self._aws.secret(f"{self.root}/pigeon/{setting}", value)


@pytest.fixture
def store(aws: Aws) -> Store:
    return Store(aws)


def fail_with(error: Exception) -> list[str]:
    asked: list[str] = []

    def fail(**_: object) -> None:
        asked.append("ssm")
        raise error

    parameters().client.meta.events.register("before-call.ssm", fail)
    return asked


def test_settings_are_decrypted(store: Store) -> None:
    store.put("api-key", "the-key")
    store.put("webhook-secret", "whsec_new  whsec_old\n")
    assert store.settings.api_key() == "the-key"
    assert store.settings.webhook_secrets() == ("whsec_new", "whsec_old")


def test_a_setting_is_kept_for_a_while(store: Store) -> None:
    store.put("api-key", "the-key")
    store.settings.api_key()
    store.put("api-key", "another-key")
    assert store.settings.api_key() == "the-key"


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://api.pigeon.example", "https://api.pigeon.example"),
        ("https://api.pigeon.example:8443/v2/", "https://api.pigeon.example:8443/v2"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_a_base_url_is_https_or_loopback(store: Store, url: str, base: str) -> None:
    store.put("base-url", url)
    assert store.settings.base_url() == base


@pytest.mark.parametrize(
    "url",
    [
        "http://api.pigeon.example",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://127.0.0.1@evil.example",
        "https://user:password@api.pigeon.example",
        "https://api.pigeon.example?key=1",
        "https://api.pigeon.example#x",
        "https://",
        "ftp://api.pigeon.example",
        "api.pigeon.example",
    ],
)
def test_any_other_base_url_is_refused_without_being_shown(store: Store, url: str) -> None:
    store.put("base-url", url)
    with pytest.raises(VendorMisconfigured, match="base-url: has to be https") as misconfigured:
        store.settings.base_url()
    assert "evil" not in str(misconfigured.value)
    assert "password" not in str(misconfigured.value)


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "k\u00e9y"])
def test_an_api_key_that_fits_no_header_is_refused_without_being_shown(store: Store, key: str) -> None:
    store.put("api-key", key)
    with pytest.raises(VendorMisconfigured, match="api-key") as misconfigured:
        store.settings.api_key()
    assert key not in str(misconfigured.value)


def test_more_than_two_active_secrets_are_refused(store: Store) -> None:
    store.put("webhook-secret", "one two three")
    with pytest.raises(VendorMisconfigured, match="has to hold one secret, or two"):
        store.settings.webhook_secrets()


def test_a_missing_parameter_is_named_with_its_path(store: Store) -> None:
    with pytest.raises(VendorMisconfigured, match=f"{store.root}/pigeon/api-key: there is no such parameter in SSM"):
        store.settings.api_key()


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "ThrottlingException"}}, "GetParameters"),
        ClientError({"Error": {"Code": "Odd"}, "ResponseMetadata": {"HTTPStatusCode": 502}}, "GetParameters"),  # type: ignore[typeddict-item]
        ConnectTimeoutError(endpoint_url="https://ssm"),
    ],
)
def test_trouble_that_passes_has_our_name(store: Store, error: Exception) -> None:
    asked = fail_with(error)
    with pytest.raises(AwsUnavailable, match="ssm:GetParameters"):
        store.settings.api_key()
    assert asked


@pytest.mark.parametrize(
    "error", [ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetParameters"), NoCredentialsError()]
)
def test_trouble_that_does_not_pass_keeps_its_own_name(store: Store, error: Exception) -> None:
    fail_with(error)
    with pytest.raises(type(error)):
        store.settings.api_key()
