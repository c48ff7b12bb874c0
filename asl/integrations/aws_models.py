"""What actions the services of AWS have, by botocore's models."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import botocore.session

from asl.integrations.aws_names import BOTOCORE_NAMES, capitalized

if TYPE_CHECKING:
    from botocore.model import ServiceModel

RETIRED: Final = frozenset(
    {
        "alexaforbusiness",
        "cloudhsm",
        "codestar",
        "elasticinference",
        "gamesparks",
        "honeycode",
        "iot1clickdevices",
        "iot1clickprojects",
        "iotanalytics",
        "iotevents",
        "ioteventsdata",
        "iotfleethub",
        "iotthingsgraph",
        "macie",
        "mobile",
        "nimble",
        "opsworks",
        "opsworkscm",
        "panorama",
        "robomaker",
        "sms",
        "worklink",
    }
)
"""Services that Step Functions names in its documentation and botocore has no model of, or none any more."""


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


@cache
def _names() -> dict[str, str]:
    """The names of services in botocore by those in resources."""
    known = {name.replace("-", ""): name for name in _session().get_available_services()}
    return known | BOTOCORE_NAMES


@cache
def service_model(service: str) -> ServiceModel | None:
    """The model of a service, by the name that `arn:aws:states:::aws-sdk:SERVICE:ACTION` has for it."""
    name = _names().get(service)
    return None if name is None else _session().get_service_model(name)


def has_action(service: str, action: str) -> bool:
    """Whether a service has the action, which begins with a small letter, as far as is known."""
    model = service_model(service)
    return service in RETIRED if model is None else capitalized(action) in model.operation_names
