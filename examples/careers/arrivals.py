"""Which résumés have arrived: what the recruiter's list shows. A real site keeps a table of it.

A record is made only by what can't be forged: the store's signed callback, the site's own look
into the store when a browser without script comes back, or its own upload.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from examples.careers.visitor import Visitor


class StrangeCallbackError(Exception):
    """A store signed it, but it tells of nothing that this site asked for."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One résumé that the store holds.

    Attributes:
        key: of the object.
        etag: of its bytes, without quotes.
        size: bytes.
        visitor: who sent it, by the key's prefix.
    """

    key: str
    etag: str
    size: int
    visitor: Visitor

    @property
    def name(self) -> str:
        """Of the file, as the visitor's browser told it."""
        return self.key.removeprefix(self.visitor.key_prefix)


#: What the store fills in and signs. The policy fixes the template and the variable, so a visitor
#: changes neither.
CALLBACK_BODY = (
    "bucket=${bucket}&key=${object}&etag=${etag}&size=${size}&application=${x:application}"
)


def told_by_callback(body: bytes, bucket: str) -> Arrival:
    """The arrival that a callback with `CALLBACK_BODY` tells of; its signature is checked before.

    The signature says that the store called, not that the upload came through this site's form. So
    bucket, key and application must fit each other.

    Raises:
        StrangeCallbackError: they don't, or the body is another one.
    """
    told: Mapping[str, str] = dict(
        parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    )
    visitor = Visitor.of_key(told.get("key", ""))
    size = told.get("size", "")
    if told.get("bucket") != bucket or visitor is None or not size.isdecimal():
        raise StrangeCallbackError("no résumé of this site")
    if told.get("application") != visitor.application:
        raise StrangeCallbackError("the application is not that of the key")
    return Arrival(told["key"], told.get("etag", "").strip('"'), int(size), visitor)


class Arrivals:
    """All résumés that have arrived, one for each key."""

    def __init__(self) -> None:
        self._by_key: dict[str, Arrival] = {}

    def tell(self, arrival: Arrival) -> None:
        """Note what a callback tells of.

        The same callback may come again, and late. Its form replaces no object, so where the key
        is known already, the record is as new as the callback or newer.
        """
        self._by_key.setdefault(arrival.key, arrival)

    def see(self, arrival: Arrival) -> None:
        """Note what the site itself has just seen in the store, or put there."""
        self._by_key[arrival.key] = arrival

    def all(self) -> list[Arrival]:
        """In the order of the keys."""
        return [self._by_key[key] for key in sorted(self._by_key)]
