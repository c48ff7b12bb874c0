"""Logging, tracing, encryption and tags: what is refused, and the defaults.

See https://docs.aws.amazon.com/step-functions/latest/apireference/API_LoggingConfiguration.html and
https://docs.aws.amazon.com/step-functions/latest/apireference/API_EncryptionConfiguration.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asl.service.errors import invalid_encryption_configuration, invalid_logging_configuration, too_many_tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_TAGS: Final = 50
OFF: Final = "OFF"
AWS_OWNED_KEY: Final = "AWS_OWNED_KEY"
DEFAULT_KEY_REUSE_SECONDS: Final = 300


def checked_logging(given: Mapping[str, Any]) -> dict[str, Any]:
    """The logging configuration with its defaults; logging needs exactly one destination.

    Raises:
        ApiError: `InvalidLoggingConfiguration`.

    """
    level = given.get("level", OFF)
    destinations = given.get("destinations", [])
    if len(destinations) > 1 or (level != OFF and not destinations):
        raise invalid_logging_configuration("Must specify exactly one Log Destination.")
    checked = {"level": level, "includeExecutionData": given.get("includeExecutionData", False)}
    return {**checked, "destinations": destinations} if destinations else checked


def checked_tracing(given: Mapping[str, Any]) -> dict[str, Any]:
    """The tracing configuration with its default."""
    return {"enabled": given.get("enabled", False)}


def checked_encryption(given: Mapping[str, Any]) -> dict[str, Any]:
    """The encryption configuration with its defaults; a customer managed key has to be named.

    Raises:
        ApiError: `InvalidEncryptionConfiguration`.

    """
    kind = given.get("type", AWS_OWNED_KEY)
    if kind == AWS_OWNED_KEY:
        if "kmsKeyId" in given or "kmsDataKeyReusePeriodSeconds" in given:
            raise invalid_encryption_configuration("a key can not be set for the type AWS_OWNED_KEY")
        return {"type": kind}
    if "kmsKeyId" not in given:
        raise invalid_encryption_configuration("kmsKeyId must be set for the type CUSTOMER_MANAGED_KMS_KEY")
    return {"kmsDataKeyReusePeriodSeconds": DEFAULT_KEY_REUSE_SECONDS, **given}


def merged_tags(arn: str, present: Mapping[str, str], given: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The tags of a resource after `given` ones are put on it.

    Raises:
        ApiError: `TooManyTags`.

    """
    merged = {**present, **{tag.get("key", ""): tag.get("value", "") for tag in given}}
    if len(merged) > MAX_TAGS:
        raise too_many_tags(arn)
    return merged
