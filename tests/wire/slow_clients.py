"""Clients that hold a connection each and send a byte now and then, each kind at another place."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from pillarbox.model.limits import KIB
from tests.wire.raw_http import Connection, RawAnswer, head
from tests.wire.store_client import FORM_TYPE, form

#: So many bytes are there to be sent one by one.
DRIPS = 4000
#: Of a slow file so much comes at once: what is gathered first is 256 KiB, the rest is on the disk.
AT_ONCE = 300 * KIB


class Kind(Enum):
    """Where a client is slow."""

    HEAD = "in the head of its request"
    FIELD = "in a field of its form"
    FILE = "in the file of its form"
    KEPT = "behind its first answer, with no further byte"


class SlowClient:
    """One of them.

    Attributes:
        key: of the object that its form makes; no other client has it.
    """

    def __init__(self, port: int, kind: Kind, number: int) -> None:
        """Connect, and send all that comes quickly."""
        self.kind = kind
        self.key = f"slow/{kind.name.lower()}-{number}"
        self.content = b"%08d" % number * (AT_ONCE // 8) + b"s" * DRIPS
        self._connection = Connection(port)
        self._bytes = self._request()
        self._sent = 0
        if kind is Kind.KEPT:
            self._connection.send(head(b"GET", b"/open/none", []))
            assert self._connection.answer().status == 404
        else:
            slow = {Kind.HEAD: b"hhh", Kind.FIELD: b"fff", Kind.FILE: b"sss"}[kind]
            self._send(self._bytes.index(slow))

    def drip(self) -> None:
        """Send one byte more, unless it is of the kind that is silent, or was ended."""
        if self.kind is not Kind.KEPT and not self.says_something():
            self._send(1)

    def finish(self) -> None:
        """Send the rest at once."""
        self._send(len(self._bytes))

    def answer(self) -> RawAnswer:
        """What the server says."""
        return self._connection.answer()

    def says_something(self) -> bool:
        """Whether an answer or the end of the connection is there already."""
        return self._connection.says_something(0)

    def is_closed(self) -> bool:
        """Whether the server closes without a word; waits for it."""
        return self._connection.is_closed()

    def close(self) -> None:
        """Leave."""
        self._connection.__exit__()

    @property
    def has_body(self) -> bool:
        """Whether its head has arrived and its body is slow; it makes an object."""
        return self.kind in (Kind.FIELD, Kind.FILE)

    def _request(self) -> bytes:
        if not self.has_body:
            return head(b"GET", b"/open/none", [(b"X-Slow", b"h" * DRIPS)])
        body = form({"key": self.key, "x-ignore-slow": "f" * DRIPS}, self.content)
        typed = [(b"Content-Type", FORM_TYPE), (b"Content-Length", b"%d" % len(body))]
        return head(b"POST", b"/open", typed) + body

    def _send(self, size: int) -> None:
        piece = self._bytes[self._sent : self._sent + size]
        self._sent += len(piece)
        assert self._connection.send(piece), f"{self.key}: the server closed"


def connect_all(port: int, count: int) -> list[SlowClient]:
    """`count` clients, of every kind as many; those that are there drip while others connect."""
    kinds = list(Kind)
    clients: list[SlowClient] = []
    for number in range(count):
        if number % 200 == 199:
            drip(clients)
        clients.append(SlowClient(port, kinds[number % len(kinds)], number))
    return clients


def drip(clients: Iterable[SlowClient]) -> bool:
    """Each sends a byte more; always true, to stand in a condition that is waited for."""
    for client in clients:
        client.drip()
    return True


def close_all(clients: Iterable[SlowClient]) -> None:
    """All of them leave."""
    for client in clients:
        client.close()
