"""The environment variables of Step Functions Local, and the defaults where they are not set.

See https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-config-options.html
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_ACCOUNT: Final = "123456789012"
DEFAULT_REGION: Final = "us-east-1"
DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8083

ENDPOINTS: Final = {
    "lambda": "LAMBDA_ENDPOINT",
    "states": "STEP_FUNCTIONS_ENDPOINT",
    "sqs": "SQS_ENDPOINT",
    "sns": "SNS_ENDPOINT",
    "dynamodb": "DYNAMODB_ENDPOINT",
    "batch": "BATCH_ENDPOINT",
    "ecs": "ECS_ENDPOINT",
    "glue": "GLUE_ENDPOINT",
    "sagemaker": "SAGE_MAKER_ENDPOINT",
}


class SettingsError(Exception):
    """An environment variable has a value that makes no sense; the text says which and what it may be."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says. `endpoints` maps a service's name to a URL; `wait_time_scale` multiplies waits."""

    account: str = DEFAULT_ACCOUNT
    region: str = DEFAULT_REGION
    wait_time_scale: float = 1.0
    endpoints: Mapping[str, str] = field(default_factory=dict)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings that `environment` gives.

    Raises:
        SettingsError: a variable makes no sense.

    """
    account = environment.get("AWS_ACCOUNT_ID") or DEFAULT_ACCOUNT
    if not re.fullmatch(r"[0-9]{12}", account):
        raise SettingsError(f"AWS_ACCOUNT_ID is {account!r}: an account has 12 digits")
    region = environment.get("AWS_DEFAULT_REGION") or DEFAULT_REGION
    if not re.fullmatch(r"[a-z0-9-]{1,32}", region):
        raise SettingsError(f"AWS_DEFAULT_REGION is {region!r}: a region is a name such as us-east-1")
    endpoints = {service: environment[name] for service, name in ENDPOINTS.items() if environment.get(name)}
    for service, url in endpoints.items():
        if not _is_url(url):
            raise SettingsError(f"{ENDPOINTS[service]} is {url!r}: an endpoint is a URL such as http://localhost:4566")
    return Settings(account, region, _scale(environment.get("WAIT_TIME_SCALE") or "1"), endpoints)


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _scale(text: str) -> float:
    try:
        scale = float(text)
    except ValueError:
        scale = -1.0
    if not math.isfinite(scale) or scale < 0:
        raise SettingsError(f"WAIT_TIME_SCALE is {text!r}: it multiplies every wait, 0.1 makes ten seconds one")
    return scale
