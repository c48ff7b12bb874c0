"""The environment variables of Step Functions Local, and the defaults where they are not set.

Endpoints of services may also be given with the variables of the AWS SDKs, `AWS_ENDPOINT_URL` and
`AWS_ENDPOINT_URL_SERVICE`.

See https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-config-options.html and
https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

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
    "eventbridge": "EVENTBRIDGE_ENDPOINT",
    "cloudwatchlogs": "CLOUDWATCH_LOGS_ENDPOINT",
}
ALL_SERVICES: Final = "AWS_ENDPOINT_URL"
ONE_SERVICE: Final = "AWS_ENDPOINT_URL_"


class SettingsError(Exception):
    """An environment variable has a value that makes no sense; the text says which and what it may be."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says. `endpoints` maps a service's name to a URL; `wait_time_scale` multiplies waits.

    `aws_endpoint` is the URL of the services that have none of their own, `mock_file` the mock configuration. `data` is
    the folder in which everything is kept, None where nothing outlasts the process.
    """

    account: str = DEFAULT_ACCOUNT
    region: str = DEFAULT_REGION
    wait_time_scale: float = 1.0
    endpoints: Mapping[str, str] = field(default_factory=dict)
    aws_endpoint: str | None = None
    mock_file: str | None = None
    data: Path | None = None

    def endpoint_of(self, service: str) -> str | None:
        """The URL at which a service is, by the name that `arn:aws:states:::aws-sdk:SERVICE:ACTION` has for it."""
        return self.endpoints.get(service, self.aws_endpoint)


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
    scale = _scale(environment.get("WAIT_TIME_SCALE") or "1")
    return Settings(
        account,
        region,
        scale,
        _endpoints(environment),
        _endpoint(environment, ALL_SERVICES),
        environment.get("SFN_MOCK_CONFIG") or None,
    )


def _endpoints(environment: Mapping[str, str]) -> dict[str, str]:
    """The endpoints of single services. The variables of the AWS SDKs name a service with underscores for blanks."""
    of_sdks = {
        name.removeprefix(ONE_SERVICE).replace("_", "").lower(): name
        for name in environment
        if name.startswith(ONE_SERVICE)
    }
    of_step_functions_local = {service: name for service, name in ENDPOINTS.items() if environment.get(name)}
    names = {**of_sdks, **of_step_functions_local}
    found = {service: _endpoint(environment, name) for service, name in names.items()}
    return {service: url for service, url in found.items() if url is not None}


def _endpoint(environment: Mapping[str, str], name: str) -> str | None:
    url = environment.get(name)
    if url and not _is_url(url):
        raise SettingsError(f"{name} is {url!r}: an endpoint is a URL such as http://localhost:4566")
    return url or None


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
        raise SettingsError(f"WAIT_TIME_SCALE is {text!r}: it multiplies waits, 0.1 makes ten seconds one")
    return scale
