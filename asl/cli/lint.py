"""`python -m asl lint`: check definitions, in files or in a cloud assembly."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Annotated, Final

import typer

from asl.assembly import AssemblyError, read_assembly
from asl.cli.files import UnusableError, read_text
from asl.lint import BY_ID, RULES, Settings, lint
from asl.lint.configuration import SettingsError, read_errors, read_settings
from asl.lint.explanation import explained
from asl.lint.report import Checked, as_github, as_json, as_sarif, as_text

PYPROJECT: Final = Path("pyproject.toml")
REPORT: Final = ".lint.json"


class Format(Enum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


FORMATS: Final = {Format.TEXT: as_text, Format.JSON: as_json, Format.SARIF: as_sarif, Format.GITHUB: as_github}


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a definition, and what it is called."""

    name: str
    file: str
    text: str
    express: bool


def check(
    *,
    files: Annotated[list[Path] | None, typer.Argument(help="Files with definitions.")] = None,
    assembly: Annotated[
        Path | None, typer.Option(help="A cloud assembly, such as cdk.out: every state machine of it is checked.")
    ] = None,
    output_format: Annotated[Format, typer.Option("--format", help="How to write the findings.")] = Format.TEXT,
    into: Annotated[
        Path | None,
        typer.Option(
            file_okay=False,
            help="A folder for JSON: a file for each state machine of the assembly, NAME.lint.json, and no other.",
        ),
    ] = None,
    select: Annotated[
        list[str] | None, typer.Option(help="Only these rules: ids, or beginnings of ids such as ASL2.")
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="Not these rules.")] = None,
    config: Annotated[
        Path | None, typer.Option(help="A TOML file with settings; left out, [tool.asl-lint] of pyproject.toml here.")
    ] = None,
    errors: Annotated[
        Path | None, typer.Option(help="A JSON file: which errors each function, or `*`, can raise.")
    ] = None,
    express: Annotated[bool, typer.Option("--express", help="The files are of EXPRESS workflows.")] = False,
    explain: Annotated[str | None, typer.Option(help="Print what a rule is about, or `all`, and stop.")] = None,
) -> None:
    """Check definitions as Step Functions does, and against what is known to go wrong.

    The exit status is 0 if nothing is found but notes and what is acknowledged, 1 if an error or a warning is, 2 if a
    file cannot be used.
    """
    try:
        if explain is not None:
            typer.echo(_explain(explain), nl=False)
            return
        if into is not None:
            _check_into(output_format, files or [], assembly)
        settings = _settings(config, errors, select or [], ignore or [])
        sources = _sources(files or [], assembly, express=express)
    except (UnusableError, SettingsError, AssemblyError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    checked = [_check(source, settings) for source in sources]
    if into is None:
        typer.echo(FORMATS[output_format](checked), nl=False)
    else:
        _write(checked, into)
    if any(finding.counts for each in checked for finding in each.findings):
        raise typer.Exit(1)


def _check(source: Source, settings: Settings) -> Checked:
    findings = lint(source.text, name=source.name, settings=settings, express=source.express)
    return Checked(source.name, source.file, source.text, findings)


def _check_into(output_format: Format, files: list[Path], assembly: Path | None) -> None:
    if output_format is not Format.JSON or assembly is None or files:
        raise UnusableError("--into needs --format json and --assembly, and takes no files")


def _write(checked: list[Checked], folder: Path) -> None:
    """A file for each; what an earlier run left about others goes."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.glob(f"*{REPORT}"):
            path.unlink()
        for each in checked:
            (folder / f"{each.name}{REPORT}").write_text(as_json([each]), encoding="utf-8")
    except OSError as error:
        typer.echo(f"{error.filename or folder}: {error.strerror}", err=True)
        raise typer.Exit(2) from None


def _explain(rule: str) -> str:
    if rule == "all":
        return "\n".join(explained(each) for each in RULES)
    found = BY_ID.get(rule) or next((each for each in RULES if each.name == rule), None)
    if found is None:
        raise UnusableError(f"There is no rule {rule}. The rules are {', '.join(BY_ID)}")
    return explained(found)


def _settings(config: Path | None, errors: Path | None, select: list[str], ignore: list[str]) -> Settings:
    settings = Settings()
    if config is not None or PYPROJECT.exists():
        settings = read_settings(config or PYPROJECT)
    for chosen in (*select, *ignore):
        if not any(rule.startswith(chosen) for rule in BY_ID):
            raise UnusableError(f"No rule begins with {chosen!r}. The rules are {', '.join(BY_ID)}")
    return replace(
        settings,
        select=tuple(select) or settings.select,
        ignore=(*settings.ignore, *ignore),
        errors={**settings.errors, **(read_errors(errors) if errors else {})},
    )


def _sources(files: list[Path], assembly: Path | None, *, express: bool) -> list[Source]:
    sources = [*_files(files, express=express), *(_machines(assembly) if assembly else ())]
    if not sources:
        raise UnusableError("Give files with definitions, or --assembly; there is nothing to check")
    return sources


def _files(paths: list[Path], *, express: bool) -> Iterator[Source]:
    for path in paths:
        yield Source(path.as_posix(), path.as_posix(), read_text(path), express)


def _machines(folder: Path) -> Iterator[Source]:
    for machine in read_assembly(folder).state_machines:
        yield Source(machine.name, folder.as_posix(), _readable(machine.definition), machine.type == "EXPRESS")


def _readable(text: str) -> str:
    """A definition on many lines, so that a line and column say something; text that is no JSON as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
