"""Conditions of reads and copies: If-Match and its kin.

OSS: "GetObject", "CopyObject"; RFC 9110 section 13.
"""

from __future__ import annotations

from collections.abc import Callable

from pillarbox.model import refusals
from pillarbox.model.objects import StoredObject
from pillarbox.model.timestamps import parse_http_date
from pillarbox.server.request import Request

Getter = Callable[[str], str | None]
"""Gives the value of a condition by its name, or None if it isn't there."""

_COPY_SOURCE = "copy-source-"


def is_unmodified(request: Request, stored: StoredObject) -> bool:
    """Whether the client's copy is current, so that the answer is 304.

    Raises:
        Refusal: `PreconditionFailed` if the object is not the one that the client wants.
    """
    return _is_unmodified(request.headers.get, stored, "")


def is_source_unmodified(request: Request, source: StoredObject) -> bool:
    """As `is_unmodified`, of the source of a copy. S3 refuses such a copy (S3: "CopyObject").

    Raises:
        Refusal: `PreconditionFailed`.
    """

    def get(name: str) -> str | None:
        return request.own(_COPY_SOURCE + name.lower())

    prefix = request.dialect.field(_COPY_SOURCE)
    unmodified = _is_unmodified(get, source, prefix)
    if unmodified and request.rules.refuses_current_copies:
        raise _failed(prefix, "If-None-Match" if get("If-None-Match") else "If-Modified-Since")
    return unmodified


def _is_unmodified(get: Getter, stored: StoredObject, prefix: str) -> bool:
    if_match = get("If-Match")
    if if_match is not None and not names_etag(if_match, stored.etag):
        raise _failed(prefix, "If-Match")
    since = _seconds(get("If-Unmodified-Since"))
    if if_match is None and since is not None and stored.modified_ms // 1000 > since:
        raise _failed(prefix, "If-Unmodified-Since")
    if_none_match = get("If-None-Match")
    if if_none_match is not None:
        return names_etag(if_none_match, stored.etag)
    since = _seconds(get("If-Modified-Since"))
    return since is not None and stored.modified_ms // 1000 <= since


def _failed(prefix: str, condition: str) -> refusals.Refusal:
    return refusals.PRECONDITION_FAILED(
        Condition=prefix + (condition.lower() if prefix else condition)
    )


def is_range_current(request: Request, stored: StoredObject) -> bool:
    """Whether the header If-Range, if there is one, lets a range be answered.

    A download that goes on after the object was replaced must begin anew, or the client would
    join two halves of two files (RFC 9110 section 13.1.5; OSS is silent).
    """
    text = (request.headers.get("if-range") or "").strip()
    if not text:
        return True
    if text.endswith('"'):
        return text == request.dialect.etag(stored.etag)
    return _seconds(text) == stored.modified_ms // 1000


def names_etag(header: str, etag: str) -> bool:
    """Whether a list of ETags, quoted or not, weak or not, names `etag`; `*` names every one."""
    for item in header.split(","):
        candidate = item.strip().removeprefix("W/").strip('"')
        if candidate == "*" or candidate.upper() == etag.upper():
            return True
    return False


def _seconds(text: str | None) -> float | None:
    """The moment that an HTTP date names, in seconds since the epoch; a bad date is ignored."""
    moment = parse_http_date(text) if text else None
    return None if moment is None else moment.timestamp()
