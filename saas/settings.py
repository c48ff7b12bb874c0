"""A vendor's settings in SSM Parameter Store: `<root>/<vendor>/api-key`, `/base-url`, `/webhook-secret`, `/options`.

Secrets are SecureStrings. They are read by `ssm:GetParameters` with decryption and kept for three minutes, so a
rotation has to accept the old secret beside the new one for longer than that
(https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-parameter-store.html).
"""

import re
from functools import cache

from aws_lambda_powertools.utilities.parameters import SSMProvider

from saas.aws import CONFIG, aws_call
from saas.errors import VendorMisconfigured

CACHE_SECONDS = 180
MAX_ACTIVE_SECRETS = 2
_VISIBLE_ASCII = re.compile(r"[\x21-\x7e]{1,4096}")
_BASE_URL = re.compile(r"https://[A-Za-z0-9.-]+(:\d{1,5})?(/[A-Za-z0-9._~/-]*)?")
_LOOPBACK_URL = re.compile(r"http://(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|\[::1\])(:\d{1,5})?(/[A-Za-z0-9._~/-]*)?")


@cache
def parameters() -> SSMProvider:
    """The reader of Parameter Store with its cache, kept for the life of the process."""
    return SSMProvider(boto_config=CONFIG)


class SsmVendorSettings:
    """The settings of one vendor under `root` (for example `/baton/saas`).

    Every method raises `VendorMisconfigured` where the parameter is missing or can't be used, without its value, and
    `AwsUnavailable` where SSM or KMS do not answer now.
    """

    def __init__(self, root: str, vendor: str) -> None:
        self._root = root
        self._vendor = vendor

    def api_key(self) -> str:
        """The key that authorizes requests to the vendor: visible ASCII, fit for a header."""
        value = self._value("api-key")
        if not _VISIBLE_ASCII.fullmatch(value):
            raise self._misconfigured("api-key", "has to be one word of visible ASCII characters")
        return value

    def base_url(self) -> str:
        """Where the vendor's API is: https, or http on a loopback address, without a slash at the end."""
        value = self._value("base-url")
        if not (_BASE_URL.fullmatch(value) or _LOOPBACK_URL.fullmatch(value)):
            raise self._misconfigured(
                "base-url", "has to be https://host[:port][/path], or http:// on a loopback address"
            )
        return value.rstrip("/")

    def webhook_secrets(self) -> tuple[str, ...]:
        """The active webhook secrets: one, or two while they are rotated."""
        secrets = tuple(self._value("webhook-secret").split())
        if not 1 <= len(secrets) <= MAX_ACTIVE_SECRETS:
            raise self._misconfigured("webhook-secret", "has to hold one secret, or two separated by a space")
        return secrets

    def options(self) -> str:
        """A JSON object; the vendor checks what is in it."""
        return self._value("options")

    def _value(self, setting: str) -> str:
        name = f"{self._root}/{self._vendor}/{setting}"
        with aws_call("ssm:GetParameters"):
            found = parameters().get_parameters_by_name(
                {name: {}}, decrypt=True, max_age=CACHE_SECONDS, raise_on_error=False
            )
        if name not in found:
            raise self._misconfigured(setting, "there is no such parameter in SSM; put one there")
        return str(found[name]).strip()

    def _misconfigured(self, setting: str, reason: str) -> VendorMisconfigured:
        return VendorMisconfigured(self._vendor, f"{self._root}/{self._vendor}/{setting}", reason)
