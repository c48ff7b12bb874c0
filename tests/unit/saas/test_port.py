"""The port of vendors: its checks can't be skipped."""

from __future__ import annotations

from typing import Any

import pytest

from saas.pigeon import Pigeon


@pytest.mark.parametrize("method", ["create", "send", "status", "read_webhook", "verify_endpoint"])
def test_a_vendor_that_replaces_a_checked_method_is_refused(method: str) -> None:
    def unchecked(*_: Any) -> None:
        raise AssertionError

    with pytest.raises(TypeError, match=rf"Careless must not replace {method}"):
        type("Careless", (Pigeon,), {method: unchecked})
