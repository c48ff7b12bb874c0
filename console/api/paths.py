"""What may stand in the paths and queries of several routes."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

_NAME = r"[A-Za-z0-9_.=+!@()'-]{1,80}"

Workflow = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,80}$")]
Name = Annotated[
    str,
    Path(
        pattern=rf"^{_NAME}(:{_NAME}){{0,2}}$",
        description="of an execution; that of a child of a Map Run is `LABEL:ID`, or `LABEL:ID:ID`",
    ),
]
MapRun = Annotated[str, Path(pattern=rf"^{_NAME}:{_NAME}$", description="`LABEL:ID`")]
Cursor = Annotated[str | None, Query(max_length=8_000, description="`next` of the page before")]
