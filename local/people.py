"""The people who use the console of a local cloud: somebody of each group."""

import contextlib
from typing import Final

from local.aws import AwsClients
from local.console.user_pool import LocalUser

GROUPS: Final = {LocalUser.OPERATOR: "operators", LocalUser.VIEWER: "viewers"}


def seed(aws: AwsClients, user_pool: str) -> None:
    """Put them into the user pool and their groups; who is there already keeps what they have.

    Nobody knows their passwords, which the pool makes: the console's own server signs them in.
    """
    cognito = aws.cognito
    for user, group in GROUPS.items():
        with contextlib.suppress(cognito.exceptions.UsernameExistsException):
            cognito.admin_create_user(UserPoolId=user_pool, Username=user, MessageAction="SUPPRESS")
        cognito.admin_add_user_to_group(UserPoolId=user_pool, Username=user, GroupName=group)
