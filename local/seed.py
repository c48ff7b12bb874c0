"""Putting into a deployed cloud what no template may hold: secrets, the vendors' addresses and options."""

import base64
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError
from pydantic import Secret

from local.aws import AwsClients
from local.outputs import Outputs
from local.vendors import brevo, mailchimp, sendgrid
from local.vendors.client import Vendor
from local.vendors.settings import Account, VendorName

PREFIX: Final = "/baton/saas"
SECRET_BYTES: Final = 32
OPTIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    VendorName.BREVO: {
        "folder_id": brevo.FOLDER_ID,
        "sender_name": "Baton",
        "sender_email": "campaigns@example.org",
    },
    VendorName.MAILCHIMP: {
        "list_id": mailchimp.LIST_ID,
        "from_name": "Baton",
        "reply_to": "campaigns@example.org",
    },
    VendorName.SENDGRID: {
        "sender_id": sendgrid.SENDER_ID,
        "suppression_group_id": sendgrid.SUPPRESSION_GROUP_ID,
    },
}
"""What vendors want to know of an account beside its key, where they want to know something."""


def set_up(aws: AwsClients, outputs: Outputs, vendor: Vendor) -> None:
    """Store a vendor's API key, webhook secret, base URL and options, and tell the vendor the account that fits them.

    Secrets are random and made once per cloud: a second run finds those that are there.
    """
    prefix, key_arn = f"{PREFIX}/{vendor.name}", outputs.secrets_key_arn
    api_key = _secret(aws, f"{prefix}/api-key", lambda: secrets.token_urlsafe(SECRET_BYTES), key_arn)
    account = Account(
        api_key=Secret(api_key),
        webhook_secret=Secret(_fresh_secret(vendor.name)),
        webhook_url=f"{outputs.local_webhook_url(aws.url)}/{vendor.name}",
    )
    if vendor.name == VendorName.SENDGRID:
        vendor.set_account(account)
        _secret(aws, f"{prefix}/webhook-secret", lambda: vendor.sign_webhooks(api_key), key_arn)
    else:
        known = _secret(aws, f"{prefix}/webhook-secret", account.webhook_secret.get_secret_value, key_arn)
        vendor.set_account(account.model_copy(update={"webhook_secret": Secret(known.split()[0])}))
    aws.ssm.put_parameter(Name=f"{prefix}/base-url", Value=vendor.url, Type="String", Overwrite=True)
    options = json.dumps(OPTIONS.get(vendor.name, {}))
    aws.ssm.put_parameter(Name=f"{prefix}/options", Value=options, Type="String", Overwrite=True)


def _fresh_secret(vendor: str) -> str:
    if vendor == VendorName.PIGEON:
        return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    return secrets.token_urlsafe(SECRET_BYTES)


def _secret(aws: AwsClients, name: str, fresh: Callable[[], str], key_arn: str) -> str:
    try:
        return aws.ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ParameterNotFound":
            raise
    value = fresh()
    aws.ssm.put_parameter(Name=name, Value=value, Type="SecureString", KeyId=key_arn)
    return value
