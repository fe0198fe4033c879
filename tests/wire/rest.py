"""Requests beside forms, with and without V1 signatures made by hand."""

from __future__ import annotations

from email.utils import formatdate
from itertools import count
from urllib.parse import quote

import pytest

from pillarbox.signing import header_v1
from tests.server_process import TEST_KEY, ServerProcess
from tests.wire.raw_http import RawAnswer, request

Headers = list[tuple[bytes, bytes]]

PRIVATE, READ, WRITE = "private", "public-read", "public-read-write"

_numbers = count(1)


def new_name() -> str:
    """A bucket's name that no other test has."""
    return f"wire-{next(_numbers)}"


def now() -> bytes:
    """The current time as a header has it."""
    return formatdate(usegmt=True).encode()


class Caller:
    """Sends requests to one server, signed with the root key or not."""

    def __init__(self, server: ServerProcess) -> None:
        self.server = server
        self.port = server.port

    def signed(
        self,
        method: str,
        path: str,
        headers: Headers | None = None,
        body: bytes = b"",
        query: str = "",
        resource: str = "",
    ) -> RawAnswer:
        """A request with a V1 signature; `query` is not signed, `resource` is the signed one."""
        own = [(b"Date", now()), *(headers or [])]
        text = header_v1.string_to_sign(method, own, (resource or path).encode())
        authorization = header_v1.authorization(TEST_KEY.id, header_v1.sign(TEST_KEY.secret, text))
        own.append((b"Authorization", authorization.encode()))
        target = quote(path) + (f"?{query}" if query else "")
        return request(self.port, method.encode(), target.encode(), own, body)

    def plain(self, method: str, target: str, headers: Headers | None = None) -> RawAnswer:
        """A request without any signature but what `headers` and `target` hold."""
        return request(self.port, method.encode(), target.encode(), headers or [])

    def bucket(self, acl: str = "private") -> str:
        """Make a bucket; its name."""
        name = new_name()
        made = self.signed("PUT", f"/{name}", [(b"x-oss-acl", acl.encode())], resource=f"/{name}/")
        assert made.status == 200, made.body
        return name

    def put(self, bucket: str, key: str, body: bytes, *headers: tuple[bytes, bytes]) -> None:
        """Store an object."""
        answer = self.signed("PUT", f"/{bucket}/{key}", list(headers), body)
        assert answer.status == 200, answer.body

    def exists(self, bucket: str, key: str) -> bool:
        """Whether an object is there."""
        return self.signed("HEAD", f"/{bucket}/{key}").status == 200


@pytest.fixture
def caller(module_server: ServerProcess) -> Caller:
    """Speaks to the module's server."""
    return Caller(module_server)


@pytest.fixture
def bucket(caller: Caller) -> str:
    """A private bucket with the object `a`, which no refused request may change."""
    name = caller.bucket()
    caller.put(name, "a", b"old")
    return name
