"""Requests with an XML document for a body, right and wrong in every way."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator

from pillarbox.signing import header_v1
from tests.server_process import TEST_KEY
from tests.wire.raw_http import Connection, RawAnswer, head
from tests.wire.rest import Caller, Headers, now


def md5_header(body: bytes) -> tuple[bytes, bytes]:
    """Content-MD5 of a body."""
    return (b"Content-MD5", base64.b64encode(hashlib.md5(body).digest()))


def bad_documents(good: bytes, root: bytes, max_size: int) -> Iterator[tuple[str, bytes]]:
    """A name and a document that no server may take for `good`, whose root element is `root`."""
    inner = good.partition(b"<" + root + b">")[2]
    yield "empty", b""
    yield "blank", b" \r\n"
    yield "no xml", b"no xml"
    yield "cut", good[:-1]
    yield "doubled", good + good
    yield "nul", good.replace(b"</", b"\x00</", 1).replace(b"<" + root, b"<\x00" + root, 1)
    yield "no utf-8", good.replace(b"</", b"\xff</", 1)
    yield "another root", b"<Other>" + inner.replace(b"</" + root + b">", b"</Other>")
    yield "another element", good.replace(b"</" + root + b">", b"<Other/></" + root + b">")
    yield "unknown encoding", b'<?xml version="1.0" encoding="none-such"?>' + good
    yield "document type", b"<!DOCTYPE a>" + good
    yield (
        "entity",
        b'<!DOCTYPE a [<!ENTITY e "b">]>' + good.replace(b"</", b"&e;</", 1),
    )
    yield (
        "external entity",
        b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        + good.replace(b"</", b"&e;</", 1),
    )
    yield (
        "entities of entities",
        b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        + good.replace(b"</", b"&b;</", 1),
    )
    yield "deep", b"<" + root + b">" + b"<a>" * 4000 + b"</a>" * 4000 + b"</" + root + b">"
    yield "long", good + b" " * max_size


def cut_bodies(
    caller: Caller, method: str, target: str, body: bytes, resource: str
) -> Iterator[RawAnswer]:
    """The answers to `body` without its end: announced by a length, in chunks, in a cut chunk."""
    part = body[:-5]
    starts = [
        ((b"Content-Length", b"%d" % len(body)), part),
        ((b"Transfer-Encoding", b"chunked"), b"%x\r\n%s\r\n" % (len(part), part)),
        ((b"Transfer-Encoding", b"chunked"), b"%x\r\n%s" % (len(body), part)),
    ]
    for framing, sent in starts:
        own: Headers = [(b"Date", now()), md5_header(body)]
        text = header_v1.string_to_sign(method, own, resource.encode())
        signature = header_v1.sign(TEST_KEY.secret, text)
        own.append((b"Authorization", header_v1.authorization(TEST_KEY.id, signature).encode()))
        with Connection(caller.port) as connection:
            connection.send(head(method.encode(), target.encode(), [*own, framing]), sent)
            connection.half_close()
            yield connection.answer()
