"""One line a request: who asked what of which object, and what became of it.

Never a secret, a signature or a policy: queries and fields are not logged at all.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from pillarbox.model.dialects import OSS, Dialect

#: Where `pillarbox serve` writes it: the descriptor.
STANDARD_OUTPUT = 1


@dataclass(slots=True)
class AccessRecord:
    """What is known of a request when it ends; filled in as it becomes known.

    None stands for what there is not: `null` in JSON, a bare `-` in text.

    Attributes:
        remote: address of the client, as the trusted proxies tell it.
        dialect: in which the request is answered.
        bytes_in, bytes_out: of the bodies.
        milliseconds: from the request's head to the answer's end.
    """

    request_id: str
    remote: str | None = None
    access_key_id: str | None = None
    dialect: Dialect = OSS
    operation: str | None = None
    bucket: str | None = None
    key: str | None = None
    status: int = 0
    code: str | None = None
    ec: str | None = None
    bytes_in: int = 0
    bytes_out: int = 0
    milliseconds: float = 0.0


class Lines(Protocol):
    """Where the lines go, each with its line end. Neither call may hold up the event loop."""

    def write(self, lines: list[str]) -> None: ...
    def close(self) -> None: ...


class AccessLog:
    """Writes access records as lines, text or JSON."""

    def __init__(self, form: str, writer: Lines) -> None:
        """Write `text` or `json` to `writer`; `close` it in the end."""
        self._line = _json_line if form == "json" else _text_line
        self._writer = writer
        self._lines: list[str] = []

    def write(self, record: AccessRecord) -> None:
        """One line for `record`, dated now; to be called on a running event loop.

        It goes out when the loop comes round: requests that end together, as those of one group
        commit do, share one system call.
        """
        self._lines.append(self._line(record, time.time()))
        if len(self._lines) == 1:
            asyncio.get_running_loop().call_soon(self._write_out)

    def _write_out(self) -> None:
        lines, self._lines = self._lines, []
        if lines:
            self._writer.write(lines)

    def close(self) -> None:
        """Write out what is left; waits a second at most for who reads it."""
        self._write_out()
        self._writer.close()


#: DEL and C1, line ends, and what turns the direction of the text around it.
_UNPRINTABLE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


_encode = json.JSONEncoder(ensure_ascii=False).encode


def _json(value: object) -> str:
    """`value` as JSON without what a terminal or a log reader takes for a command or a line end.

    Names come from clients; JSON itself escapes the other control characters.
    """
    text = _encode(value)
    if text.isascii() and "\x7f" not in text:
        return text
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _timestamp(seconds: float) -> str:
    return f"{_second(int(seconds))}.{int(seconds * 1000) % 1000:03d}Z"


@lru_cache(maxsize=2)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def _json_line(record: AccessRecord, seconds: float) -> str:
    return (
        _json(
            {
                "time": _timestamp(seconds),
                "request_id": record.request_id,
                "remote": record.remote,
                "access_key_id": record.access_key_id,
                "dialect": record.dialect.name,
                "operation": record.operation,
                "bucket": record.bucket,
                "key": record.key,
                "status": record.status,
                "code": record.code,
                "ec": record.ec,
                "bytes_in": record.bytes_in,
                "bytes_out": record.bytes_out,
                "milliseconds": round(record.milliseconds, 1),
            }
        )
        + "\n"
    )


def _text_line(record: AccessRecord, seconds: float) -> str:
    bucket = "-" if record.bucket is None else _json(record.bucket)
    key = "-" if record.key is None else _json(record.key)
    return (
        f"{_timestamp(seconds)} {record.request_id} {record.remote or '-'} "
        f"{record.access_key_id or '-'} {record.operation or '-'} {bucket} {key} "
        f"{record.status} {record.code or '-'} {record.ec or '-'} "
        f"in={record.bytes_in} out={record.bytes_out} {record.milliseconds:.1f}ms\n"
    )
