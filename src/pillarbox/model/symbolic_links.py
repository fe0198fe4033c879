"""Symbolic links: objects that are read as another one of their bucket (OSS: "PutSymlink")."""

from __future__ import annotations

import hashlib
from urllib.parse import quote, unquote_to_bytes

from pillarbox.model import refusals
from pillarbox.model.names import check_key

#: Names the target, percent-encoded, in requests and answers.
TARGET = "x-oss-symlink-target"

_EC_NO_TARGET = "0043-00000001"


def read_target(value: bytes | None) -> bytes:
    """The key that the header names, UTF-8; nothing need be there.

    `+` is a space: the Go SDK writes it so, and every SDK writes a plus as `%2B`.

    Raises:
        Refusal: `MissingArgument` without the header, `InvalidObjectName` for what is no key.
    """
    if value is None:
        raise refusals.MISSING_ARGUMENT(ec=_EC_NO_TARGET, ArgumentName=TARGET)
    decoded = unquote_to_bytes(value.strip().replace(b"+", b" "))
    try:
        text = decoded.decode("utf-8")
    except UnicodeDecodeError:
        raise refusals.INVALID_OBJECT_NAME() from None
    return check_key(text, allow_leading_slash=True)


def written_target(key: bytes) -> str:
    """A key as the header has it."""
    return quote(key)


def link_etag(target: bytes) -> str:
    """The ETag of a link itself, without quotes: another target is another link."""
    return hashlib.md5(target, usedforsecurity=False).hexdigest().upper()
