"""Requests for tests of the server's parts, without a server."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from typing import Any

from pillarbox.model.acl import ObjectAcl
from pillarbox.model.objects import ObjectHeaders, StoredObject
from pillarbox.server.access_log import AccessRecord
from pillarbox.server.addressing import Addressing
from pillarbox.server.body import Receive
from pillarbox.server.request import Request, read_head

Pairs = Iterable[tuple[bytes, bytes]]


def receiver(*messages: MutableMapping[str, Any]) -> Receive:
    """Gives these ASGI messages, one at a time."""
    waiting = list(messages)

    async def receive() -> MutableMapping[str, Any]:
        return waiting.pop(0)

    return receive


def piece(body: bytes, *, more: bool = True) -> MutableMapping[str, Any]:
    """A message with a piece of a body."""
    return {"type": "http.request", "body": body, "more_body": more}


def disconnect() -> MutableMapping[str, Any]:
    """The message for a body that was cut."""
    return {"type": "http.disconnect"}


def request(
    method: str = "GET",
    path: bytes = b"/photos/a",
    query: bytes = b"",
    headers: Pairs = (),
    host: bytes = b"127.0.0.1:9000",
) -> Request:
    """A request as the operations see it."""
    scope = {
        "method": method,
        "scheme": "http",
        "raw_path": path,
        "query_string": query,
        "headers": [(b"host", host), *headers],
    }
    addressing = Addressing(("localhost",), trust_forged_host=True)
    return read_head(scope, receiver(), AccessRecord("ID"), addressing)


def stored(**changes: Any) -> StoredObject:
    """The object `hello` of 2012."""
    values: dict[str, Any] = {
        "bucket_id": 1,
        "key": b"a",
        "blob_id": "b",
        "size": 5,
        "etag": "5D41402ABC4B2A76B9719D911017C592",
        "md5": bytes.fromhex("5D41402ABC4B2A76B9719D911017C592"),
        "crc64": 11177612005948864433,
        "modified_ms": 1330077600999,
        "headers": ObjectHeaders(),
        "acl": ObjectAcl.DEFAULT,
        "owner_id": "owner",
        "tags": {},
        "storage_class": "Standard",
    }
    return StoredObject(**(values | changes))
