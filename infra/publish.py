"""Put the built console where the deployed distribution finds it: `python -m infra.publish`.

It uploads `console/web/dist`, writes `/config.json` from the outputs of the stack and the reports about the workflows
from the synthesized assembly, and has CloudFront ask for what may have changed again. Assets come first and the page
last, so that no page names an asset that is not there yet; assets of earlier versions stay, for tabs that are open.

Credentials, region and endpoint are those of the AWS SDK.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from console.hosting import INDEX, caching, content_type
from console.reports import COVERAGE, ReportError, write_reports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mypy_boto3_s3 import S3Client

ROOT: Final = Path(__file__).resolve().parents[1]
DIST: Final = ROOT / "console" / "web" / "dist"
CONFIG: Final = "/config.json"
NEVER_KEPT: Final = (INDEX, CONFIG, "/reports/*")
OUTPUTS: Final = ("FilesBucketName", "DistributionId", "SignInUrl", "UserPoolClientId", "ConsoleUrl")


class PublishError(Exception):
    """It can't be published; the text says why, and what to do."""


@dataclass(frozen=True)
class Site:
    """Where the console is published: outputs of its stack."""

    bucket: str
    distribution: str
    sign_in: str
    client: str
    url: str

    @classmethod
    def of(cls, cloudformation: Any, stack: str) -> Site:
        """The site of a deployed stack.

        Raises:
            PublishError: it is not deployed, or without the console.
        """
        try:
            [found] = cloudformation.describe_stacks(StackName=stack)["Stacks"]
        except ClientError as error:
            raise PublishError(f"{stack} is not deployed here: {error.response['Error']['Message']}") from None
        outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", ())}
        missing = [name for name in OUTPUTS if name not in outputs]
        if missing:
            raise PublishError(f"{stack} has no output {', '.join(missing)}. Deploy it again, then publish.")
        return cls(*(outputs[name] for name in OUTPUTS))

    @property
    def config(self) -> dict[str, Any]:
        """What `/config.json` says."""
        return {
            "client_id": self.client,
            "authorize_url": f"{self.sign_in}/oauth2/authorize",
            "token_url": f"{self.sign_in}/oauth2/token",
            "logout_url": f"{self.sign_in}/logout",
            "local": False,
        }


@dataclass(frozen=True)
class Publisher:
    """What publishing needs of AWS, and whom to tell what is done."""

    s3: S3Client
    cloudfront: Any
    say: Callable[[str], None]

    def publish(self, site: Site, pages: Path, reports: Path) -> None:
        """Upload pages and reports, the page itself last, then have the distribution ask for them again.

        Raises:
            PublishError: the pages are not built.
        """
        if not (pages / "index.html").is_file():
            raise PublishError(f"{pages} has no index.html. Build the console: make web")
        files = {f"/{path.relative_to(pages).as_posix()}": path for path in _files(pages)}
        index = files.pop(INDEX)
        there = self._assets(site)
        fresh = {path: file for path, file in files.items() if path not in there}
        for path, file in sorted(fresh.items()):
            self._put(site, path, file.read_bytes())
        for file in _files(reports):
            self._put(site, f"/reports/{file.name}", file.read_bytes())
        self._put(site, CONFIG, json.dumps(site.config, indent=2).encode())
        self._put(site, INDEX, index.read_bytes())
        self.say(f"uploaded {len(fresh) + 2} files and {len(tuple(_files(reports)))} reports")
        self.cloudfront.create_invalidation(
            DistributionId=site.distribution,
            InvalidationBatch={
                "Paths": {"Quantity": len(NEVER_KEPT), "Items": list(NEVER_KEPT)},
                "CallerReference": uuid.uuid4().hex,
            },
        )
        self.say(f"the console is at {site.url}")

    def _assets(self, site: Site) -> set[str]:
        """The paths of the assets that are there: a name with the hash of its content needs no second upload."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=site.bucket, Prefix="assets/")
        return {f"/{entry['Key']}" for page in pages for entry in page.get("Contents", ())}

    def _put(self, site: Site, path: str, body: bytes) -> None:
        self.s3.put_object(
            Bucket=site.bucket,
            Key=path.removeprefix("/"),
            Body=body,
            ContentType=content_type(path),
            CacheControl=caching(path),
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Publish; what is wrong ends with a message and status 1."""
    parser = argparse.ArgumentParser(prog="python -m infra.publish", description="Publish the operators' console.")
    parser.add_argument("--stack", default="BatonConsole", help="the stack of the console (%(default)s)")
    parser.add_argument("--pages", type=Path, default=DIST, help="the built pages (console/web/dist)")
    parser.add_argument(
        "--assembly", type=Path, default=ROOT / "cdk.out", help="the synthesized assembly that was deployed (cdk.out)"
    )
    chosen = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as reports:
            write_reports(chosen.assembly, ROOT / COVERAGE, Path(reports))
            site = Site.of(boto3.client("cloudformation"), chosen.stack)
            publisher = Publisher(boto3.client("s3"), boto3.client("cloudfront"), print)
            publisher.publish(site, chosen.pages, Path(reports))
    except (PublishError, ReportError, ClientError, BotoCoreError) as error:
        sys.exit(f"infra.publish: {error}")


def _files(folder: Path) -> Iterator[Path]:
    """The files in a folder, but for hidden ones."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


if __name__ == "__main__":
    main()
