"""Request heads as inputs: `METHOD TARGET`, then lines `name: value`, as HTTP writes them.

What granian refuses (docs/parity.md, "HTTP layer") makes no request here either.
"""

from __future__ import annotations

import re

from pillarbox.model.refusals import Refusal
from pillarbox.server.access_log import AccessRecord
from pillarbox.server.addressing import Addressing
from pillarbox.server.request import Request, read_head
from tests.fuzz.answered import check_answered
from tests.server.requests import receiver

_REQUEST_LINE = re.compile(rb"([A-Z]{1,12}) (/[^\x00-\x20\x7f?#]*)(?:\?([^\x00-\x20\x7f#]*))?")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
_LENGTH = re.compile(rb"[0-9]{1,18}")
_MOST_HEADERS = 100

ADDRESSING = Addressing(("s3.example.com", "localhost"), trust_forged_host=True)


def read_request(data: bytes) -> Request | None:
    """The request that an input makes, None if it makes none or is refused."""
    first, *lines = data.split(b"\n")
    line = _REQUEST_LINE.fullmatch(first)
    headers = [_HEADER.fullmatch(one) for one in lines if one]
    if line is None or None in headers or len(headers) > _MOST_HEADERS:
        return None
    pairs = [(found[1].lower(), found[2].rstrip(b" \t")) for found in headers if found]
    if any(name == b"content-length" and not _LENGTH.fullmatch(value) for name, value in pairs):
        return None
    scope = {
        "method": line[1].decode("ascii"),
        "scheme": "http",
        "raw_path": line[2],
        "query_string": line[3] or b"",
        "headers": pairs,
    }
    try:
        request = read_head(scope, receiver(), AccessRecord("0" * 24), ADDRESSING)
        request.headers.refuse_repeated()
    except Refusal as refusal:
        check_answered(refusal)
        return None
    return request


def written(
    method: str, target: str, headers: list[tuple[bytes, bytes]], host: bytes | None = None
) -> bytes:
    """The input that makes this request."""
    lines = [f"{method} {target}".encode()]
    if host is not None:
        lines.append(b"host: " + host)
    return b"\n".join([*lines, *(name + b": " + value for name, value in headers)])
