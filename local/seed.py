"""Putting into a deployed cloud what no template may hold: secrets, the vendor's address, and a few users."""

import base64
import secrets
from typing import Final

from botocore.exceptions import ClientError
from pydantic import Secret

from local.aws import AwsClients
from local.outputs import Outputs
from local.vendors.client import Vendor
from local.vendors.settings import Account

PREFIX: Final = "/baton/saas"
WEBHOOK_SECRET_BYTES: Final = 32


def seed_secrets(aws: AwsClients, outputs: Outputs, vendor: Vendor) -> Account:
    """Store a vendor's API key, webhook secret and base URL, and return the account that fits them.

    Secrets are random and made once per cloud: a second run finds those that are there.
    """
    prefix = f"{PREFIX}/{vendor.name}"
    api_key = _secret(aws, f"{prefix}/api-key", secrets.token_urlsafe(32), outputs.secrets_key_arn)
    random_key = "whsec_" + base64.b64encode(secrets.token_bytes(WEBHOOK_SECRET_BYTES)).decode()
    webhook_secret = _secret(aws, f"{prefix}/webhook-secret", random_key, outputs.secrets_key_arn)
    aws.ssm.put_parameter(Name=f"{prefix}/base-url", Value=vendor.url, Type="String", Overwrite=True)
    return Account(
        api_key=Secret(api_key),
        webhook_secret=Secret(webhook_secret.split()[0]),
        webhook_url=f"{outputs.local_webhook_url(aws.url)}/{vendor.name}",
    )


def _secret(aws: AwsClients, name: str, fresh: str, key_arn: str) -> str:
    try:
        return aws.ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ParameterNotFound":
            raise
    aws.ssm.put_parameter(Name=name, Value=fresh, Type="SecureString", KeyId=key_arn)
    return fresh
