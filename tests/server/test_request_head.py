"""Which heads of requests are refused before anything else is asked of them."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import pytest

from pillarbox.model.refusals import Refusal
from pillarbox.server.access_log import AccessRecord
from pillarbox.server.addressing import Addressing
from pillarbox.server.request import Request, read_head

Pairs = list[tuple[bytes, bytes]]


async def _receive() -> MutableMapping[str, Any]:
    raise AssertionError("a head is read without its body")


def head(headers: Pairs) -> Request:
    """The request that asks `PUT /photos/a` with these headers."""
    scope = {
        "method": "PUT",
        "scheme": "http",
        "raw_path": b"/photos/a",
        "query_string": b"",
        "headers": headers,
    }
    return read_head(scope, _receive, AccessRecord("ID"), Addressing(("localhost",), True))


@pytest.mark.parametrize(
    "hosts",
    [
        pytest.param([], id="none"),
        pytest.param([(b"host", b"")], id="empty, which is how granian passes none"),
        pytest.param([(b"host", b" ")], id="blank"),
        pytest.param([(b"host", b"a"), (b"host", b"a")], id="two"),
    ],
)
def test_a_request_has_exactly_one_host(hosts: Pairs) -> None:
    with pytest.raises(Refusal) as caught:
        head([*hosts, (b"content-length", b"1")])
    assert (caught.value.code, caught.value.status) == ("InvalidArgument", 400)


@pytest.mark.parametrize(
    "codings",
    [
        pytest.param([(b"transfer-encoding", b"gzip, chunked")], id="one header"),
        pytest.param(
            [(b"transfer-encoding", b"gzip"), (b"transfer-encoding", b"chunked")], id="two headers"
        ),
    ],
)
def test_a_coding_that_nobody_undoes_is_refused(codings: Pairs) -> None:
    with pytest.raises(Refusal) as caught:
        head([(b"host", b"a"), *codings])
    assert (caught.value.code, caught.value.status) == ("NotImplemented", 501)


def test_chunked_beats_a_length() -> None:
    request = head([(b"host", b"a"), (b"content-length", b"1"), (b"transfer-encoding", b"Chunked")])
    assert request.body.content_length is None
    assert not request.body.finished


@pytest.mark.parametrize(
    ("headers", "asks"),
    [
        ([(b"content-length", b"1"), (b"expect", b"100-Continue")], True),
        ([(b"transfer-encoding", b"chunked"), (b"expect", b" 100-continue ")], True),
        ([(b"content-length", b"1"), (b"expect", b"200-ok")], False),
        ([(b"content-length", b"1")], False),
    ],
)
def test_who_asks_before_sending(headers: Pairs, asks: bool) -> None:
    assert head([(b"host", b"a"), *headers]).body.asks_first is asks


@pytest.mark.parametrize(
    "name",
    [b"authorization", b"Content-MD5", b"x-oss-tagging", b"X-OSS-Meta-a", b"x-oss-object-acl"],
)
def test_a_header_that_decides_something_occurs_once(name: bytes) -> None:
    request = head([(b"host", b"a"), (name, b"1"), (b"accept", b"b"), (name.lower(), b"1")])
    with pytest.raises(Refusal) as caught:
        request.headers.refuse_repeated()
    assert caught.value.code == "InvalidArgument"
    assert caught.value.details == {"ArgumentName": name.decode().lower()}


def test_other_headers_may_be_repeated() -> None:
    head([(b"host", b"a"), (b"accept", b"b"), (b"accept", b"c")]).headers.refuse_repeated()
