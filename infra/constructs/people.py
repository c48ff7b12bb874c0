"""The people who use the console: a user pool with the two groups."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from infra.constructs.nag import acknowledge

# Of `console.api.people`, which a test compares.
GROUPS = {"viewers": "May look at everything", "operators": "May look at everything, and repair"}


class People(Construct):
    """A user pool to which people are invited, with the groups of the console, and the app client of the console.

    Nobody can sign up. Who has forgotten a password gets a mail; a second factor is up to each person. The pool
    outlives its stack.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.pool = cognito.UserPool(
            self,
            "Resource",
            self_sign_up_enabled=False,
            sign_in_aliases=cognito.SignInAliases(username=True),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            mfa=cognito.Mfa.OPTIONAL,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            password_policy=cognito.PasswordPolicy(
                min_length=12,
                require_digits=True,
                require_lowercase=True,
                require_symbols=True,
                require_uppercase=True,
                temp_password_validity=Duration.days(3),
            ),
            deletion_protection=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        acknowledge(
            self.pool,
            {
                "AwsSolutions::AwsSolutions-COG2": "The few people who are invited choose it; a deployment may insist",
                "AwsSolutions::AwsSolutions-COG8": "Threat protection is paid per user, and nobody can sign up",
            },
        )
        for name, what in GROUPS.items():
            cognito.CfnUserPoolGroup(
                self, name.capitalize(), user_pool_id=self.pool.user_pool_id, group_name=name, description=what
            )
        self.client = cognito.UserPoolClient(
            self,
            "Client",
            user_pool=self.pool,
            generate_secret=False,
            # Nobody's password reaches us; with a password signs in who has the account's own credentials.
            auth_flows=cognito.AuthFlow(user_srp=True, admin_user_password=True),
            disable_o_auth=True,
            prevent_user_existence_errors=True,
            access_token_validity=Duration.hours(1),
            id_token_validity=Duration.hours(1),
            refresh_token_validity=Duration.hours(12),
            enable_token_revocation=True,
        )
