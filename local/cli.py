"""The `baton` command: the local cloud from a terminal."""

import os
import sys
import time
import traceback
from types import TracebackType
from typing import Annotated

import typer
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as BotocoreConnectionError
from pydantic import ValidationError

from console.operations import OperationRefused
from local import cloud, demo, executions, failures, requests
from local.console import build as console_build
from local.console import reports as console_reports
from local.deployment import Deployment, Waits, deploy
from local.errors import DeploymentError, InputError, LocalError, NotRunningError
from local.follow import Follower
from local.home import PROJECT, Home
from local.interrupts import note_interrupts
from local.screen import Screen
from local.vendors.settings import Outcome, VendorName
from local.waits import waits

EPILOG = """
**Examples**

- `baton demo`: one campaign from event to result, then everything stops
- `baton demo --outcome silent`: the vendor never posts a webhook
- `baton demo --vendor mailchimp`: another vendor sends it
- `baton up`: start the cloud and leave it running
- `baton send workflows/email_campaign/example_event.json`: request a campaign
- `baton watch`: follow the newest campaign
- `baton waits`: which executions wait for a webhook, and what has come in
- `baton failures list`: what ended in the failure queue; `replay`, `discard` and `show` take an id of it
- `baton down`: stop everything; `baton up` goes on with it

**Exit status**

0 as expected; 1 something failed; 2 wrong input; 3 the cloud is not running; 4 a port or the cloud is taken;
5 deployment failed; 6 the campaign did not end as expected; 130 interrupted.
"""

app = typer.Typer(
    name="baton",
    help="Run Baton's workflows on this machine: the same templates as on AWS, on an embedded cloud.",
    epilog=EPILOG,
    rich_markup_mode="markdown",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(failures.app, name="failures")
app.command()(waits)
screen = Screen()

Port = Annotated[
    int | None,
    typer.Option(min=1, max=65535, help="Port of the embedded AWS. Left out: 4566, or a free one if that is taken."),
]
Heartbeat = Annotated[int, typer.Option(help="Seconds without a sign of life that a wait for a webhook bears.")]
Timeout = Annotated[int, typer.Option(help="Seconds after which a wait for a webhook asks the vendor instead.")]


@app.command()
def up(port: Port = None, heartbeat: Heartbeat = 6, timeout: Timeout = 10) -> None:
    """Start the local cloud, or bring the running one up to date with the checkout, and leave it running."""
    home, waits = Home.current(), _waits(heartbeat, timeout)
    with home.changing(), cloud.running_cloud(home, port, keep=True) as running:
        with screen.step("Deploying to the local cloud") as say:
            deployment = deploy(home, running.state, waits, say)
        running.release()
        _build_console(home)
    screen.line(f"Console           {running.state.console_url}", "bold")
    screen.line(f"AWS endpoint      {deployment.aws.url}")
    screen.line(f"Simulated vendors {running.state.vendors_url}")
    screen.line("Request a campaign: baton send workflows/email_campaign/example_event.json", "dim")


@app.command()
def send(
    file: Annotated[str, typer.Argument(help="JSON file with a CampaignRequested event; - reads standard input.")],
) -> None:
    """Put a CampaignRequested event on the bus.

    Example: `baton send workflows/email_campaign/example_event.json`
    """
    request = requests.read(file)
    deployment = Deployment.current()
    event_id = requests.send(deployment.aws, deployment.outputs, request)
    screen.line(f"Requested campaign {request.request_id} (event {event_id}).")
    screen.line("Follow it: baton watch", "dim")


@app.command()
def watch(
    execution: Annotated[
        str | None, typer.Argument(help="Name or ARN of an execution; the newest if left out.")
    ] = None,
) -> None:
    """Follow an execution until it ends: its states, and the webhooks that arrive."""
    deployment = Deployment.current()
    arn = executions.chosen(deployment.aws, deployment.outputs, execution)
    screen.line(f"Execution {arn}", "bold")
    demo.show(Follower(deployment.aws, deployment.outputs, arn), screen)


@app.command()
def status() -> None:
    """Show what runs: endpoints, processes, recent executions."""
    state = Home.current().require_state()
    screen.line(f"Console           {state.console_url}")
    screen.line(f"AWS endpoint      {state.aws_url}  (process {state.aws_pid})")
    screen.line(f"Simulated vendors {state.vendors_url}  (process {state.vendors_pid})")
    screen.line(f"Supervisor        process {state.supervisor_pid}; logs in {Home.current().logs}")
    deployment = Deployment.attach(state)
    for execution in executions.recent(deployment.aws, deployment.outputs):
        screen.line(f"{execution['startDate']:%H:%M:%S}  {execution['status']:<10} {execution['name']}")


@app.command()
def down(
    *,
    forget: Annotated[
        bool, typer.Option("--forget", help="Keep nothing: the next cloud starts empty, with secrets of its own.")
    ] = False,
) -> None:
    """Stop the local cloud. What it has, running executions too, is there again with the next `baton up`."""
    home = Home.current()
    with home.changing():
        stopped = cloud.stop(home)
        forgotten = forget and home.forget_kept()
    screen.line("Stopped." if stopped else "The local cloud is not running.")
    if forgotten:
        screen.line("What was kept of it is gone.")


@app.command(name="demo")
def run_demo(
    vendor: Annotated[VendorName, typer.Option(help="Which simulated vendor sends the campaign.")] = VendorName.PIGEON,
    outcome: Annotated[Outcome, typer.Option(help="How the simulated vendor's campaign goes.")] = Outcome.SUCCESS,
    *,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the cloud running afterwards.")] = False,
    port: Port = None,
    heartbeat: Heartbeat = 6,
    timeout: Timeout = 10,
) -> None:
    """Run one campaign from event to result: start the cloud, request a campaign, follow it, stop the cloud.

    A cloud that runs already is used and left running. Exit status 0 only if the campaign ended as the chosen outcome
    should.
    """
    home, waits = Home.current(), _waits(heartbeat, timeout)
    with home.changing(), cloud.running_cloud(home, port) as running:
        with screen.step("Deploying to the local cloud") as say:
            deployment = deploy(home, running.state, waits, say)
        demo.run(deployment, vendor, outcome, screen)
        if keep:
            running.release()
            screen.line(f"The cloud is still running at {deployment.aws.url}. Stop it: baton down", "dim")


def _build_console(home: Home) -> None:
    """Build the console's pages. Where that fails, the cloud runs all the same, and the rest of the console with it."""
    try:
        with screen.step("Building the console") as say:
            console_build.build(home.logs, say)
            fresh = console_reports.bring_up_to_date(home.assembly, PROJECT, home.reports)
            say("checked the workflows" if fresh else "the reports about the workflows are up to date")
    except DeploymentError as error:
        screen.error(DeploymentError(f"{error.message}\nThe cloud runs all the same.", error.hint))


def main() -> None:
    """Run a command; every foreseen failure is a message, a hint and an exit status."""
    sys.excepthook = _unforeseen
    note_interrupts()
    try:
        app(prog_name="baton")
    except LocalError as error:
        sys.exit(_report(error))
    except OperationRefused as error:
        sys.exit(_report(LocalError(error.reason, error.what_to_do)))
    except (HTTPClientError, BotocoreConnectionError):
        sys.exit(_report(_gone()))
    except ClientError as error:
        details = error.response["Error"]
        refusal = f"{error.operation_name} failed: {details.get('Code')}: {details.get('Message')}"
        sys.exit(_report(LocalError(refusal)))


def _report(error: LocalError) -> int:
    screen.error(error)
    return error.exit_status


def _gone() -> LocalError:
    """What it means that the embedded AWS does not answer. A supervisor that is stopping everything is given time."""
    give_up = time.monotonic() + cloud.STOP_TIMEOUT_SECONDS / 2
    while Home.current().state() is not None and time.monotonic() < give_up:
        time.sleep(0.05)
    try:
        Home.current().require_state()
    except NotRunningError as error:
        return error
    return LocalError("The embedded AWS does not answer.", f"Its log is in {Home.current().logs}")


def _unforeseen(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """An error of ours: a line for the user, the traceback for whoever mends it."""
    home = Home.current()
    home.prepare()
    log = home.logs / "error.log"
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        traceback.print_exception(kind, error, trace, file=file)
    screen.error(LocalError(f"This should not have happened: {kind.__name__}: {error}", f"The details are in {log}"))


def _waits(heartbeat: int, timeout: int) -> Waits:
    try:
        return Waits(heartbeat_seconds=heartbeat, timeout_seconds=timeout)
    except ValidationError as error:
        problems = "; ".join(problem["msg"].removeprefix("Value error, ") for problem in error.errors())
        raise InputError(f"--heartbeat {heartbeat} --timeout {timeout}: {problems}") from None
