"""The CDK app: `python -m infra.app` writes the cloud assembly to cdk.out or to where `CDK_OUTDIR` says.

The CDK's command line tool runs the same module. Context comes from cdk.json; `CDK_CONTEXT_JSON`, which is how the tool
passes on its option `-c`, overrides it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from aws_cdk import App

from infra.constructs.nag import check_with_rule_packs
from infra.constructs.packages import BundlingError
from infra.constructs.target import LambdaTarget
from infra.stacks.callbacks import CallbacksStack
from infra.stacks.console import ConsoleStack
from infra.stacks.email_campaign import EmailCampaignStack
from infra.stacks.operations import OperationsStack
from infra.stacks.platform import PlatformStack

ROOT = Path(__file__).resolve().parents[1]
# The CDK's command line tool always sets this; without the tool the templates have to be the same.
_CLI_DEFAULTS = {"aws:cdk:enable-path-metadata": True}


def build_app(outdir: Path, context: dict[str, Any] | None = None) -> App:
    """Compose all stacks. `context` adds to that of cdk.json.

    Raises:
        ValueError: the context names a target that functions can't be built for.
        BundlingError: the dependency layer could not be built.
    """
    settings = {**_CLI_DEFAULTS, **json.loads((ROOT / "cdk.json").read_text())["context"], **(context or {})}
    app = App(outdir=str(outdir), context=settings, analytics_reporting=False)
    check_with_rule_packs(app)
    target = LambdaTarget.from_context(app)
    platform = PlatformStack(app, "BatonPlatform")
    CallbacksStack(app, "BatonCallbacks", platform=platform, target=target)
    OperationsStack(app, "BatonOperations", platform=platform, target=target)
    campaign = EmailCampaignStack(app, "BatonEmailCampaign", platform=platform, target=target)
    ConsoleStack(app, "BatonConsole", platform=platform, workflows=[campaign.workflow], target=target)
    return app


def main() -> None:
    """Synthesize; a target that makes no sense, or a layer that can't be built, ends with a message and status 1."""
    try:
        app = build_app(Path(os.environ.get("CDK_OUTDIR", "cdk.out")))
    except (ValueError, BundlingError) as error:
        sys.exit(f"infra.app: {error}")
    app.synth()


if __name__ == "__main__":
    main()
