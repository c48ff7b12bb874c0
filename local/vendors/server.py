"""All simulated vendors behind one address, each under its name, and `/simulator` to set them up and look inside."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from local.vendors.brevo import Brevo
from local.vendors.mailchimp import Mailchimp
from local.vendors.pigeon import Pigeon
from local.vendors.sendgrid import SendGrid
from local.vendors.settings import Account, Behaviour
from local.vendors.simulation import RefusedError, SimulatedVendor, parse


def all_vendors() -> Mapping[str, SimulatedVendor]:
    """A fresh one of each, by name."""
    return {vendor.name: vendor for vendor in (Brevo(), Mailchimp(), Pigeon(), SendGrid())}


def app(vendors: Mapping[str, SimulatedVendor]) -> Starlette:
    """The vendors as an ASGI application. It answers only requests that name the loopback interface as their host."""
    simulator = _Simulator(vendors)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        for vendor in vendors.values():
            await vendor.close()

    return Starlette(
        routes=[
            *(Mount(f"/{name}", routes=vendor.routes()) for name, vendor in vendors.items()),
            Route("/simulator", simulator.names, methods=["GET"]),
            Route("/simulator/{vendor}/account", simulator.set_account, methods=["PUT"]),
            Route("/simulator/{vendor}/behaviour", simulator.set_behaviour, methods=["PUT"]),
            Route("/simulator/{vendor}/campaigns", simulator.campaigns, methods=["GET"]),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
        exception_handlers={RefusedError: _refuse},
        lifespan=lifespan,
    )


class _Simulator:
    """Sets vendors up. A page in a browser can't call it: PUT with JSON is preflighted, and no origin is allowed."""

    def __init__(self, vendors: Mapping[str, SimulatedVendor]) -> None:
        self._vendors = vendors

    async def names(self, _: Request) -> Response:
        return JSONResponse(sorted(self._vendors))

    async def set_account(self, request: Request) -> Response:
        self._vendor(request).account = await parse(request, Account)
        return Response(status_code=204)

    async def set_behaviour(self, request: Request) -> Response:
        self._vendor(request).set_behaviour(await parse(request, Behaviour))
        return Response(status_code=204)

    async def campaigns(self, request: Request) -> Response:
        return JSONResponse(self._vendor(request).report())

    def _vendor(self, request: Request) -> SimulatedVendor:
        vendor = self._vendors.get(request.path_params["vendor"])
        if vendor is None:
            raise RefusedError(404, "no such vendor")
        return vendor


async def _refuse(_: Request, error: Exception) -> Response:
    if not isinstance(error, RefusedError):
        raise error
    return JSONResponse({"error": error.code}, error.status, error.headers)
