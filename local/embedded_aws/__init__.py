"""The embedded AWS: MiniStack with the engine as its Step Functions and AWS's own runtime client for Lambda functions.

This module says where it answers and in which environment it runs; `python -m local.embedded_aws` runs it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from local.ports import LOOPBACK

REGION: Final = "us-east-1"
ACCOUNT: Final = "000000000000"
ACCOUNT_CREDENTIALS: Final = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
ACCOUNT_CONCURRENCY: Final = 10_000
"""AWS begins with 1,000, and raises it. Here those that wait for an environment count, too: AWS has more machines."""
EVENTS_AT_ONCE: Final = 32
"""How many asynchronous events of one function are handed to it at once, at most; the others are queued."""
POINTS_PER_METRIC: Final = 5_000
"""How many data points a metric keeps, at most: all of them are in memory."""
LOG_EVENTS_PER_GROUP: Final = 5_000
"""How many events a log group keeps, at most: all of them are in memory."""
STREAM_RECORDS_KEPT: Final = 1_000
"""How many records of a DynamoDB stream are kept when all its event source mappings have read them."""
HEALTH_PATH: Final = "/_ministack/health"
SAVE_PATH: Final = "/_baton/save"
WARM_PATH: Final = "/_baton/warm"

EXECUTE_API_PATH: Final = "/_aws/execute-api"
"""Under it, by their ids, are the APIs of API Gateway."""

_API_HOST = re.compile(r"https://(?P<api>[a-z0-9]+)\.execute-api\.[a-z0-9.-]+/(?P<path>.*)")
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "SYSTEMROOT")
_FUNCTION_PACKAGES = "BATON_FUNCTION_PACKAGES"


@dataclass(frozen=True)
class Folders:
    """Where it keeps files: `scratch` for as long as it runs, `packages` for the unpacked code of functions.

    What it has is kept in `state` for the next time; with None, nothing is.
    """

    scratch: Path
    packages: Path
    state: Path | None = None

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> "Folders":
        """The folders that `environment` has named."""
        state = Path(variables["STATE_DIR"]) if variables["PERSIST_STATE"] == "1" else None
        return cls(Path(variables["TMPDIR"]), Path(variables[_FUNCTION_PACKAGES]), state)


def environment(port: int, folders: Folders, inherited: Mapping[str, str]) -> dict[str, str]:
    """The environment of the process.

    Nothing of the user's gets in beside what a program needs to start: no credentials, profile, endpoint or proxy. The
    Docker socket named does not exist: MiniStack would otherwise remove containers that it takes for its own.
    """
    scratch, keep = folders.scratch, "0" if folders.state is None else "1"
    state = folders.state or scratch / "state"
    return {
        **{name: inherited[name] for name in _INHERITED if name in inherited},
        **ACCOUNT_CREDENTIALS,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "BIND_HOST": LOOPBACK,
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "PERSIST_STATE": keep,
        "S3_PERSIST": keep,
        "S3_DATA_DIR": str(state / "s3"),
        "STATE_DIR": str(state),
        "TMPDIR": str(scratch),
        _FUNCTION_PACKAGES: str(folders.packages),
        "DOCKER_HOST": f"unix://{scratch / 'no-docker.sock'}",
        "LAMBDA_ACCOUNT_CONCURRENCY": str(ACCOUNT_CONCURRENCY),
        "LOG_LEVEL": "WARNING",
        "MALLOC_ARENA_MAX": "2",  # each of hundreds of threads would keep memory of its own
    }


def function_variables(endpoint: str) -> dict[str, str]:
    """The environment variables that every function has here beside those that its own configuration decides.

    See https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",  # such host names don't resolve here
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": f"{LOOPBACK}:2000",
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TZ": ":UTC",
    }


def api_id(url: str) -> str:
    """The id of an API of API Gateway, which begins the name of its host; "" where there is no address."""
    return (urlsplit(url).hostname or "").partition(".")[0]


def reachable(variables: Mapping[str, str], endpoint: str) -> dict[str, str]:
    """A function's own variables, in which an SDK's endpoint that is an API of API Gateway leads to that API here.

    See https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    """
    return {
        name: _API_HOST.sub(rf"{endpoint}{EXECUTE_API_PATH}/\g<api>/\g<path>", value)
        if name.startswith("AWS_ENDPOINT_URL_")
        else value
        for name, value in variables.items()
    }
