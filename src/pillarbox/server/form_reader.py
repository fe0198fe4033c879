"""multipart/form-data, streaming: bytes in, events out, no I/O (RFC 7578, RFC 2046 section 5.1).

A form on the wire::

    --boundary
    Content-Disposition: form-data; name="key"

    user/eric/cv.pdf
    --boundary
    Content-Disposition: form-data; name="file"; filename="cv.pdf"
    Content-Type: application/pdf

    %PDF-1.7 ...
    --boundary--

Feed the body as it comes; out come a `FormField` for each field, one `FilePart`, the file's bytes
in pieces, a `FileEnd`, and a `TrailingField` for each part behind the file. Fields must come
before the file, so that everything can be judged before a byte of the file is stored.

`part_splitter` finds the parts, `part_headers` reads their names; this module says what the parts
mean, and how many and how large they may be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pillarbox.forms.fields import FilePart, base_name
from pillarbox.model import refusals
from pillarbox.model.limits import (
    MAX_CONTENT_TYPE_SIZE,
    MAX_FIELD_VALUE_SIZE,
    MAX_FIELDS,
    MAX_FIELDS_SIZE,
    MAX_TRAILER_SIZE,
)
from pillarbox.model.names import fold_field_name
from pillarbox.server.part_headers import read_part_headers
from pillarbox.server.part_splitter import PartEnd, PartHead, PartSplitter, malformed

EC_INCOMPLETE = "0006-00000104"
EC_NO_FILE = "0006-00000107"


class FormField(NamedTuple):
    """An ordinary field in front of the file."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class FileEnd:
    """The file is complete: its closing delimiter was read."""


@dataclass(frozen=True, slots=True)
class TrailingField:
    """A part behind the file; its value was dropped."""

    name: str


Event = FormField | FilePart | bytes | FileEnd | TrailingField


class FormReader:
    """Reads one form. Feed it chunks, then call `close`; every flaw raises a `Refusal`."""

    def __init__(self, boundary: bytes) -> None:
        self._splitter = PartSplitter(boundary)
        self._name = ""
        self._value: list[bytes] = []
        self._announced: int | None = None
        self._size = 0
        self._fields = 0
        self._fields_size = 0
        self._file_end: int | None = None
        self._file_seen = False
        self._file_open = False

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """The events that `chunk` completes; consume all before feeding the next."""
        for item in self._splitter.feed(chunk):
            if isinstance(item, bytes):
                self._size += len(item)
                if self._file_open:
                    yield item
                elif not self._file_seen:
                    self._collect(item)
            elif isinstance(item, PartHead):
                file = self._part_begin(item)
                if file is not None:
                    yield file
            elif isinstance(item, PartEnd):
                yield self._part_end(item)
            else:
                raise item
        if self._file_end is not None and self._splitter.fed - self._file_end > MAX_TRAILER_SIZE:
            raise malformed("more than 1 MiB behind the file")

    def close(self) -> None:
        """The body has ended: refuse it unless it held a file and its closing delimiter."""
        if not self._splitter.complete:
            raise malformed("the body ends before the closing delimiter", EC_INCOMPLETE)
        if not self._file_seen:
            raise refusals.WRONG_NUMBER_OF_FILES(ec=EC_NO_FILE)

    def _part_begin(self, part: PartHead) -> FilePart | None:
        """The file part, if this is its beginning."""
        headers = read_part_headers(part.block)
        self._name = headers.name
        self._announced = headers.size
        self._size = 0
        if fold_field_name(headers.name) != "file":
            self._fields += 1
            if self._fields > MAX_FIELDS:
                raise refusals.FIELDS_TOO_LARGE()
            return None
        if self._file_seen:
            raise refusals.WRONG_NUMBER_OF_FILES()
        self._file_seen = self._file_open = True
        filename = headers.filename
        return FilePart(None if filename is None else base_name(filename), headers.content_type)

    def _collect(self, piece: bytes) -> None:
        self._fields_size += len(piece)
        over_value = self._size - MAX_FIELD_VALUE_SIZE
        over_all = self._fields_size - MAX_FIELDS_SIZE
        # Where a piece crosses both limits, the one that it crossed first counts.
        if over_value > 0 and over_value >= over_all:
            raise refusals.FIELD_ITEM_TOO_LONG(ArgumentName=self._name[:128])
        if over_all > 0:
            raise refusals.FIELDS_TOO_LARGE()
        self._value.append(piece)

    def _part_end(self, end: PartEnd) -> Event:
        if self._announced not in (None, self._size):
            raise malformed("a part is not as long as its Content-Length says")
        if self._file_open:
            self._file_open = False
            self._file_end = end.offset
            return FileEnd()
        if self._file_seen:
            return TrailingField(self._name)
        pieces, self._value = self._value, []
        try:
            return FormField(self._name, b"".join(pieces).decode("utf-8"))
        except UnicodeDecodeError:
            raise refusals.INVALID_ARGUMENT(
                "The fields of a form must be UTF-8.", ArgumentName=self._name[:128]
            ) from None


_BOUNDARY = re.compile(rb"[ \t]*multipart/form-data[ \t]*((?:;.*)?)", re.IGNORECASE | re.DOTALL)
_CONTENT_TYPE_PARAMETER = re.compile(
    rb";[ \t]*(?P<name>[!#$%&\'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*"
    rb'(?:"(?P<quoted>[^"\\]*)"|(?P<token>[^\s;"]+))[ \t]*'
)
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")


def boundary_of(content_type: bytes | None) -> bytes:
    """The boundary that the request header Content-Type names.

    One parser decides what a form is, for the router and for the reader alike (CVE-2023-28434).

    Raises:
        Refusal: `RequestIsNotMultiPartContent` for another media type, a missing, repeated or
            unusable boundary, or a header over 8 KiB.
    """
    match = _BOUNDARY.fullmatch(content_type or b"")
    if match is None or len(match[0]) > MAX_CONTENT_TYPE_SIZE:
        raise refusals.REQUEST_IS_NOT_MULTIPART()
    parameters = match[1].rstrip(b" \t;")
    boundary: bytes | None = None
    position = 0
    while position < len(parameters):
        item = _CONTENT_TYPE_PARAMETER.match(parameters, position)
        if item is None:
            raise refusals.REQUEST_IS_NOT_MULTIPART()
        if item["name"].lower() == b"boundary":
            if boundary is not None:
                raise refusals.REQUEST_IS_NOT_MULTIPART()
            boundary = item["token"] if item["quoted"] is None else item["quoted"]
        position = item.end()
    # RFC 2046 allows 70 characters; some clients write longer ones.
    if boundary is None or not 1 <= len(boundary) <= 200 or not boundary.isascii():
        raise refusals.REQUEST_IS_NOT_MULTIPART()
    if _CONTROL.search(boundary) is not None or boundary.endswith(b" "):
        raise refusals.REQUEST_IS_NOT_MULTIPART()
    return boundary
