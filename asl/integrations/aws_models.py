"""What actions the services of AWS have, by botocore's models."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any, Final

from botocore.loaders import create_loader
from botocore.model import ServiceModel

from asl.integrations.aws_names import BOTOCORE_NAMES, capitalized

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


MODELS: Final = 16
"""How many models are kept: with all that they describe, those of all services would fill a gigabyte."""


@cache
def _names() -> dict[str, str]:
    """The names of services in botocore by those in resources."""
    known = {name.replace("-", ""): name for name in create_loader().list_available_services("service-2")}
    return known | BOTOCORE_NAMES


def _description(service: str) -> dict[str, Any] | None:
    """A service's model as it is stored. A loader of its own reads it, since a loader keeps what it has read."""
    name = _names().get(service)
    return None if name is None else create_loader().load_service_model(name, "service-2")


@lru_cache(maxsize=MODELS)
def service_model(service: str) -> ServiceModel | None:
    """The model of a service, by the name that `arn:aws:states:::aws-sdk:SERVICE:ACTION` has for it."""
    description = _description(service)
    return None if description is None else ServiceModel(description, _names()[service])


@cache
def _actions(service: str) -> frozenset[str] | None:
    description = _description(service)
    return None if description is None else frozenset(description["operations"])


def has_action(service: str, action: str) -> bool:
    """Whether a service has the action, which begins with a small letter, as far as is known."""
    if service in RETIRED:
        return True
    actions = _actions(service) if service in _names() else None
    return actions is not None and capitalized(action) in actions
