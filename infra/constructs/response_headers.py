"""The security headers of `console.hosting` as a policy of CloudFront."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Aws, Duration
from aws_cdk import aws_cloudfront as cloudfront

from console.hosting import HEADERS, STRICT_TRANSPORT_SECURITY_SECONDS, content_security_policy

if TYPE_CHECKING:
    from constructs import Construct

# CloudFront has settings of their own for these, and refuses them among the others.
_WITH_SETTINGS = frozenset({"Referrer-Policy", "X-Content-Type-Options", "X-Frame-Options"})


def response_headers(scope: Construct, construct_id: str, *connect: str) -> cloudfront.ResponseHeadersPolicy:
    """A policy that has every answer say them, whatever the origin says; pages may also reach the origins `connect`."""
    behaviour = cloudfront.ResponseSecurityHeadersBehavior(
        content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
            content_security_policy=content_security_policy(*connect), override=True
        ),
        content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
        frame_options=cloudfront.ResponseHeadersFrameOptions(
            frame_option=cloudfront.HeadersFrameOption(HEADERS["X-Frame-Options"]), override=True
        ),
        referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
            referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=True
        ),
        strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
            access_control_max_age=Duration.seconds(STRICT_TRANSPORT_SECURITY_SECONDS),
            include_subdomains=True,
            override=True,
        ),
    )
    others = [
        cloudfront.ResponseCustomHeader(header=name, value=text, override=True)
        for name, text in HEADERS.items()
        if name not in _WITH_SETTINGS
    ]
    return cloudfront.ResponseHeadersPolicy(
        scope,
        construct_id,
        response_headers_policy_name=name_in_account(),
        comment="Baton: the operators' console",
        security_headers_behavior=behaviour,
        custom_headers_behavior=cloudfront.ResponseCustomHeadersBehavior(custom_headers=others),
    )


def name_in_account() -> str:
    """A name for what CloudFront wants to have one of, unique in the account: the stack may be in several regions."""
    return f"{Aws.STACK_NAME}-{Aws.REGION}"
