"""Files that commands read, and what is told of those that cannot be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asl.definition.validation import errors_of, validate

if TYPE_CHECKING:
    from pathlib import Path


class UnusableError(Exception):
    """A definition, an input or another file cannot be used; the text says why."""


def read_text(path: Path) -> str:
    """The text of a file in UTF-8. Raises UnusableError."""
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise UnusableError(f"Cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UnusableError(f"Cannot read {path}: it is not UTF-8 text") from None


def check_definition(text: str, where: object) -> None:
    """Raise UnusableError, with all that Step Functions has against it, if a definition is not valid."""
    errors = errors_of(validate(text))
    if errors:
        listed = "\n".join(f"  {error}" for error in errors)
        raise UnusableError(f"{where} is not a valid definition:\n{listed}")


def stem(path: Path) -> str:
    """The name of a definition after its file: `orders` of `orders.asl.json`."""
    return path.name.split(".")[0] or "definition"
