"""Secrets that a vendor and we share, and the one comparison of what a stranger offers with what only they can know."""

import hmac
from collections.abc import Sequence

from saas.errors import VendorMisconfigured, WebhookRefused

MIN_SECRET_CHARACTERS = 24


def verify(vendor: str, offered: str, secrets: Sequence[str], prefix: str = "") -> None:
    """Raise `WebhookRefused` unless `offered` is the prefix and one of `secrets`: what a vendor sends that can't sign.

    Raises `VendorMisconfigured` where one of `secrets` is so short that it could be guessed.
    """
    if any(len(secret) < MIN_SECRET_CHARACTERS for secret in secrets):
        raise VendorMisconfigured(vendor, "webhook-secret", f"has to have {MIN_SECRET_CHARACTERS} characters or more")
    if not any_fits([offered.encode(errors="replace")], [f"{prefix}{secret}".encode() for secret in secrets]):
        raise WebhookRefused("wrong_secret")


def any_fits(offered: Sequence[bytes], expected: Sequence[bytes]) -> bool:
    """Whether one of `offered` is one of `expected`.

    Every pair is compared in constant time, without stopping at the first that fits, so that the time tells nothing of
    how much was right.
    """
    fits = False
    for one in offered:
        for other in expected:
            fits |= hmac.compare_digest(one, other)
    return fits
