"""What the headers of a form's part say: its name, its file's name and type (RFC 7578 section 4).

Which name a part has must be beyond doubt. Of two headers or two parameters some parsers take the
first and some the last, of `name` and `name*` one or the other: what another program on the way
took is anybody's guess, so all of these are refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pillarbox.model import refusals
from pillarbox.model.limits import MAX_FIELD_NAME_SIZE
from pillarbox.server.part_splitter import (
    EC_FIELD_NAME,
    EC_PART_HEADER,
    NAME_TOO_LONG,
    malformed,
)

_LINE = re.compile(
    r"(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(?P<value>[^\x00-\x08\x0a-\x1f\x7f]*)"
)

#: The head of `policy` is the same in every form; heads up to this size, in bytes, are kept.
_SHORT = 128


@dataclass(frozen=True, slots=True)
class PartHeaders:
    """The headers of one part.

    Attributes:
        name: never empty.
        filename: as the client wrote it, None if there is no such parameter.
        content_type: with its parameters, None if there is none.
        size: bytes that its Content-Length announces, None without one. It never decides where
            the part ends.
    """

    name: str
    filename: str | None
    content_type: str | None
    size: int | None


def read_part_headers(block: bytes) -> PartHeaders:
    """The meaning of a part's header lines.

    Raises:
        Refusal: `MalformedPOSTRequest` for what can be read in two ways or not at all,
            `InvalidArgument` for a part without a name, `FieldItemTooLong`.
    """
    return _read_short(block) if len(block) <= _SHORT else _read(block)


def _read(block: bytes) -> PartHeaders:
    headers = _lines(block)
    name, filename = _disposition(headers)
    if len(name.encode("utf-8")) > MAX_FIELD_NAME_SIZE:
        raise refusals.FIELD_ITEM_TOO_LONG(NAME_TOO_LONG, ec=EC_FIELD_NAME)
    content_type = _only(headers, "content-type") or None
    return PartHeaders(name, filename, content_type, _announced_size(headers))


_read_short = lru_cache(maxsize=1024)(_read)


def _lines(block: bytes) -> Sequence[tuple[str, str]]:
    """Name in lower case and value of each header; a folded one is refused, not unfolded."""
    try:
        lines = block.decode("utf-8").split("\r\n")
    except UnicodeDecodeError:
        raise malformed("the headers of a part are not UTF-8", EC_PART_HEADER) from None
    headers = []
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None:
            raise malformed("a header of a part can not be read", EC_PART_HEADER)
        headers.append((match["name"].lower(), match["value"].rstrip(" \t")))
    return headers


def _only(headers: Sequence[tuple[str, str]], name: str) -> str | None:
    """The value of a header that a part may have once, None if it has none."""
    values = [value for header, value in headers if header == name]
    if len(values) > 1:
        raise malformed(f"a part has two headers {name}", EC_PART_HEADER)
    return values[0] if values else None


def _announced_size(headers: Sequence[tuple[str, str]]) -> int | None:
    text = _only(headers, "content-length")
    if text is None:
        return None
    if not re.fullmatch("[0-9]{1,15}", text):
        raise malformed("the Content-Length of a part is no number", EC_PART_HEADER)
    return int(text)


_PARAMETER = re.compile(
    r";[ \t]*(?P<name>[!#$%&\'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*"
    r'(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<token>[^\s;"]*))[ \t]*'
)


def _disposition(headers: Sequence[tuple[str, str]]) -> tuple[str, str | None]:
    """Name and filename of a part, from its one Content-Disposition."""
    if headers[0][0] != "content-disposition":
        raise malformed("a part must begin with Content-Disposition", EC_PART_HEADER)
    value = _only(headers, "content-disposition") or ""
    if value.partition(";")[0].rstrip(" \t").lower() != "form-data":
        raise malformed("a Content-Disposition other than form-data", EC_PART_HEADER)
    position = value.find(";")
    parameters: dict[str, str] = {}
    while 0 <= position < len(value):
        match = _PARAMETER.match(value, position)
        if match is None:
            if value[position:].strip(" \t") == ";":
                break
            raise malformed("a Content-Disposition can not be read", EC_PART_HEADER)
        name = match["name"].lower()
        # RFC 2231 spells a parameter as `name*`, `name*0`, …: RFC 7578 section 4.2 forbids it.
        if name in parameters or name.startswith(("name*", "filename*")):
            raise malformed(f"the parameter {name} must not stand here", EC_PART_HEADER)
        quoted = match["quoted"]
        parameters[name] = match["token"] if quoted is None else _unquote(quoted, name)
        position = match.end()
    if not parameters.get("name"):
        raise refusals.INVALID_ARGUMENT("The bucket POST must contain the specified field name.")
    return parameters["name"], parameters.get("filename")


_ESCAPES = re.compile(r"%22|%0D|%0A", re.IGNORECASE)
_DECODED = {"%22": '"', "%0d": "\r", "%0a": "\n"}


def _unquote(text: str, parameter: str) -> str:
    r"""Undo what browsers do to a quoted parameter (HTML, "multipart form data").

    They write `"`, CR and LF as percent-escapes and nothing else; other clients write `\"`. In a
    filename a backslash before anything but a quote or a backslash is a Windows path's.
    """
    if "\\" in text:
        pattern = r'\\(["\\])' if parameter == "name" else r'\\(")'
        text = re.sub(pattern, r"\1", text)
    return _ESCAPES.sub(lambda match: _DECODED[match[0].lower()], text)
