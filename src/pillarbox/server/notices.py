"""What the service says about itself on standard error: one line a notice, text or JSON.

The access log goes to standard output; notices never mix with it. granian's own messages are
brought into the same form, and only from `ERROR` up. What clients and documents bring along, such
as keys and the names of statements, can neither forge a line nor steer a terminal.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pillarbox.model.plain_text import plain

_NAME = "pillarbox"
#: granian's logger, which its Rust side uses too.
_GRANIAN = "_granian"
#: Attribute of a log record: further members of its JSON line.
_DETAILS = "details"


def notify(message: str) -> None:
    """Say something that an operator may want to know."""
    logging.getLogger(_NAME).warning(message)


def announce(message: str, details: Mapping[str, str]) -> None:
    """Say that something went as it should; `details` are members of the JSON line alone."""
    logging.getLogger(_NAME).info(message, extra={_DETAILS: details})


def notify_error(message: str) -> None:
    """Say that something went wrong that the service itself can't mend."""
    logging.getLogger(_NAME).error(message)


def write_notices(log_format: str) -> None:
    """Send notices of this process to standard error, in `text` or `json`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonNotice() if log_format == "json" else _TextNotice())
    for name, level in ((_NAME, logging.INFO), (_GRANIAN, logging.ERROR)):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(level)
        logger.propagate = False


class _TextNotice(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        lines = [f"pillarbox: {plain(record.getMessage())}"]
        if record.exc_info:
            # Set in, so that no line of an error's text looks like a notice of its own.
            traceback = self.formatException(record.exc_info)
            lines += (f"  {plain(line)}" for line in traceback.split("\n"))
        return "\n".join(lines)


class _JsonNotice(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        notice: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, _DETAILS, {}),
        }
        if record.exc_info:
            notice["traceback"] = self.formatException(record.exc_info)
        return json.dumps(notice, ensure_ascii=False)
