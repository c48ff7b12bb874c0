"""The state machine of the email campaign.

Input: {"request": <detail of CampaignRequested>, "event_id": <id of the event>, "replays": <ARN of the failed execution
that this one takes the place of, or "">}. State data, as it grows:

    $.request    the request, unchanged
    $.event_id   the event that started the execution
    $.replays    the execution whose place this one takes; only SendCampaign needs it
    $.campaign   {"vendor", "campaign_id", "duplicate"}
    $.status     {"status", "delivery"}: what is known last, and the delivery consumed last ("" before the first)
    $.waits      {"count"}: how often the loop went round
    $.failure    {"Error", "Cause", "state"}, once something failed for good

The language is JSONPath without variables, so that Step Functions Local 2.0 runs it unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from workflows import failure_message
from workflows.email_campaign import contract

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_sns as sns

NAME = "email-campaign"
COMMENT = "Send an email campaign, wait for the vendor to say how it went, update the users."
MAX_WAITS = 500
REPORTED = "CampaignFailed"

# https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#bp-lambda-serviceexception
LAMBDA_TRANSIENT = (
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
)
# Other work of the account may take all of its concurrency for minutes. Nothing was run, so trying again costs little.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
LAMBDA_THROTTLED = ("Lambda.TooManyRequestsException",)
TASK_TIMEOUT = sfn.Timeout.duration(Duration.seconds(90))


@dataclass(frozen=True)
class Functions:
    """The Lambda functions that do the work, one per task."""

    send_campaign: lambda_.IFunction
    await_status: lambda_.IFunction
    ask_status: lambda_.IFunction
    notify_users: lambda_.IFunction


@dataclass(frozen=True)
class StatusWait:
    """How long one wait for a webhook may last. The vendor is asked after whichever ends first."""

    heartbeat: Duration
    timeout: Duration


class EmailCampaignStates(Construct):
    """The states of an email campaign; `start` is the first."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        functions: Functions,
        failure_topic: sns.ITopic,
        wait: StatusWait,
    ) -> None:
        super().__init__(scope, construct_id)
        self._failure_topic = failure_topic
        self._report = self._report_failure()
        notify = self._notify_users(functions.notify_users)
        check = sfn.Choice(self, "CheckStatus", comment="Which status does the vendor report?")
        await_status = self._await_status(functions.await_status, wait)
        await_status.next(check)
        ask_status = self._ask_status(functions.ask_status)
        ask_status.next(check)
        # Both names are needed: a missed heartbeat is an error of its own.
        await_status.add_catch(
            ask_status, errors=["States.HeartbeatTimeout", "States.Timeout"], result_path="$.silence"
        )
        self._catch_all(await_status)
        self._decide(check, notify, await_status)
        self.start = self._send_campaign(functions.send_campaign)
        self.start.next(self._is_duplicate(await_status))

    def _send_campaign(self, function: lambda_.IFunction) -> tasks.LambdaInvoke:
        task = self._task(
            "SendCampaign",
            function,
            payload={
                "request": sfn.JsonPath.object_at("$.request"),
                "execution_id": sfn.JsonPath.execution_id,
                "replays": sfn.JsonPath.string_at("$.replays"),
            },
            result=("vendor", "campaign_id", "duplicate"),
            result_path="$.campaign",
        )
        _retry(task, contract.SEND_CAMPAIGN_RETRIABLE)
        self._catch_all(task)
        return task

    def _is_duplicate(self, await_status: tasks.LambdaInvoke) -> sfn.Choice:
        begin = sfn.Pass(
            self,
            "BeginWaiting",
            comment="The vendor has not said anything yet",
            parameters={
                "request": sfn.JsonPath.object_at("$.request"),
                "event_id": sfn.JsonPath.string_at("$.event_id"),
                "campaign": sfn.JsonPath.object_at("$.campaign"),
                "status": {"status": "pending", "delivery": ""},
                "waits": {"count": 0},
            },
        )
        already = sfn.Succeed(self, "AlreadyRequested", comment="Another execution owns this request")
        is_duplicate = sfn.Choice(self, "IsDuplicate", comment="Does another execution own this request?")
        is_duplicate.when(sfn.Condition.boolean_equals("$.campaign.duplicate", value=True), already)
        is_duplicate.otherwise(begin.next(await_status))
        return is_duplicate

    def _await_status(self, function: lambda_.IFunction, wait: StatusWait) -> tasks.LambdaInvoke:
        task = tasks.LambdaInvoke(
            self,
            "AwaitStatus",
            comment="Register the task token with the mailbox; the next delivery of the vendor ends the wait",
            lambda_function=function,
            integration_pattern=sfn.IntegrationPattern.WAIT_FOR_TASK_TOKEN,
            payload=sfn.TaskInput.from_object(
                {
                    "task_token": sfn.JsonPath.task_token,
                    "vendor": sfn.JsonPath.string_at("$.campaign.vendor"),
                    "campaign_id": sfn.JsonPath.string_at("$.campaign.campaign_id"),
                    "execution_id": sfn.JsonPath.execution_id,
                    "waits": sfn.JsonPath.number_at("$.waits.count"),
                    "entered_at": sfn.JsonPath.state_entered_time,
                    "consumed_delivery": sfn.JsonPath.string_at("$.status.delivery"),
                }
            ),
            result_path="$.status",
            heartbeat_timeout=sfn.Timeout.duration(wait.heartbeat),
            task_timeout=sfn.Timeout.duration(wait.timeout),
            retry_on_service_exceptions=False,
        )
        _retry(task, contract.AWAIT_STATUS_RETRIABLE)
        return task

    def _ask_status(self, function: lambda_.IFunction) -> tasks.LambdaInvoke:
        task = self._task(
            "AskStatus",
            function,
            payload={
                "vendor": sfn.JsonPath.string_at("$.campaign.vendor"),
                "campaign_id": sfn.JsonPath.string_at("$.campaign.campaign_id"),
                "consumed_delivery": sfn.JsonPath.string_at("$.status.delivery"),
            },
            result=("status", "delivery"),
            result_path="$.status",
        )
        _retry(task, contract.ASK_STATUS_RETRIABLE)
        self._catch_all(task)
        return task

    def _notify_users(self, function: lambda_.IFunction) -> tasks.LambdaInvoke:
        task = self._task(
            "NotifyUsers",
            function,
            payload={
                "request": sfn.JsonPath.object_at("$.request"),
                "vendor": sfn.JsonPath.string_at("$.campaign.vendor"),
                "campaign_id": sfn.JsonPath.string_at("$.campaign.campaign_id"),
                "execution_id": sfn.JsonPath.execution_id,
            },
            result=("notified",),
            result_path="$.result",
        )
        _retry(task, contract.NOTIFY_USERS_RETRIABLE)
        self._catch_all(task)
        return task

    def _decide(self, check: sfn.Choice, notify: tasks.LambdaInvoke, await_status: tasks.LambdaInvoke) -> None:
        not_sent = self._failure(
            "CampaignNotSent",
            "CheckStatus",
            sfn.JsonPath.format(
                "{} reports campaign {} as {}",
                sfn.JsonPath.string_at("$.campaign.vendor"),
                sfn.JsonPath.string_at("$.campaign.campaign_id"),
                sfn.JsonPath.string_at("$.status.status"),
            ),
        )
        too_many = self._failure("TooManyWaits", "CheckStatus", f"no final status after {MAX_WAITS} waits")
        count = sfn.Pass(
            self,
            "CountWait",
            comment="The loop is bounded",
            parameters={"count": sfn.JsonPath.math_add(sfn.JsonPath.number_at("$.waits.count"), 1)},
            result_path="$.waits",
        )
        check.when(sfn.Condition.string_equals("$.status.status", "success"), notify)
        check.when(
            sfn.Condition.or_(
                sfn.Condition.string_equals("$.status.status", "failed"),
                sfn.Condition.string_equals("$.status.status", "archived"),
            ),
            not_sent,
        )
        check.when(sfn.Condition.number_greater_than_equals("$.waits.count", MAX_WAITS), too_many)
        check.otherwise(count)
        count.next(await_status)

    def _task(
        self,
        name: str,
        function: lambda_.IFunction,
        *,
        payload: dict[str, Any],
        result: Sequence[str],
        result_path: str,
    ) -> tasks.LambdaInvoke:
        return tasks.LambdaInvoke(
            self,
            name,
            lambda_function=function,
            payload=sfn.TaskInput.from_object(payload),
            result_selector={field: sfn.JsonPath.object_at(f"$.Payload.{field}") for field in result},
            result_path=result_path,
            task_timeout=TASK_TIMEOUT,
            retry_on_service_exceptions=False,
        )

    def _catch_all(self, task: tasks.LambdaInvoke) -> None:
        name = task.node.id
        named = sfn.Pass(self, f"{name}Failed", result=sfn.Result.from_string(name), result_path="$.failure.state")
        named.next(self._report)
        task.add_catch(named, errors=["States.ALL"], result_path="$.failure")

    def _failure(self, error: str, state: str, cause: str) -> sfn.Pass:
        failed = sfn.Pass(
            self, error, parameters={"Error": error, "Cause": cause, "state": state}, result_path="$.failure"
        )
        failed.next(self._report)
        return failed

    def _report_failure(self) -> sfn.Choice:
        """Publish $.failure and end. An error output usually has a Cause, but need not: without one it is "".

        https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
        """
        report = tasks.SnsPublish(
            self,
            "ReportFailure",
            topic=self._failure_topic,
            message=sfn.TaskInput.from_object(
                {
                    "version": failure_message.VERSION,
                    "source": failure_message.FailureSource.WORKFLOW.value,
                    "workflow": NAME,
                    "execution": sfn.JsonPath.execution_id,
                    "state": sfn.JsonPath.string_at("$.failure.state"),
                    "error": sfn.JsonPath.string_at("$.failure.Error"),
                    "cause": sfn.JsonPath.string_at("$.failure.Cause"),
                    "input_reference": {"event_id": sfn.JsonPath.string_at("$.event_id")},
                }
            ),
            result_path=sfn.JsonPath.DISCARD,
            task_timeout=TASK_TIMEOUT,
        )
        # Which names SNS raises is not documented. A report tried in vain does less harm than a report lost.
        _add_retry(report, ["States.TaskFailed", "States.Timeout"])
        lost = sfn.Fail(
            self,
            "FailureNotReported",
            error="FailureNotReported",
            cause="The failure could not be published; it is in the input, under failure",
        )
        report.add_catch(lost, errors=["States.ALL"], result_path="$.report")
        failed = sfn.Fail(
            self, "CampaignFailed", error=REPORTED, cause="The message on the failure topic says what failed"
        )
        report.next(failed)
        has_cause = sfn.Choice(self, "HasCause", comment="Does the error say more than its name?")
        no_cause = sfn.Pass(self, "NoCause", result=sfn.Result.from_string(""), result_path="$.failure.Cause")
        has_cause.when(sfn.Condition.is_present("$.failure.Cause"), report)
        has_cause.otherwise(no_cause.next(report))
        return has_cause


def _retry(task: tasks.LambdaInvoke, retriable: Sequence[str]) -> None:
    """Retry what passes by itself: hiccups and throttling of Lambda, and what the contract calls retriable."""
    _add_retry(task, LAMBDA_TRANSIENT)
    _add_retry(task, LAMBDA_THROTTLED, attempts=20, longest_seconds=60)
    _add_retry(task, retriable, first_seconds=5, attempts=10, longest_seconds=300)


def _add_retry(
    task: sfn.TaskStateBase,
    errors: Sequence[str],
    *,
    first_seconds: int = 1,
    attempts: int = 6,
    longest_seconds: int = 30,
) -> None:
    task.add_retry(
        errors=list(errors),
        interval=Duration.seconds(first_seconds),
        backoff_rate=2,
        max_attempts=attempts,
        max_delay=Duration.seconds(longest_seconds),
        jitter_strategy=sfn.JitterType.FULL,
    )
