"""Cuts multipart/form-data into parts: bytes in, heads, contents and ends out, no I/O.

A part ends at the delimiter, which is CRLF, two hyphens and the boundary, and nothing else ends
it (RFC 2046 section 5.1.1). The two bytes behind a delimiter say what follows: CRLF the next
part, two hyphens the end.

What comes out never depends on how the bytes were cut into chunks: a form has one meaning,
whatever the network did to it. Two programs that read one body in two ways are how a form gets
past the one that was meant to guard the other, so whatever other parsers are known to read
differently is refused: bare line feeds, folded headers, blanks before a header's colon, control
characters, blanks behind a delimiter, a boundary that is the beginning of a line of content.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from pillarbox.model import refusals
from pillarbox.model.limits import MAX_PART_HEADER_SIZE, MAX_PREAMBLE_SIZE
from pillarbox.model.refusals import Refusal

EC_PART_HEADER = "0006-00000109"
EC_FIELD_NAME = "0006-00000110"

NAME_TOO_LONG = "Your name of form field is too long."

_CRLF = b"\r\n"
_BLANK_LINE = b"\r\n\r\n"


class PartHead(NamedTuple):
    """A part begins.

    Attributes:
        block: its header lines, with CRLF between them and none behind the last.
    """

    block: bytes


class PartEnd(NamedTuple):
    """The part is complete: its delimiter was read.

    Attributes:
        offset: of the delimiter in the body; bytes.
    """

    offset: int


Item = PartHead | bytes | PartEnd | Refusal
"""A `Refusal` says what is wrong with the body from there on; nothing comes behind it."""


class _State(Enum):
    PREAMBLE = "before the first delimiter"
    DELIMITER = "behind a delimiter"
    HEAD = "in the headers of a part"
    CONTENT = "in the content of a part"
    EPILOGUE = "behind the last delimiter"


_PREAMBLE, _DELIMITER, _HEAD, _CONTENT, _EPILOGUE = _State


class PartSplitter:
    """Cuts one body into its parts.

    Attributes:
        fed: bytes fed so far.
    """

    def __init__(self, boundary: bytes) -> None:
        self._delimiter = b"\r\n--" + boundary
        # The first delimiter may open the body; with this it looks like every other one.
        self._held = _CRLF
        self.fed = 0
        self._state = _PREAMBLE

    @property
    def complete(self) -> bool:
        """Whether the last delimiter was read."""
        return self._state is _EPILOGUE

    def feed(self, chunk: bytes) -> list[Item]:
        """The items that `chunk` completes, in order.

        A flaw is the last of them and not raised at once: what stands before it in the body is
        to be judged first, however the body was cut into chunks.
        """
        data = self._held + chunk
        start = self.fed - len(self._held)  # offset in the body of what is looked at
        self.fed += len(chunk)
        items: list[Item] = []
        try:
            end = self._split(data, start, items)
        except Refusal as flaw:
            items.append(flaw)
            return items
        self._held = b"" if self.complete else data[end:]
        return items

    def _split(self, data: bytes, start: int, items: list[Item]) -> int:
        """Append what `data` completes to `items`; up to where in `data` that was."""
        at, state, delimiter = 0, self._state, self._delimiter
        while state is not _EPILOGUE:
            if state is _HEAD:
                end = _end_of_head(data, at)
                if end < 0:
                    break
                items.append(PartHead(data[at:end]))
                at = end + len(_BLANK_LINE)
                state = _CONTENT
            elif state is _DELIMITER:
                if len(data) - at < 2:
                    break
                state = _behind_delimiter(data[at : at + 2])
                at += 2
            else:
                end = data.find(delimiter, at)
                found = end >= 0
                if not found:
                    end = self._end_of_safe_content(data, at)
                if state is _PREAMBLE:
                    if start + end > MAX_PREAMBLE_SIZE:
                        raise malformed("no delimiter in the first 64 KiB")
                elif end > at:
                    items.append(data[at:end])
                at = end
                if not found:
                    break
                if state is _CONTENT:
                    items.append(PartEnd(start + end))
                at += len(delimiter)
                state = _DELIMITER
        self._state = state
        return at

    def _end_of_safe_content(self, data: bytes, at: int) -> int:
        """Where a delimiter might begin of which the rest is still to come; else the data's end."""
        # CR opens the delimiter and stands nowhere else in it: only the last one can begin it.
        index = data.rfind(b"\r", max(at, len(data) - len(self._delimiter) + 1))
        return index if index >= 0 and self._delimiter.startswith(data[index:]) else len(data)


def _end_of_head(data: bytes, at: int) -> int:
    """Where the headers end that begin at `at`, negative if the rest is still to come."""
    if data.startswith(_CRLF, at):
        raise malformed("a part has no headers", EC_PART_HEADER)
    end = data.find(_BLANK_LINE, at)
    limit = at + MAX_PART_HEADER_SIZE
    if 0 <= end <= limit and data.find(b"\n", at, end) < 0:
        return end  # a single line, as of every field that a browser sends
    known = end if end >= 0 else len(data)
    shown = min(known, limit)
    if data.count(b"\n", at, shown) != data.count(_CRLF, at, shown):
        raise malformed("a line feed without a carriage return", EC_PART_HEADER)
    if known > limit + (0 if end >= 0 else len(_BLANK_LINE)):
        raise refusals.FIELD_ITEM_TOO_LONG(NAME_TOO_LONG, ec=EC_FIELD_NAME)
    return end


def _behind_delimiter(two: bytes) -> _State:
    if two == _CRLF:
        return _HEAD
    if two == b"--":
        return _EPILOGUE
    raise malformed("a delimiter is followed by neither CRLF nor two hyphens")


def malformed(reason: str, ec: str | None = None) -> Refusal:
    """The refusal `MalformedPOSTRequest`, with the reason for the log."""
    refusal = refusals.MALFORMED_POST(ec=ec)
    refusal.hint = reason
    return refusal
