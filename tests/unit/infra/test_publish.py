"""Publishing the console to a bucket and a distribution of the embedded AWS."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from console.hosting import ASSETS_CACHING
from console.reports import COVERAGE, ReportError, write_reports
from infra import publish
from local.embedded_aws import ACCOUNT_CREDENTIALS, REGION
from tests.asl.assembly.test_assembly import machine, write
from tests.unit.local.test_embedded_aws import PASS, Cloud, unique

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class Published:
    """A stack with a bucket and a distribution, and a checkout with pages and an assembly."""

    cloud: Cloud
    stack: str
    outputs: Mapping[str, str]
    folder: Path

    @property
    def s3(self) -> S3Client:
        return self.cloud.s3

    def publish(self) -> None:
        arguments = ["--stack", self.stack, "--pages", str(self.folder / "dist")]
        publish.main([*arguments, "--assembly", str(self.folder / "cdk.out")])

    def object(self, key: str) -> dict[str, Any]:
        found: Any = self.s3.get_object(Bucket=self.outputs["FilesBucketName"], Key=key)
        return {**found, "Text": found["Body"].read().decode()}

    def uploaded(self) -> set[str]:
        listed = self.s3.list_objects_v2(Bucket=self.outputs["FilesBucketName"])
        return {entry["Key"] for entry in listed.get("Contents", ())}


def template(**outputs: Any) -> dict[str, Any]:
    origin = {
        "Id": "files",
        "DomainName": {"Fn::GetAtt": ["Files", "RegionalDomainName"]},
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    behaviour = {
        "TargetOriginId": "files",
        "ViewerProtocolPolicy": "https-only",
        "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
    }
    config = {"Enabled": True, "Origins": [origin], "DefaultCacheBehavior": behaviour}
    resources = {
        "Files": {"Type": "AWS::S3::Bucket"},
        "Distribution": {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": config}},
    }
    return {"Resources": resources, "Outputs": {name: {"Value": value} for name, value in outputs.items()}}


@pytest.fixture
def published(embedded_aws: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Published:
    for name, value in {**ACCOUNT_CREDENTIALS, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", embedded_aws)
    cloud, stack = Cloud(embedded_aws), unique("console")
    outputs = cloud.deploy(
        stack,
        template(
            FilesBucketName={"Ref": "Files"},
            DistributionId={"Ref": "Distribution"},
            SignInUrl="https://baton-0123.auth.us-east-1.amazoncognito.com",
            UserPoolClientId="client",
            ConsoleUrl="https://console.example.com",
        ),
    )
    (tmp_path / "dist" / "assets").mkdir(parents=True)
    (tmp_path / "dist" / "index.html").write_text("first")
    (tmp_path / "dist" / "favicon.svg").write_text("<svg/>")
    (tmp_path / "dist" / ".hidden").write_text("no page")
    (tmp_path / "dist" / "assets" / "main-1.js").write_text("1")
    assembly_of(tmp_path)
    return Published(cloud, stack, outputs, tmp_path)


def assembly_of(folder: Path) -> None:
    (folder / "cdk.out").mkdir()
    greeting = machine(StateMachineName="greeting", DefinitionString=json.dumps(PASS))
    write(folder / "cdk.out", {"Machines": {"Greeting": greeting}})


def test_files_may_be_kept_for_as_long_as_they_hold(published: Published) -> None:
    published.publish()
    assert published.uploaded() == {
        *("index.html", "config.json", "favicon.svg", "assets/main-1.js", "reports/greeting.lint.json")
    }
    objects = {key: published.object(key) for key in sorted(published.uploaded())}
    kept = {key: (each["CacheControl"], each["ContentType"]) for key, each in objects.items()}
    assert kept == {
        "index.html": ("no-cache", "text/html; charset=utf-8"),
        "config.json": ("no-cache", "application/json"),
        "favicon.svg": ("no-cache", "image/svg+xml"),
        "assets/main-1.js": (ASSETS_CACHING, "text/javascript; charset=utf-8"),
        "reports/greeting.lint.json": ("no-cache", "application/json"),
    }


def test_the_page_learns_where_to_sign_in(published: Published, capsys: pytest.CaptureFixture[str]) -> None:
    published.publish()
    sign_in = published.outputs["SignInUrl"]
    assert json.loads(published.object("config.json")["Text"]) == {
        "client_id": "client",
        "authorize_url": f"{sign_in}/oauth2/authorize",
        "token_url": f"{sign_in}/oauth2/token",
        "logout_url": f"{sign_in}/logout",
        "local": False,
    }
    assert "https://console.example.com" in capsys.readouterr().out


def test_the_distribution_asks_again_for_what_may_have_changed(published: Published) -> None:
    published.publish()
    cloudfront: Any = boto3.client("cloudfront")
    distribution = published.outputs["DistributionId"]
    [listed] = cloudfront.list_invalidations(DistributionId=distribution)["InvalidationList"]["Items"]
    found = cloudfront.get_invalidation(DistributionId=distribution, Id=listed["Id"])["Invalidation"]
    assert set(found["InvalidationBatch"]["Paths"]["Items"]) == {"/index.html", "/config.json", "/reports/*"}


def test_a_tab_that_is_open_finds_the_assets_of_its_version(published: Published) -> None:
    published.publish()
    before = published.object("assets/main-1.js")["LastModified"]
    (published.folder / "dist" / "assets" / "main-1.js").rename(published.folder / "dist" / "assets" / "main-2.js")
    (published.folder / "dist" / "index.html").write_text("second")
    published.publish()
    assert published.object("index.html")["Text"] == "second"
    assert {"assets/main-1.js", "assets/main-2.js"} <= published.uploaded()
    published.publish()
    assert published.object("assets/main-1.js")["LastModified"] == before


def test_pages_that_are_not_built_are_told(published: Published) -> None:
    (published.folder / "dist" / "index.html").unlink()
    with pytest.raises(SystemExit, match="make web"):
        published.publish()
    assert published.uploaded() == set()


def test_a_stack_that_is_not_there_or_too_old_is_told(published: Published, tmp_path: Path) -> None:
    arguments = ["--pages", str(tmp_path / "dist"), "--assembly", str(tmp_path / "cdk.out")]
    with pytest.raises(SystemExit, match="Nowhere is not deployed here"):
        publish.main(["--stack", "Nowhere", *arguments])
    old = unique("old")
    published.cloud.deploy(old, template(UserPoolClientId="client"))
    with pytest.raises(SystemExit, match="has no output FilesBucketName, DistributionId, SignInUrl, ConsoleUrl"):
        publish.main(["--stack", old, *arguments])


def test_an_assembly_that_is_not_there_is_told(published: Published) -> None:
    arguments = ["--stack", published.stack, "--pages", str(published.folder / "dist")]
    with pytest.raises(SystemExit, match="nowhere could not be checked"):
        publish.main([*arguments, "--assembly", str(published.folder / "nowhere")])


def test_coverage_is_a_report_where_there_is_some(tmp_path: Path) -> None:
    assembly_of(tmp_path)
    coverage, reports = tmp_path / COVERAGE, tmp_path / "reports"
    entry = {"name": "greeting", "source": "here", "percent": 100, "items": []}
    elsewhere = {**entry, "name": "../elsewhere"}
    coverage.write_text(json.dumps({"percent": 100, "stateMachines": [entry, elsewhere]}))
    write_reports(tmp_path / "cdk.out", coverage, reports)
    assert {path.name for path in reports.iterdir()} == {"greeting.lint.json", "greeting.coverage.json"}
    assert json.loads((reports / "greeting.coverage.json").read_text()) == entry
    assert not (tmp_path / "elsewhere.coverage.json").exists()
    coverage.unlink()
    write_reports(tmp_path / "cdk.out", coverage, reports)
    assert {path.name for path in reports.iterdir()} == {"greeting.lint.json"}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"stateMachines": [{}]}'])
def test_coverage_that_is_none_is_told(tmp_path: Path, text: str) -> None:
    assembly_of(tmp_path)
    (tmp_path / COVERAGE).write_text(text)
    with pytest.raises(ReportError, match=COVERAGE):
        write_reports(tmp_path / "cdk.out", tmp_path / COVERAGE, tmp_path / "reports")
