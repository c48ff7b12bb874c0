"""The reviewed snapshots of the state machines: `python -m infra.snapshot` renews them from the CDK code.

What Step Functions gets is what the CDK makes of the code in `workflows/`. A snapshot of each definition is kept beside
that code, and a picture of it, so that every change of the Amazon States Language shows in the diff of the change that
causes it.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asl.definition.outline import outline
from asl.graph import svg
from infra.app import ROOT, build_app
from infra.assembly import Assembly

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = "python -m infra.snapshot"


def definitions(assembly: Assembly) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Each state machine's snapshot file and definition, with placeholders for ARNs and defaults for parameters."""
    for machine in assembly.resources("AWS::StepFunctions::StateMachine"):
        folder = ROOT / "workflows" / machine.properties["StateMachineName"].replace("-", "_")
        text = assembly.resolve(machine.stack, machine.properties["DefinitionString"])
        yield folder / "definition.asl.json", json.loads(text)


def render(definition: dict[str, Any]) -> str:
    """The text of a snapshot."""
    return json.dumps(definition, indent=2, ensure_ascii=False) + "\n"


def picture(path: Path, definition: dict[str, Any]) -> tuple[Path, str]:
    """The file for the picture of the definition whose snapshot is at `path`, and its text."""
    name = path.parent.name.replace("_", "-")
    return path.parent / "definition.svg", svg(outline(definition), title=name, description=definition["Comment"])


def main() -> None:
    """Synthesize without building packages, write snapshots and pictures, and name those that changed."""
    with tempfile.TemporaryDirectory() as folder:
        build_app(Path(folder), {"aws:cdk:bundling-stacks": []}).synth()
        for path, definition in definitions(Assembly.read(Path(folder))):
            for file, text in ((path, render(definition)), picture(path, definition)):
                unchanged = file.exists() and file.read_text("utf-8") == text
                file.write_text(text, "utf-8")
                sys.stdout.write(f"{file.relative_to(ROOT)}: {'unchanged' if unchanged else 'renewed'}\n")


if __name__ == "__main__":
    main()
