"""One HTTP request as the operations see it: parsed, addressed, not yet authenticated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

from pillarbox.access.request_dialect import request_dialect
from pillarbox.model import refusals
from pillarbox.model.dialect_rules import DialectRules
from pillarbox.model.dialects import OSS, S3, Dialect
from pillarbox.model.names import check_bucket_name, check_key
from pillarbox.server.access_log import AccessRecord
from pillarbox.server.addressing import Address, Addressing
from pillarbox.server.body import Body, Receive
from pillarbox.server.verified_body import RequestBody, VerifiedBody

#: The Content-Encoding of a body that is framed by S3's client and is none of the object's.
AWS_CHUNKED = "aws-chunked"

#: Headers that decide something, beside the protocol's own. Of two values a program on the way may
#: have taken the other, and a signature covers both.
_SINGLE = frozenset({b"authorization", b"content-md5"})
_OWN_PREFIXES = tuple(dialect.prefix.encode("ascii") for dialect in (OSS, S3))


class Headers:
    """Request headers: raw bytes, names in lower case, order kept."""

    __slots__ = ("_first", "items")

    def __init__(self, items: Iterable[tuple[bytes, bytes]]) -> None:
        self.items: list[tuple[bytes, bytes]] = [(bytes(n).lower(), bytes(v)) for n, v in items]
        self._first: dict[bytes, bytes] = {}
        for name, value in self.items:
            self._first.setdefault(name, value)

    def raw(self, name: str) -> bytes | None:
        """The first value of a header, as it was sent, None if there is none."""
        return self._first.get(_raw_name(name))

    def get(self, name: str) -> str | None:
        """As `raw`, as text: UTF-8 where it is valid, else Latin-1 (RFC 9110 section 5.5)."""
        value = self.raw(name)
        return None if value is None else text_of(value)

    def count(self, name: str) -> int:
        """How often a header occurs."""
        wanted = name.lower().encode("ascii")
        if len(self.items) == len(self._first):
            return int(wanted in self._first)
        return sum(header == wanted for header, _ in self.items)

    def refuse_repeated(self) -> None:
        """Refuse `InvalidArgument` if a header that decides something occurs twice."""
        if len(self.items) == len(self._first):
            return
        seen = set()
        for name, _ in self.items:
            if name in seen and (name in _SINGLE or name.startswith(_OWN_PREFIXES)):
                raise refusals.INVALID_ARGUMENT(
                    "This header must occur only once.", ArgumentName=name.decode("latin-1")[:128]
                )
            seen.add(name)

    def with_prefix(self, prefix: str) -> list[tuple[str, str]]:
        """Name without `prefix` and value of each header that begins with it, first ones only."""
        wanted = prefix.encode("ascii")
        return [
            (name.removeprefix(wanted).decode("latin-1"), text_of(value))
            for name, value in self._first.items()
            if name.startswith(wanted)
        ]


@lru_cache(maxsize=1024)
def _raw_name(name: str) -> bytes:
    return name.lower().encode("ascii")


def text_of(value: bytes) -> str:
    """A header value as text."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


@dataclass(frozen=True, slots=True)
class Query:
    """The query string: decoded names and values in order; a bare name has an empty value."""

    pairs: tuple[tuple[bytes, bytes], ...]
    first: Mapping[str, str]

    @classmethod
    def parse(cls, raw: bytes) -> Query:
        """Split and decode `raw`; `+` is a space."""
        if not raw:
            return cls((), {})
        pairs = tuple(
            (_decoded(name), _decoded(value))
            for name, _, value in (item.partition(b"=") for item in raw.split(b"&") if item)
        )
        first: dict[str, str] = {}
        for name, value in pairs:
            first.setdefault(name.decode("utf-8", "replace"), value.decode("utf-8", "replace"))
        return cls(pairs, first)

    def get(self, name: str) -> str | None:
        """The first value of a parameter, None if it is absent, empty if it is bare."""
        return self.first.get(name)

    def raw(self, name: str) -> bytes:
        """The first value's bytes, empty if the parameter is absent."""
        wanted = name.encode("ascii")
        return next((value for key, value in self.pairs if key == wanted), b"")

    def __contains__(self, name: str) -> bool:
        return name in self.first


def _decoded(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        id: 24 upper case hex digits, answered as `x-oss-request-id`.
        host: value of the Host header.
        scheme: `http` or `https`, as the client spoke it.
        record: the line of the access log, to be filled in on the way.
        dialect: that its head speaks. A form's fields say more: see `post_object`.
        raw_path: as it stood in the request line, without the query.
        leading_slash_keys: whether new keys may begin with a slash, by the operator's decision.
    """

    id: str
    method: str
    scheme: str
    host: str
    headers: Headers
    query: Query
    address: Address
    body: RequestBody
    record: AccessRecord
    dialect: Dialect
    raw_path: bytes
    leading_slash_keys: bool = False

    def own(self, name: str) -> str | None:
        """The value of a header of the dialect's own, None if there is none.

        A header goes before a parameter that stands for it.

        Args:
            name: without the prefix, such as `storage-class`.
        """
        spelled = self.dialect.field(name)
        value = self.headers.get(spelled)
        if value is None:
            value = next((v for n, v in self.hoisted() if n.lower() == spelled), None)
        return value

    def hoisted(self) -> Iterator[tuple[str, str]]:
        """Name, as it was sent, and value of each parameter that stands for a header of S3's own.

        A signed URL has them in any case (S3: "Authenticating Requests: Using Query Parameters").
        Beside a header Authorization there are none: V2 signs no such parameters there, so that
        anybody could have added them.
        """
        if self.dialect is not S3 or self.headers.raw("authorization") is not None:
            return
        for name, value in self.query.first.items():
            if name.lower().startswith(S3.prefix):
                yield name, value

    def own_with_prefix(self, beginning: str) -> list[tuple[str, str]]:
        """Rest of the name and value of each header of the dialect's own that begins so.

        As in `own`, a parameter may stand for one; its name is as it was sent.

        Args:
            beginning: without the dialect's prefix, such as `meta-`.
        """
        prefix = self.dialect.field(beginning)
        found = self.headers.with_prefix(prefix)
        named = {name for name, _ in found}
        found += [
            (name[len(prefix) :], value)
            for name, value in self.hoisted()
            if name.lower().startswith(prefix) and name[len(prefix) :].lower() not in named
        ]
        return found

    def user_metadata(self) -> list[tuple[str, str]]:
        """Name without its prefix and value of each header of user metadata."""
        return self.own_with_prefix("meta-")

    def stored_header(self, name: str) -> str | None:
        """The value of a header that an object keeps, without what is about the way alone."""
        if self.dialect is not S3 or name.lower() != "content-encoding":
            return self.headers.get(name)
        # The framing is undone: the object has none of it (S3: "PutObject", aws-chunked).
        return ", ".join(c for c in self.content_codings if c.lower() != AWS_CHUNKED) or None

    @property
    def rules(self) -> DialectRules:
        """Those of its dialect."""
        return self.dialect.rules

    @property
    def content_codings(self) -> list[str]:
        """What the header Content-Encoding lists."""
        value = self.headers.get("content-encoding")
        return [] if value is None else [coding.strip() for coding in value.split(",")]

    @property
    def bucket_name(self) -> str:
        """The addressed bucket's name, checked; `InvalidBucketName` otherwise."""
        name = self.address.bucket or ""
        check_bucket_name(name)
        return name

    @property
    def key(self) -> bytes:
        """The addressed key, if it may be that of an object; `InvalidObjectName` otherwise.

        Any first character will do: what clients of S3 made is reached by all.
        """
        return check_key(self._key_text, allow_leading_slash=True)

    @property
    def new_key(self) -> bytes:
        """The addressed key, if the request may make it; `InvalidObjectName` otherwise."""
        is_free = self.leading_slash_keys or self.rules.has_slash_keys
        return check_key(self._key_text, allow_leading_slash=is_free)

    @property
    def _key_text(self) -> str:
        try:
            return (self.address.key or b"").decode("utf-8")
        except UnicodeDecodeError:
            raise refusals.INVALID_OBJECT_NAME() from None


def read_head(
    scope: Mapping[str, Any],
    receive: Receive,
    record: AccessRecord,
    addressing: Addressing,
    scheme: str = "http",
) -> Request:
    """The request that an ASGI scope describes.

    Args:
        scheme: what the client spoke, to a proxy perhaps.

    Raises:
        Refusal: `InvalidArgument` unless there is exactly one Host header: two would let a proxy
            and this server read two different buckets. `NotImplemented` for a transfer coding
            that would be stored as if it were the object's bytes. As of `request_dialect`.
    """
    headers = Headers(scope["headers"])
    # granian puts an empty header in place of one that is missing.
    host = (headers.get("host") or "").strip()
    if headers.count("host") != 1 or not host:
        raise refusals.INVALID_ARGUMENT(
            "A request must have exactly one Host header.", ArgumentName="Host"
        )
    query = Query.parse(scope["query_string"])
    record.dialect = request_dialect(headers.items, query.pairs)
    address = addressing.resolve(host, scope["raw_path"])
    record.bucket = address.bucket
    record.key = None if address.key is None else address.key.decode("utf-8", "replace")
    body = body_of(headers, receive)
    return Request(
        id=record.request_id,
        method=scope["method"],
        scheme=scheme,
        host=host,
        headers=headers,
        query=query,
        address=address,
        body=VerifiedBody(body) if record.dialect is S3 else body,
        record=record,
        dialect=record.dialect,
        raw_path=scope["raw_path"],
        leading_slash_keys=addressing.leading_slash_keys,
    )


def body_of(headers: Headers, receive: Receive) -> Body:
    """The body that the headers announce: none without a length and without chunked encoding."""
    length = headers.raw("content-length")
    coding = headers.raw("transfer-encoding")
    chunked = coding is not None
    if coding is not None and (
        coding.strip().lower() != b"chunked" or headers.count("transfer-encoding") > 1
    ):
        # The HTTP parser undoes `chunked` alone (RFC 9112 section 6.1 asks for 501).
        raise refusals.NOT_IMPLEMENTED(Header="Transfer-Encoding")
    asks_first = (headers.raw("expect") or b"").strip().lower() == b"100-continue"
    if length is None or chunked:
        return Body(receive, None, empty=not chunked, asks_first=asks_first)
    return Body(receive, int(length), empty=int(length) == 0, asks_first=asks_first)
