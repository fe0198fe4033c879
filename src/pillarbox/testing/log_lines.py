"""The access log as records of `logging`, for a process whose standard output is not ours."""

from __future__ import annotations

import logging

_log = logging.getLogger("pillarbox.access")


class LogLines:
    """Writes lines to the logger `pillarbox.access`, at `INFO`: silent unless somebody asks."""

    def write(self, lines: list[str]) -> None:
        """One record a line."""
        for line in lines:
            _log.info("%s", line.rstrip("\n"))

    def close(self) -> None:
        """Nothing is kept back."""
