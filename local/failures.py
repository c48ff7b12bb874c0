"""What ended in the failure queue: the commands to look at it and to repair."""

from typing import Annotated

import typer

from console.operations.failures import Failure, FailureQueue
from console.operations.replay import Replayer
from local.deployment import Deployment
from local.screen import Screen
from workflows.failure_message import FailureMessage

app = typer.Typer(
    help="Look at what failed for good, and repair it.",
    no_args_is_help=True,
    epilog="Each failure has an id of 16 digits, which `list` shows; the same failure always has the same id.",
)
screen = Screen()

FailureId = Annotated[str, typer.Argument(help="Id of the failure, as `baton failures list` shows it.")]
DeadLetters = Annotated[
    bool,
    typer.Option("--dead-letters", help="In the dead-letter queue: what could not be reported, read or dealt with."),
]


def queue(deployment: Deployment, *, dead_letters: bool = False) -> FailureQueue:
    """The failure queue, or its dead-letter queue. The embedded SQS is one server, so an empty answer is the truth."""
    outputs = deployment.outputs
    url = outputs.failure_dead_letter_queue_url if dead_letters else outputs.failure_queue_url
    return FailureQueue(deployment.aws.sqs, url, wait_seconds=0)


def about(deployment: Deployment, execution: str) -> FailureMessage | None:
    """The message in the failure queue about an execution, None where there is none yet."""
    messages = (failure.message for failure in queue(deployment).failures())
    return next((message for message in messages if message and message.execution == execution), None)


@app.command(name="list")
def list_failures(*, dead_letters: DeadLetters = False) -> None:
    """List what failed, the oldest first. Nothing is taken out of the queue."""
    found = queue(Deployment.current(), dead_letters=dead_letters).failures()
    for failure in found:
        screen.line(f"{failure.id}  {failure.sent_at:%Y-%m-%d %H:%M:%S}  {_title(failure)}")
    screen.line(f"{len(found)} in the {'dead-letter' if dead_letters else 'failure'} queue")


@app.command()
def show(failure_id: FailureId, *, dead_letters: DeadLetters = False) -> None:
    """Show all that is known of a failure."""
    failure = queue(Deployment.current(), dead_letters=dead_letters).find(failure_id)
    screen.line(f"{failure.id}  {_title(failure)}", "bold")
    screen.line(f"  {'sent':<12} {failure.sent_at:%Y-%m-%d %H:%M:%S} UTC, {failure.copies} times")
    if failure.message is None:
        screen.line(f"  {'body':<12} {failure.body}")
        return
    for name, value in failure.message.model_dump(mode="json", exclude_none=True, exclude={"version"}).items():
        screen.line(f"  {name:<12} {value or '-'}")


@app.command()
def replay(failure_id: FailureId) -> None:
    """Do again what failed, and take the failure out of the queue. Doing it twice does no harm.

    A workflow that reported its failure is started anew in the failed execution's place; an execution that ended
    without a word goes on where it stood; an event is put on the bus again.
    """
    deployment = Deployment.current()
    aws = deployment.aws
    replayer = Replayer(aws.stepfunctions, aws.events, deployment.outputs.event_bus)
    screen.line(queue(deployment).replay(failure_id, replayer))
    screen.line("Follow it: baton watch", "dim")


@app.command()
def discard(failure_id: FailureId, *, dead_letters: DeadLetters = False) -> None:
    """Take a failure out of the queue for good, without doing anything about it."""
    failure = queue(Deployment.current(), dead_letters=dead_letters).discard(failure_id)
    screen.line(f"Discarded {failure.id}  {_title(failure)}")


def _title(failure: Failure) -> str:
    message = failure.message
    if message is None:
        return "a message that can't be read"
    where = " ".join(part for part in (message.workflow, message.state) if part) or "unknown workflow"
    return f"{where}: {message.error or message.source.value}"
