"""Where browsers find the console on AWS: what CloudFront serves, to whom, and with which headers."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from console.hosting import HEADERS, STRICT_TRANSPORT_SECURITY_SECONDS, content_security_policy, is_file
from infra.app import build_app
from infra.assembly import Assembly
from infra.constructs.console_site import pages_function
from tests.infra.conftest import NO_PACKAGES
from tests.infra.test_stacks import one

if TYPE_CHECKING:
    from pathlib import Path

DISTRIBUTION = "https://${Site.Distribution.DomainName}"
OWN = {"console:domain": "console.example.com", "console:zone-id": "Z0123", "console:zone-name": "example.com"}
ARN = "arn:aws:acm:us-east-1:111122223333:certificate/0123"
NO_CACHING = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_BUT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """The templates with an own domain and a certificate that is made for it."""
    return synthesized(tmp_path_factory.mktemp("own"), OWN)


def synthesized(folder: Path, context: dict[str, Any]) -> Assembly:
    build_app(folder, {**context, **NO_PACKAGES}).synth()
    return Assembly.read(folder)


def distribution(assembly: Assembly) -> dict[str, Any]:
    config: dict[str, Any] = one(assembly, "AWS::CloudFront::Distribution")["DistributionConfig"]
    return config


def behaviours(assembly: Assembly) -> dict[str, dict[str, Any]]:
    config = distribution(assembly)
    origins = {origin["Id"]: origin for origin in config["Origins"]}
    found = {"*": config["DefaultCacheBehavior"], **{each["PathPattern"]: each for each in config["CacheBehaviors"]}}
    return {path: {**behaviour, "origin": origins[behaviour["TargetOriginId"]]} for path, behaviour in found.items()}


def headers(assembly: Assembly) -> dict[str, str]:
    """What the policy has every answer say; each setting wins over what the origin says."""
    config = one(assembly, "AWS::CloudFront::ResponseHeadersPolicy")["ResponseHeadersPolicyConfig"]
    security = config["SecurityHeadersConfig"]
    items = config["CustomHeadersConfig"]["Items"]
    assert all(each["Override"] is True for each in (*security.values(), *items))
    strict = security["StrictTransportSecurity"]
    assert strict["IncludeSubdomains"] is True
    return {
        **{item["Header"]: item["Value"] for item in items},
        "Content-Security-Policy": security["ContentSecurityPolicy"]["ContentSecurityPolicy"],
        "Referrer-Policy": security["ReferrerPolicy"]["ReferrerPolicy"],
        "Strict-Transport-Security": str(strict["AccessControlMaxAgeSec"]),
        "X-Content-Type-Options": "nosniff" if "ContentTypeOptions" in security else "",
        "X-Frame-Options": security["FrameOptions"]["FrameOption"],
    }


def test_answers_have_the_headers_that_the_local_console_has(assembly: Assembly) -> None:
    sign_in = assembly.resolve("BatonConsole", assembly.templates["BatonConsole"]["Outputs"]["SignInUrl"]["Value"])
    assert sign_in.startswith("https://baton-")
    assert sign_in.endswith(".auth.${AWS::Region}.amazoncognito.com")
    assert headers(assembly) == {
        **HEADERS,
        "Content-Security-Policy": content_security_policy(sign_in),
        "Strict-Transport-Security": str(STRICT_TRANSPORT_SECURITY_SECONDS),
    }


def test_the_policy_lets_pages_load_nothing_from_elsewhere() -> None:
    policy = dict(part.split(" ", 1) for part in content_security_policy("https://sign-in.example").split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["font-src"] == policy["form-action"] == "'self'"
    assert policy["connect-src"] == "'self' https://sign-in.example"
    assert "unsafe" not in str(policy)


def test_the_api_is_passed_everything_and_nothing_of_it_is_cached(assembly: Assembly) -> None:
    api = behaviours(assembly)["/api/*"]
    assert api["origin"]["DomainName"] == "${OperationsApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}"
    assert "OriginPath" not in api["origin"]
    assert api["origin"]["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert "POST" in api["AllowedMethods"]
    assert (api["CachePolicyId"], api["OriginRequestPolicyId"]) == (NO_CACHING, ALL_BUT_HOST)
    assert api["ViewerProtocolPolicy"] == "https-only"


def test_connections_are_passed_to_the_web_socket_api(assembly: Assembly) -> None:
    live = behaviours(assembly)["/live"]
    assert live["origin"]["DomainName"] == "${Live}.execute-api.${AWS::Region}.${AWS::URLSuffix}"
    assert live["origin"]["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert (live["CachePolicyId"], live["OriginRequestPolicyId"]) == (NO_CACHING, ALL_BUT_HOST)
    assert live["ViewerProtocolPolicy"] == "https-only"


def test_files_come_from_a_bucket_that_only_this_distribution_reads(assembly: Assembly) -> None:
    files = behaviours(assembly)["*"]
    assert files["origin"]["DomainName"] == "${Site.Files.RegionalDomainName}"
    assert files["origin"]["OriginAccessControlId"]
    assert files["ViewerProtocolPolicy"] == "redirect-to-https"
    assert "AllowedMethods" not in files, "GET and HEAD are what CloudFront takes by itself"
    [policy] = [found for found in assembly.resources("AWS::S3::BucketPolicy") if found.path.startswith("Site.Files.")]
    statements = assembly.resolve(policy.stack, policy.properties)["PolicyDocument"]["Statement"]
    [allowed] = [statement for statement in statements if statement["Effect"] == "Allow"]
    assert allowed["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert allowed["Action"] == ["s3:GetObject", "s3:ListBucket"]
    [source] = allowed["Condition"]["StringEquals"].values()
    assert source.endswith(":distribution/${Site.Distribution}")


def test_every_bucket_is_private_and_encrypted(assembly: Assembly) -> None:
    buckets = list(assembly.resources("AWS::S3::Bucket"))
    assert {bucket.path for bucket in buckets} == {"Site.Files", "Site.Logs"}
    for bucket in buckets:
        assert set(bucket.properties["PublicAccessBlockConfiguration"].values()) == {True}
        assert bucket.properties["BucketEncryption"]
        assert bucket.body["DeletionPolicy"] == "Retain"


def test_errors_of_the_api_are_not_replaced_by_pages(assembly: Assembly) -> None:
    assert "CustomErrorResponses" not in distribution(assembly)
    assert "FunctionAssociations" not in behaviours(assembly)["/api/*"]


def test_http_2_and_3_and_logs(assembly: Assembly) -> None:
    config = distribution(assembly)
    assert config["HttpVersion"] == "http2and3"
    assert config["IPV6Enabled"] is True
    assert config["Logging"]["Bucket"] == "${Site.Logs.RegionalDomainName}"


PATHS = (
    *("/", "/index.html", "/signed-in", "/executions/email-campaign/v1.2", "/assets/main-1a.js", "/assets/a/b"),
    *("/reports/email-campaign.lint.json", "/reports/x", "/config.json", "/favicon.svg", "/a/b.html", "//", "/assets"),
)


def test_the_function_at_the_edge_and_the_local_console_tell_pages_from_files_alike(tmp_path: Path) -> None:
    asked = json.dumps([{"request": {"uri": path}} for path in PATHS])
    script = f"{pages_function()}console.log(JSON.stringify({asked}.map((event) => handler(event).uri)));"
    (tmp_path / "pages.js").write_text(script)
    done = subprocess.run([os.environ["JSII_NODE"], tmp_path / "pages.js"], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [path if is_file(path) else "/index.html" for path in PATHS]
    assert not is_file("/executions/email-campaign/v1.2")
    assert is_file("/reports/email-campaign.lint.json")


def test_people_sign_in_with_a_code_and_come_back_to_the_console_only(assembly: Assembly) -> None:
    client = one(assembly, "AWS::Cognito::UserPoolClient")
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["AllowedOAuthScopes"] == ["openid"]
    assert client["SupportedIdentityProviders"] == ["COGNITO"]
    assert client["CallbackURLs"] == [f"{DISTRIBUTION}/signed-in"]
    assert client["LogoutURLs"] == [f"{DISTRIBUTION}/"]
    assert client["EnableTokenRevocation"] is True
    domain = one(assembly, "AWS::Cognito::UserPoolDomain")
    assert domain["ManagedLoginVersion"] == 2
    assert "AccountId" not in json.dumps(domain)
    assert one(assembly, "AWS::Cognito::ManagedLoginBranding")["UseCognitoProvidedValues"] is True


def test_without_an_own_domain_there_is_none(assembly: Assembly) -> None:
    assert "Aliases" not in distribution(assembly)
    assert not list(assembly.resources("AWS::Route53::RecordSet", "AWS::CertificateManager::Certificate"))


def test_an_own_domain_has_a_certificate_and_records(own: Assembly) -> None:
    config = distribution(own)
    assert config["Aliases"] == ["console.example.com"]
    assert config["ViewerCertificate"]["AcmCertificateArn"] == "${Site.Certificate}"
    assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    certificate = one(own, "AWS::CertificateManager::Certificate")
    assert certificate["DomainName"] == "console.example.com"
    assert certificate["ValidationMethod"] == "DNS"
    records = [own.resolve(record.stack, record.properties) for record in own.resources("AWS::Route53::RecordSet")]
    assert {(record["Type"], record["Name"], record["HostedZoneId"]) for record in records} == {
        ("A", "console.example.com.", "Z0123"),
        ("AAAA", "console.example.com.", "Z0123"),
    }
    assert {record["AliasTarget"]["DNSName"] for record in records} == {"${Site.Distribution.DomainName}"}
    [rule] = [
        rule["Assertions"] for name, rule in own.templates["BatonConsole"]["Rules"].items() if "Certificate" in name
    ]
    assert rule[0]["Assert"] == {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}


def test_who_signs_in_may_come_back_to_the_own_domain_or_the_distribution(own: Assembly) -> None:
    callbacks = one(own, "AWS::Cognito::UserPoolClient")["CallbackURLs"]
    assert callbacks == ["https://console.example.com/signed-in", f"{DISTRIBUTION}/signed-in"]
    assert own.templates["BatonConsole"]["Outputs"]["ConsoleUrl"]["Value"] == "https://console.example.com"


def test_a_certificate_may_be_given_for_stacks_in_other_regions(tmp_path: Path) -> None:
    given = synthesized(tmp_path, {**OWN, "console:certificate": ARN})
    assert distribution(given)["ViewerCertificate"]["AcmCertificateArn"] == ARN
    assert not list(given.resources("AWS::CertificateManager::Certificate"))
    assert not [name for name in given.templates["BatonConsole"].get("Rules", {}) if "Certificate" in name]


@pytest.mark.parametrize(
    ("context", "told"),
    [
        ({"console:domain": "console.example.com"}, "console:zone-id and console:zone-name"),
        ({"console:certificate": ARN}, "console:domain"),
        ({**OWN, "console:domain": "console.example.org"}, "console.example.org is not in the hosted zone"),
        ({**OWN, "console:domain": "badexample.com"}, "badexample.com is not in the hosted zone"),
    ],
)
def test_half_a_domain_is_told(tmp_path: Path, context: dict[str, str], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        build_app(tmp_path, {**context, **NO_PACKAGES})
