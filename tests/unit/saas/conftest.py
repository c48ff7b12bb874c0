"""The simulated vendors over real HTTP, for the clients that ask them."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import uvicorn
from pydantic import Secret

from local.ports import listen
from local.seed import OPTIONS
from local.vendors.server import all_vendors, app
from local.vendors.settings import Account, Behaviour
from saas.registry import VENDORS
from tests.unit.saas.settings_of import API_KEY, FixedSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from local.vendors.simulation import SimulatedVendor
    from saas.port import Vendor


@dataclass(frozen=True)
class Simulators:
    """The server, and the vendors behind it."""

    url: str
    vendors: Mapping[str, SimulatedVendor]

    def fresh(self, name: str, behaviour: Behaviour) -> SimulatedVendor:
        """A vendor that has no campaigns yet and behaves like this."""
        vendor = self.vendors[name]
        vendor.campaigns.clear()
        vendor.behaviour = behaviour
        return vendor

    def client(self, name: str, options: str | None = None) -> Vendor:
        """The client of a vendor, with the options that its simulated account has."""
        given = json.dumps(OPTIONS.get(name, {})) if options is None else options
        return VENDORS[name](FixedSettings(f"{self.url}/{name}", (), given))


@pytest.fixture(scope="session")
def simulators() -> Iterator[Simulators]:
    vendors = all_vendors()
    for vendor in vendors.values():
        vendor.account = Account(
            api_key=Secret(API_KEY), webhook_secret=Secret("nobody-is-posted-to"), webhook_url="http://127.0.0.1:9/"
        )
    with listen(0) as listener:
        server = uvicorn.Server(uvicorn.Config(app(vendors), log_level="warning", lifespan="on", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield Simulators(f"http://127.0.0.1:{listener.getsockname()[1]}", vendors)
        server.should_exit = True
        thread.join()
