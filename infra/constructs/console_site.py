"""Where browsers find the console: a private bucket and the two APIs, behind one CloudFront distribution."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import Aws, CfnRule, CfnRuleAssertion, Duration, Fn, RemovalPolicy
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from aws_cdk import aws_s3 as s3
from constructs import Construct

from console.hosting import FILES, INDEX
from infra.constructs.nag import acknowledge
from infra.constructs.response_headers import name_in_account, response_headers
from infra.constructs.statements import deny_plain_http

if TYPE_CHECKING:
    from constructs import Node

CERTIFICATE_REGION = "us-east-1"


@dataclass(frozen=True)
class OwnDomain:
    """A domain name of one's own, the hosted zone that it is in, and a certificate for it, "" to have one made."""

    name: str
    zone_id: str
    zone_name: str
    certificate: str

    @classmethod
    def from_context(cls, node: Node) -> OwnDomain | None:
        """What the context `console:domain`, `console:zone-id`, `console:zone-name` and `console:certificate` says.

        Raises:
            ValueError: some of it is missing.
        """
        keys = ("domain", "zone-id", "zone-name", "certificate")
        name, zone_id, zone_name, certificate = (str(node.try_get_context(f"console:{key}") or "") for key in keys)
        if not any((name, zone_id, zone_name, certificate)):
            return None
        if not (name and zone_id and zone_name):
            raise ValueError("an own domain of the console needs console:domain, console:zone-id and console:zone-name")
        if name != zone_name and not name.endswith(f".{zone_name}"):
            raise ValueError(f"console:domain {name} is not in the hosted zone console:zone-name {zone_name}")
        return cls(name, zone_id, zone_name, certificate)


class ConsoleSite(Construct):
    """The distribution, with everything on one origin: files from the bucket, `/api/*` and `/live` from the APIs.

    A path that is no file gets `index.html`, by a function at the edge: mapping errors to it instead would hide those
    of the API. The bucket is for the distribution alone.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        operations_host: str,
        live_host: str,
        sign_in_origin: str,
        domain: OwnDomain | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._domain = domain
        self._logs = self._log_bucket()
        self.files = self._bucket(
            "Files",
            versioned=True,
            lifecycle_rules=[s3.LifecycleRule(noncurrent_version_expiration=Duration.days(90))],
            server_access_logs_bucket=self._logs,
            server_access_logs_prefix="files/",
        )
        self._headers = response_headers(self, "Headers", sign_in_origin)
        zone = self._zone()
        self.distribution = self._distribution(operations_host, live_host, zone)
        if domain and zone:
            target = route53.RecordTarget.from_alias(targets.CloudFrontTarget(self.distribution))
            route53.ARecord(self, "Ipv4", zone=zone, record_name=f"{domain.name}.", target=target)
            route53.AaaaRecord(self, "Ipv6", zone=zone, record_name=f"{domain.name}.", target=target)

    @property
    def origins(self) -> list[str]:
        """The origins at which browsers find the console; the one to give to people is first."""
        names = [self._domain.name] if self._domain else []
        return [f"https://{name}" for name in (*names, self.distribution.distribution_domain_name)]

    def _distribution(
        self, operations_host: str, live_host: str, zone: route53.IHostedZone | None
    ) -> cloudfront.Distribution:
        distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment="Baton: the operators' console",
            default_behavior=self._files_behaviour(),
            additional_behaviors={
                "/api/*": _passed_on(
                    operations_host,
                    allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
                    response_headers_policy=self._headers,
                ),
                # A connection that is upgraded is no answer that a page could be made of, so it gets no headers.
                # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/distribution-working-with.websockets.html
                "/live": _passed_on(live_host),
            },
            domain_names=[self._domain.name] if self._domain else None,
            certificate=self._certificate(zone) if zone else None,
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            price_class=cloudfront.PriceClass.PRICE_CLASS_100,
            log_bucket=self._logs,
            log_file_prefix="cloudfront/",
        )
        acknowledge(
            distribution,
            {
                "AwsSolutions::AwsSolutions-CFR1": "Operators may work from any country",
                "AwsSolutions::AwsSolutions-CFR2": (
                    "Files are public and static; what is behind the API wants a token and is throttled"
                ),
            },
        )
        if self._domain is None:
            acknowledge(
                distribution,
                {"AwsSolutions::AwsSolutions-CFR4": "CloudFront's own certificate decides; an own domain asks for 1.2"},
            )
        return distribution

    def _files_behaviour(self) -> cloudfront.BehaviorOptions:
        access = cloudfront.S3OriginAccessControl(
            self, "Access", origin_access_control_name=name_in_account(), signing=cloudfront.Signing.SIGV4_ALWAYS
        )
        pages = cloudfront.Function(
            self,
            "Pages",
            comment="Gives the application for every path that is no file",
            runtime=cloudfront.FunctionRuntime.JS_2_0,
            code=cloudfront.FunctionCode.from_inline(pages_function()),
        )
        return cloudfront.BehaviorOptions(
            # LIST has S3 say 404 and not 403 of what is not there; the root, which would be a listing, is a page.
            origin=origins.S3BucketOrigin.with_origin_access_control(
                self.files,
                origin_access_control=access,
                origin_access_levels=[cloudfront.AccessLevel.READ, cloudfront.AccessLevel.LIST],
            ),
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
            response_headers_policy=self._headers,
            compress=True,
            function_associations=[
                cloudfront.FunctionAssociation(event_type=cloudfront.FunctionEventType.VIEWER_REQUEST, function=pages)
            ],
        )

    def _bucket(self, construct_id: str, **options: object) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            construct_id,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            removal_policy=RemovalPolicy.RETAIN,
            **options,  # type: ignore[arg-type]
        )
        bucket.add_to_resource_policy(deny_plain_http(["s3:*"], bucket.bucket_arn, bucket.arn_for_objects("*")))
        return bucket

    def _log_bucket(self) -> s3.Bucket:
        """For access logs of bucket and distribution; CloudFront writes them as another account, by an ACL."""
        bucket = self._bucket(
            "Logs",
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_PREFERRED,
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(90))],
        )
        acknowledge(bucket, {"AwsSolutions::AwsSolutions-S1": "It is where access logs go; its own would never end"})
        return bucket

    def _zone(self) -> route53.IHostedZone | None:
        if self._domain is None:
            return None
        return route53.HostedZone.from_hosted_zone_attributes(
            self, "Zone", hosted_zone_id=self._domain.zone_id, zone_name=self._domain.zone_name
        )

    def _certificate(self, zone: route53.IHostedZone) -> acm.ICertificate | None:
        """A certificate for the own domain. CloudFront takes one of us-east-1 only, wherever the stack is."""
        if self._domain is None:
            return None
        if self._domain.certificate:
            return acm.Certificate.from_certificate_arn(self, "Certificate", self._domain.certificate)
        CfnRule(
            self,
            "CertificateRegion",
            assertions=[
                CfnRuleAssertion(
                    assert_=Fn.condition_equals(Aws.REGION, CERTIFICATE_REGION),
                    assert_description=(
                        f"CloudFront takes a certificate of {CERTIFICATE_REGION} only: make one there, and give its "
                        "ARN as the context console:certificate"
                    ),
                )
            ],
        )
        return acm.Certificate(
            self,
            "Certificate",
            domain_name=self._domain.name,
            validation=acm.CertificateValidation.from_dns(zone),
        )


def _passed_on(
    host: str,
    *,
    allowed_methods: cloudfront.AllowedMethods | None = None,
    response_headers_policy: cloudfront.IResponseHeadersPolicy | None = None,
) -> cloudfront.BehaviorOptions:
    """Everything is passed on as it came, but for the host name, by which API Gateway knows the API."""
    return cloudfront.BehaviorOptions(
        origin=origins.HttpOrigin(host, protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY),
        viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
        allowed_methods=allowed_methods,
        cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
        origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        response_headers_policy=response_headers_policy,
    )


def pages_function() -> str:
    """The function at the edge, in JavaScript.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html
    """
    return (
        f"const files = new RegExp({json.dumps(FILES)});\n"
        "function handler(event) {\n"
        "  const request = event.request;\n"
        f"  if (!files.test(request.uri)) request.uri = {json.dumps(INDEX)};\n"
        "  return request;\n"
        "}\n"
    )
