"""The port of vendors: what it checks can't be skipped."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from saas.pigeon import Pigeon
from saas.port import Delivery, Status, Webhook
from tests.unit.saas.settings_of import FixedSettings


@pytest.mark.parametrize("method", ["create", "send", "status", "read_webhook", "verify_endpoint"])
def test_a_vendor_that_replaces_a_checked_method_is_refused(method: str) -> None:
    def unchecked(*_: Any) -> None:
        raise AssertionError

    with pytest.raises(TypeError, match=rf"Careless must not replace {method}"):
        type("Careless", (Pigeon,), {method: unchecked})


class Unsigned(Pigeon):
    """A vendor that does not sign, and says more than it can prove."""

    name = "unsigned"
    signed = False

    def _verify(self, webhook: Webhook, now: datetime) -> None:
        """Nothing to verify."""

    def _read(self, webhook: Webhook) -> tuple[Delivery, ...]:
        moment = datetime(2026, 3, 1, tzinfo=UTC)
        return tuple(
            Delivery(name, webhook.headers["campaign"], Status.SUCCESS, moment) for name in ("first", "second")
        )


def test_the_status_in_a_webhook_that_is_not_signed_is_never_believed() -> None:
    (delivery,) = Unsigned(FixedSettings()).read_webhook(Webhook({"Campaign": "cmp_1"}, b""), datetime.now(UTC))
    assert (delivery.event_id, delivery.campaign_id, delivery.status) == ("first", "cmp_1", None)
