"""What the deployed stacks say about themselves."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from local.aws import AwsClients
from local.console import STACK
from local.embedded_aws import EXECUTE_API_PATH, api_id
from local.errors import DeploymentError, NotRunningError

PLATFORM = "BatonPlatform"
CALLBACKS = "BatonCallbacks"
EMAIL_CAMPAIGN = "BatonEmailCampaign"
CONSOLE = STACK


@dataclass(frozen=True)
class Outputs:
    """The names that commands need, from the CloudFormation outputs of the stacks."""

    event_bus: str
    failure_queue_url: str
    failure_dead_letter_queue_url: str
    failure_intake_queue_url: str
    mailbox_table: str
    secrets_key_arn: str
    webhook_url: str
    state_machine_arn: str
    users_table: str
    campaigns_table: str
    user_pool: str
    user_pool_client: str
    operations_url: str
    live_url: str

    @classmethod
    def of(cls, stacks: dict[str, dict[str, str]]) -> "Outputs":
        """The outputs, by stack name and output name, as named fields.

        Raises:
            DeploymentError: one is missing.
        """
        try:
            platform, callbacks, campaign, console = (
                stacks[name] for name in (PLATFORM, CALLBACKS, EMAIL_CAMPAIGN, CONSOLE)
            )
            return cls(
                event_bus=platform["EventBusName"],
                failure_queue_url=platform["FailureQueueUrl"],
                failure_dead_letter_queue_url=platform["FailureDeadLetterQueueUrl"],
                failure_intake_queue_url=platform["FailureIntakeQueueUrl"],
                mailbox_table=platform["MailboxTableName"],
                secrets_key_arn=platform["SecretsKeyArn"],
                webhook_url=callbacks["WebhookUrl"],
                state_machine_arn=campaign["StateMachineArn"],
                users_table=campaign["UsersTableName"],
                campaigns_table=campaign["CampaignsTableName"],
                user_pool=console["UserPoolId"],
                user_pool_client=console["UserPoolClientId"],
                operations_url=console["OperationsUrl"],
                live_url=console["LiveUrl"],
            )
        except KeyError as error:
            raise DeploymentError(f"No stack has the output {error}.", "Deploy again: baton up") from error

    @classmethod
    def deployed(cls, aws: AwsClients) -> "Outputs":
        """The outputs of what is deployed now.

        Raises:
            NotRunningError: the stacks are not there.
        """
        stacks = {}
        for name in (PLATFORM, CALLBACKS, EMAIL_CAMPAIGN, CONSOLE):
            try:
                stack = aws.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
            except ClientError as error:
                raise NotRunningError(f"The local cloud runs, but {name} is not deployed.", "Run: baton up") from error
            stacks[name] = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
        return cls.of(stacks)

    def local_webhook_url(self, aws_url: str) -> str:
        """Where the HTTP API for vendors answers on this machine, up to and including `/webhooks`."""
        return _local_url(self.webhook_url, aws_url)

    def local_operations_url(self, aws_url: str) -> str:
        """Where the operations API answers on this machine."""
        return _local_url(self.operations_url, aws_url)

    def local_live_url(self, aws_url: str) -> str:
        """Where the WebSocket API of the live push answers on this machine."""
        return _local_url(self.live_url, aws_url).replace("http:", "ws:", 1)


def _local_url(deployed: str, aws_url: str) -> str:
    """An address of an API as it is on this machine.

    On AWS an API has a host name of its own, `{api id}.execute-api.{region}.amazonaws.com`; the embedded AWS
    answers for it under a path that any client can reach without resolving that name. The stage, unless it is the
    default, begins the path on both.
    """
    return f"{aws_url}{EXECUTE_API_PATH}/{api_id(deployed)}{urlsplit(deployed).path.rstrip('/')}"
