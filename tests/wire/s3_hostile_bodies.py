"""Bodies of S3 requests: one of each kind, and those that are not what was signed or announced."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from tests.server.aws_chunked_bodies import chunked
from tests.wire.raw_http import Connection, Headers, RawAnswer, head
from tests.wire.s3_signer import (
    SIGNED_CHUNKS,
    SIGNED_CHUNKS_AND_TRAILER,
    UNSIGNED,
    UNSIGNED_CHUNKS,
    Chain,
    S3Signer,
)

#: More than what is kept in memory: a refused one could leave a file.
CHUNKS = (b"a" * 65536, b"b" * 40000)
DATA = b"".join(CHUNKS)
CRC32 = base64.b64encode(zlib.crc32(DATA).to_bytes(4)).decode()
SHA256 = base64.b64encode(hashlib.sha256(DATA).digest()).decode()
TRAILER = ("x-amz-checksum-crc32", CRC32)
WRONG = ("x-amz-checksum-crc32", "AAAAAA==")
LENGTH = (b"x-amz-decoded-content-length", b"%d" % len(DATA))
ANNOUNCED = (b"x-amz-trailer", b"x-amz-checksum-crc32")
ENCODED = (b"Content-Encoding", b"aws-chunked")


def send(
    owner: S3Signer, path: str, payload: str, headers: Headers, build: Callable[[Chain], bytes]
) -> RawAnswer:
    """The answer to a PUT; the connection ends as the answer says, or takes another request."""
    signed = owner.signed("PUT", path, headers=headers, payload=payload)
    body = build(signed.chain)
    length = (b"Content-Length", b"%d" % len(body))
    start = head(b"PUT", signed.target.encode(), [*signed.headers, length])
    again = owner.signed("HEAD", path, payload=UNSIGNED)
    with Connection(owner.port) as connection:
        connection.send(start, body)
        answer = connection.answer()
        if answer.header("connection") == "close":
            assert connection.is_closed()
        else:
            connection.send(head(b"HEAD", again.target.encode(), again.headers))
            assert connection.answer(to_head=True).status == 200
    return answer


KINDS: dict[str, tuple[str, Headers, Callable[[Chain], bytes]]] = {
    "signed": (SIGNED_CHUNKS, [ENCODED, LENGTH], lambda chain: chain.body(CHUNKS)),
    "signed with trailer": (
        SIGNED_CHUNKS_AND_TRAILER,
        [ENCODED, LENGTH, ANNOUNCED],
        lambda chain: chain.body(CHUNKS, [TRAILER]),
    ),
    "unsigned trailer": (
        UNSIGNED_CHUNKS,
        [ENCODED, LENGTH, ANNOUNCED],
        lambda _: chunked(CHUNKS, None, [TRAILER]),
    ),
    "unsigned without trailer": (
        UNSIGNED_CHUNKS,
        [ENCODED, LENGTH],
        lambda _: chunked(CHUNKS),
    ),
    "one signature": (hashlib.sha256(DATA).hexdigest(), [], lambda _: DATA),
    "no signature": (UNSIGNED, [(b"x-amz-checksum-sha256", SHA256.encode())], lambda _: DATA),
}


@dataclass(frozen=True)
class Hostile:
    """One body and what is said of it.

    Attributes:
        kind: of `KINDS`, whose headers and payload it has.
        change: of the good body, None for `build`.
        headers: in place of those of the kind of the same name.
        without: name of a header that is left out.
    """

    code: str
    kind: str
    change: Callable[[bytes], bytes] | None = None
    build: Callable[[Chain], bytes] | None = None
    headers: Headers = ()
    without: bytes = b""
    payload: str | None = None
    status: int = 400

    def send(self, owner: S3Signer, path: str) -> RawAnswer:
        payload, headers, good = KINDS[self.kind]
        left_out = {self.without, *(name for name, _ in self.headers)}
        told = [pair for pair in headers if pair[0] not in left_out]
        build = self.build or good
        change = self.change or (lambda body: body)
        return send(
            owner,
            path,
            self.payload or payload,
            [*told, *self.headers],
            lambda chain: change(build(chain)),
        )


def flipped(number: int, mark: bytes = b"chunk-signature=") -> Callable[[bytes], bytes]:
    """Changes the first digit of the signature of a chunk, counted from 0."""

    def change(body: bytes) -> bytes:
        place = -1
        for _ in range(number + 1):
            place = body.index(mark, place + 1)
        place += len(mark)
        digit = b"0" if body[place : place + 1] != b"0" else b"1"
        return body[:place] + digit + body[place + 1 :]

    return change


def replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """Puts `new` in the place of the first `old`, which must be there."""

    def change(body: bytes) -> bytes:
        assert old in body
        return body.replace(old, new, 1)

    return change


def swapped(chain: Chain) -> bytes:
    """Two chunks in each other's place, each with the signature that it had."""
    half = DATA[: len(DATA) // 2]
    one, two = (
        b"%x;chunk-signature=%s\r\n%s\r\n" % (len(half), chain.chunk(each).encode(), each)
        for each in (half, DATA[len(half) :])
    )
    last = b"0;chunk-signature=%s\r\n\r\n" % chain.chunk(b"").encode()
    return two + one + last


def dropped(chain: Chain) -> bytes:
    """The first of three chunks is left out."""
    chain.chunk(b"first")
    return chain.body(CHUNKS)


def length(text: bytes) -> Headers:
    return [(b"x-amz-decoded-content-length", text)]


def announced(text: bytes) -> Headers:
    return [(b"x-amz-trailer", text)]


def trailers(*pairs: tuple[str, str]) -> Callable[[Chain], bytes]:
    return lambda _: chunked(CHUNKS, None, pairs)


BOTH = ("signed", "signed with trailer")
FRAMED = (*BOTH, "unsigned trailer")
SHORT = b"%x" % len(CHUNKS[0])

HOSTILE: dict[str, Hostile] = {}
for kind in BOTH:
    for number, which in enumerate(("first", "second", "last")):
        HOSTILE[f"{kind}: {which} chunk's signature"] = Hostile(
            "SignatureDoesNotMatch", kind, flipped(number), status=403
        )
    HOSTILE[f"{kind}: changed data"] = Hostile(
        "SignatureDoesNotMatch", kind, replaced(b"\r\naa", b"\r\nab"), status=403
    )
    HOSTILE[f"{kind}: a chunk without a signature"] = Hostile(
        "IncompleteBody", kind, lambda body: SHORT + body[body.index(b"\r\n") :]
    )
for kind in FRAMED:
    HOSTILE |= {
        f"{kind}: ends in a chunk": Hostile("IncompleteBody", kind, lambda body: body[:70000]),
        f"{kind}: ends before the last chunk": Hostile(
            "IncompleteBody", kind, lambda body: body[: body.rindex(b"\r\n0") + 2]
        ),
        f"{kind}: nothing": Hostile("IncompleteBody", kind, lambda _: b""),
        f"{kind}: something follows": Hostile("IncompleteBody", kind, lambda body: body + b"0"),
        f"{kind}: decoded length too small": Hostile(
            "IncompleteBody", kind, headers=length(b"%d" % (len(DATA) - 1))
        ),
        f"{kind}: decoded length too large": Hostile(
            "IncompleteBody", kind, headers=length(b"%d" % (len(DATA) + 1))
        ),
        f"{kind}: decoded length 0": Hostile("IncompleteBody", kind, headers=length(b"0")),
        f"{kind}: no decoded length": Hostile(
            "MissingContentLength", kind, without=LENGTH[0], status=411
        ),
    }
    for text in (b"-1", b"+5", b"0x10", b"1e3", b"99999999999999999999", b"5,5", b"five"):
        HOSTILE[f"{kind}: decoded length {text.decode()}"] = Hostile(
            "InvalidArgument", kind, headers=length(text)
        )
    for size in (
        b"-5",
        b"+5",
        b"0x5",
        b"",
        b" 5",
        b"5 ",
        b"5;a=b",
        b"5\t",
        b"five",
        b"f" * 17,
        b"0" * 2000 + b"5",
    ):
        shown = size.decode()[:20]
        HOSTILE[f"{kind}: chunk of size {shown!r}"] = Hostile(
            "IncompleteBody", kind, replaced(SHORT, size)
        )
    HOSTILE[f"{kind}: chunk of more than all"] = Hostile(
        "IncompleteBody", kind, replaced(SHORT, b"f" * 16)
    )
    HOSTILE[f"{kind}: bare line feeds"] = Hostile(
        "IncompleteBody", kind, lambda body: body.replace(b"\r\n", b"\n")
    )

HOSTILE |= {
    "chunks in another order": Hostile(
        "SignatureDoesNotMatch", "signed", build=swapped, status=403
    ),
    "a chunk left out": Hostile("SignatureDoesNotMatch", "signed", build=dropped, status=403),
    "signed chunk of 17 MiB": Hostile(
        "InvalidChunkSizeError",
        "signed",
        replaced(SHORT, b"1100000"),
        headers=length(b"%d" % (1 << 30)),
    ),
    "a signed chunk in an unsigned body": Hostile(
        "IncompleteBody", "unsigned trailer", replaced(SHORT, SHORT + b";chunk-signature=ab")
    ),
    "trailer's signature": Hostile(
        "SignatureDoesNotMatch",
        "signed with trailer",
        flipped(0, b"x-amz-trailer-signature:"),
        status=403,
    ),
    "a trailer changed behind its signature": Hostile(
        "SignatureDoesNotMatch",
        "signed with trailer",
        replaced(CRC32.encode(), b"AAAAAA=="),
        status=403,
    ),
    "no trailer's signature": Hostile(
        "IncompleteBody",
        "signed with trailer",
        lambda body: body[: body.index(b"x-amz-trailer-signature")] + b"\r\n",
    ),
    "wrong checksum, well signed": Hostile(
        "BadDigest", "signed with trailer", build=lambda chain: chain.body(CHUNKS, [WRONG])
    ),
    "wrong checksum": Hostile("BadDigest", "unsigned trailer", build=trailers(WRONG)),
    "no checksum": Hostile(
        "InvalidRequest", "unsigned trailer", build=trailers((TRAILER[0], "none"))
    ),
    "trailer missing": Hostile("MalformedTrailerError", "unsigned trailer", build=trailers()),
    "trailer twice": Hostile(
        "MalformedTrailerError", "unsigned trailer", build=trailers(TRAILER, TRAILER)
    ),
    "another trailer besides": Hostile(
        "MalformedTrailerError",
        "unsigned trailer",
        build=trailers(TRAILER, ("x-amz-checksum-sha256", SHA256)),
    ),
    "a trailer that nobody announced": Hostile(
        "MalformedTrailerError", "unsigned without trailer", build=trailers(TRAILER)
    ),
    "a trailer that would be metadata": Hostile(
        "MalformedTrailerError",
        "unsigned trailer",
        build=trailers(TRAILER, ("x-amz-meta-a", "b")),
    ),
    "another trailer announced": Hostile(
        "MalformedTrailerError", "unsigned trailer", headers=announced(b"x-amz-checksum-sha256")
    ),
    "two trailers announced": Hostile(
        "InvalidRequest",
        "unsigned trailer",
        headers=announced(b"x-amz-checksum-crc32,x-amz-checksum-sha256"),
        build=trailers(TRAILER, ("x-amz-checksum-sha256", SHA256)),
    ),
    "a trailer announced that is no checksum": Hostile(
        "InvalidRequest", "unsigned trailer", headers=announced(b"x-amz-meta-a")
    ),
    "a trailer of signed chunks without trailers": Hostile(
        "MalformedTrailerError",
        "signed",
        headers=[ANNOUNCED],
        build=lambda chain: chain.body(CHUNKS, [TRAILER]),
    ),
    "a trailer and a header with a checksum": Hostile(
        "InvalidRequest", "unsigned trailer", headers=[(b"x-amz-checksum-sha256", SHA256.encode())]
    ),
    "another body than was signed": Hostile(
        "XAmzContentSHA256Mismatch", "one signature", lambda body: body[:-1] + b"c"
    ),
    "a shorter body than was signed": Hostile(
        "XAmzContentSHA256Mismatch", "one signature", lambda body: body[:-1]
    ),
    "no body": Hostile("XAmzContentSHA256Mismatch", "one signature", lambda _: b""),
    "a body where none was signed": Hostile(
        "XAmzContentSHA256Mismatch", "one signature", payload=hashlib.sha256(b"").hexdigest()
    ),
    "another checksum in a header": Hostile("BadDigest", "no signature", lambda body: body + b"c"),
    "two checksums in headers": Hostile(
        "InvalidRequest", "no signature", headers=[(b"x-amz-checksum-crc32", CRC32.encode())]
    ),
    "a checksum that nobody knows": Hostile(
        "InvalidRequest", "no signature", headers=[(b"x-amz-checksum-md6", CRC32.encode())]
    ),
    "another algorithm than is there": Hostile(
        "InvalidRequest",
        "no signature",
        headers=[(b"x-amz-sdk-checksum-algorithm", b"CRC32")],
    ),
    "a payload of a word that is none": Hostile(
        "InvalidArgument", "no signature", payload="STREAMING-PAYLOAD"
    ),
    "signed with a key pair": Hostile(
        "NotImplemented",
        "no signature",
        payload="STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
        status=501,
    ),
    "framing that nobody is told to undo": Hostile(
        "InvalidRequest", "unsigned trailer", payload=UNSIGNED, without=ANNOUNCED[0]
    ),
    "framing under one signature": Hostile(
        "InvalidRequest",
        "one signature",
        build=lambda _: chunked(CHUNKS),
        headers=[(b"Content-Encoding", b"gzip, AWS-chunked")],
        payload=hashlib.sha256(chunked(CHUNKS)).hexdigest(),
    ),
    "another MD5": Hostile(
        "BadDigest",
        "no signature",
        headers=[(b"Content-MD5", base64.b64encode(hashlib.md5(b"").digest()))],
    ),
    "no MD5": Hostile("InvalidDigest", "no signature", headers=[(b"Content-MD5", b"none")]),
}
