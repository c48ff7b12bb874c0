"""The server's own log: one JSON object a line on standard error.

No line holds an input, an output or a task token: what a user's data could stand in is never logged.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Final

LEFT_OUT: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


class JsonFormatter(logging.Formatter):
    """A record as JSON: time, level, logger, message, whatever was given as `extra`.

    Of an exception its type is told and where it arose, not its text, in which a user's data could stand.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in LEFT_OUT}
        if record.exc_info and record.exc_info[0] is not None:
            kind, _, where = record.exc_info
            line["exception"] = kind.__qualname__
            line["traceback"] = "".join(traceback.format_tb(where))
        return json.dumps(line, default=str)


def log_as_json(level: str) -> None:
    """Let everything from `level` on, such as `info`, be logged as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # What they tell below this is about every request they send, its contents included.
    for name in ("botocore", "urllib3", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
