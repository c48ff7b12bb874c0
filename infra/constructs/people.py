"""The people who use the console: a user pool with the two groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Aws, CfnCondition, CfnParameter, Duration, Fn, RemovalPolicy, Stack
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from infra.constructs.nag import acknowledge

if TYPE_CHECKING:
    from collections.abc import Sequence

# Of `console.api.people`, which a test compares.
GROUPS = {"viewers": "May look at everything", "operators": "May look at everything, and repair"}


class People(Construct):
    """A user pool to which people are invited, with the groups of the console, its app client and its sign-in pages.

    Nobody can sign up. Who has forgotten a password gets a mail; a second factor is up to each person. The pool
    outlives its stack. The console signs in with an authorization code and PKCE; there is no implicit flow.
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
            # Nobody's password reaches us: the pool's own pages ask for it. Who has the account's own credentials may
            # sign in with one.
            auth_flows=cognito.AuthFlow(user_srp=True, admin_user_password=True),
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(authorization_code_grant=True), scopes=[cognito.OAuthScope.OPENID]
            ),
            supported_identity_providers=[cognito.UserPoolClientIdentityProvider.COGNITO],
            prevent_user_existence_errors=True,
            access_token_validity=Duration.hours(1),
            id_token_validity=Duration.hours(1),
            refresh_token_validity=Duration.hours(12),
            enable_token_revocation=True,
        )
        self._sign_in_pages()

    def sign_in_from(self, origins: Sequence[str]) -> None:
        """Have who has signed in, or out, sent back to the console at these origins, and to nowhere else."""
        client = self.client.node.default_child
        if not isinstance(client, cognito.CfnUserPoolClient):
            raise TypeError("the app client is no longer made of a CfnUserPoolClient")
        client.callback_ur_ls = [f"{origin}/signed-in" for origin in origins]
        client.logout_ur_ls = [f"{origin}/" for origin in origins]

    @property
    def sign_in_origin(self) -> str:
        """Where the sign-in pages are. The name is unique to this deployment of the stack, and says no account id."""
        return f"https://{self._prefix}.auth.{Aws.REGION}.amazoncognito.com"

    @property
    def _prefix(self) -> str:
        stack_uuid = Fn.select(2, Fn.split("/", Aws.STACK_ID))
        return f"baton-{Fn.select(4, Fn.split('-', stack_uuid))}"

    def _sign_in_pages(self) -> None:
        self.pool.add_domain(
            "Domain",
            cognito_domain=cognito.CognitoDomainOptions(domain_prefix=self._prefix),
            managed_login_version=cognito.ManagedLoginVersion.NEWER_MANAGED_LOGIN,
        )
        # Without a style the pages are not shown.
        style = cognito.CfnManagedLoginBranding(
            self,
            "Style",
            user_pool_id=self.pool.user_pool_id,
            client_id=self.client.user_pool_client_id,
            use_cognito_provided_values=True,
        )
        style.cfn_options.condition = self._styled()

    def _styled(self) -> CfnCondition:
        """Whether the pages have a style: no emulator knows the type."""
        parameter = CfnParameter(
            Stack.of(self),
            "SignInPages",
            allowed_values=["styled", "none"],
            default="styled",
            description="Whether the user pool shows its sign-in pages; none where nobody could see them",
        )
        return CfnCondition(self, "Styled", expression=Fn.condition_equals(parameter.value_as_string, "styled"))
