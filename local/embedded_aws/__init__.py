"""MiniStack, the embedded AWS: where it answers and in which environment it runs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from local.ports import LOOPBACK

REGION: Final = "us-east-1"
ACCOUNT: Final = "000000000000"
ACCOUNT_CREDENTIALS: Final = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
HEALTH_PATH: Final = "/_ministack/health"

_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "SYSTEMROOT")


def environment(port: int, scratch: Path, inherited: Mapping[str, str]) -> dict[str, str]:
    """The environment of the process, which MiniStack passes on to every Lambda function.

    Nothing of the user's gets in beside what a program needs to start: no credentials, profile, endpoint or proxy. The
    Docker socket named does not exist: MiniStack would otherwise remove containers that it takes for its own.
    """
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
        "PERSIST_STATE": "0",
        "S3_PERSIST": "0",
        "S3_DATA_DIR": str(scratch / "s3"),
        "STATE_DIR": str(scratch / "state"),
        "TMPDIR": str(scratch),
        "DOCKER_HOST": f"unix://{scratch / 'no-docker.sock'}",
        "LOG_LEVEL": "WARNING",
    }
