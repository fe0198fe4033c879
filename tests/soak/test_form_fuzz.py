"""Signed forms, broken at random, against a real server: what gets in keeps to the policy.

Each form is made right and then damaged: bytes flipped, cut out, repeated, lines and delimiters
put in, the end cut off. Whatever the server makes of it, it answers, never with a 5xx; what it
stores has a key, a size and a type that the policy allows; and what it refused is not there.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from xml.etree.ElementTree import fromstring

import oss2

from tests.conftest import StartServer
from tests.server_process import TEST_KEY, ServerProcess
from tests.soak.conftest import Settings
from tests.wire import signatures
from tests.wire.raw_http import Connection, chunked, head
from tests.wire.store_client import BOUNDARY, FORM_TYPE, form

LARGEST = 4000
CONNECTIONS = 8

_MORSELS = (
    b"\r\n",
    b"\n",
    b"\r",
    b"\0",
    b'"',
    b";",
    b"--" + BOUNDARY,
    b"\r\n--" + BOUNDARY + b"\r\n",
    b"\r\n--" + BOUNDARY + b"--\r\n",
    b'Content-Disposition: form-data; name="key"\r\n\r\nelsewhere',
    b'; filename="x"',
    b"; name*=utf-8''key",
    b"\xff\xfe",
    b"x-oss-object-acl",
    b" " * 5000,
)

Damage = Callable[[random.Random, bytes], bytes]


def flip(luck: random.Random, body: bytes) -> bytes:
    at = luck.randrange(len(body))
    return body[:at] + bytes([luck.randrange(256)]) + body[at + 1 :]


def cut_out(luck: random.Random, body: bytes) -> bytes:
    at = luck.randrange(len(body))
    return body[:at] + body[at + luck.randrange(1, 40) :]


def cut_off(luck: random.Random, body: bytes) -> bytes:
    return body[: luck.randrange(1, len(body) + 1)]


def put_in(luck: random.Random, body: bytes) -> bytes:
    at = luck.randrange(len(body) + 1)
    return body[:at] + luck.choice(_MORSELS) + body[at:]


def repeat(luck: random.Random, body: bytes) -> bytes:
    start = luck.randrange(len(body))
    end = min(len(body), start + luck.randrange(1, 400))
    at = luck.randrange(len(body) + 1)
    return body[:at] + body[start:end] + body[at:]


_DAMAGES: tuple[Damage, ...] = (flip, cut_out, cut_off, put_in, repeat)


def damaged(luck: random.Random, body: bytes) -> bytes:
    """`body`, damaged some times, or not at all."""
    for _ in range(luck.choice((0, 1, 1, 1, 2, 3, 8))):
        body = luck.choice(_DAMAGES)(luck, body) or b"-"
    return body


class Fuzzer:
    """Posts damaged forms until its time is over; counts what was taken and what was refused."""

    def __init__(self, server: ServerProcess, seed: int, until: float) -> None:
        self.luck = random.Random(seed)
        self.server = server
        self.until = until
        self.taken = 0
        self.refused: dict[str, int] = {}

    def run(self) -> Fuzzer:
        conditions = [
            {"bucket": "drop"},
            ["starts-with", "$key", "up/"],
            ["content-length-range", 1, LARGEST],
            ["eq", "$content-type", "text/plain"],
        ]
        policy = signatures.policy_field(conditions)
        signed = signatures.v1_fields(TEST_KEY.id, TEST_KEY.secret, policy)
        while time.monotonic() < self.until:
            key = f"up/{self.luck.getrandbits(64):016x}"
            content = self.luck.randbytes(self.luck.choice((0, 1, 100, LARGEST, LARGEST + 1)))
            fields = [("key", key), ("x-oss-content-type", "text/plain"), *signed.items()]
            self._post(damaged(self.luck, form(fields, content)))
        return self

    def _post(self, body: bytes) -> None:
        headers = [(b"Content-Type", FORM_TYPE)]
        pieces = [body]
        if self.luck.random() < 0.5:
            headers.append((b"Content-Length", b"%d" % len(body)))
        else:
            size = self.luck.randrange(1, 2000)
            pieces = list(chunked(body[i : i + size] for i in range(0, len(body), size)))
            headers.append((b"Transfer-Encoding", b"chunked"))
        with Connection(self.server.port) as connection:
            connection.send(head(b"POST", b"/drop", headers), *pieces)
            answer = connection.answer()
        if answer.status == 204:
            self.taken += 1
            return
        code = fromstring(answer.body).findtext("Code") or ""
        assert 400 <= answer.status < 500, (answer.status, code, body)
        self.refused[code] = self.refused.get(code, 0) + 1


def test_damaged_forms(start_server: StartServer, settings: Settings) -> None:
    server = start_server("--init-bucket", "drop:private")
    until = time.monotonic() + settings.seconds
    fuzzers = [Fuzzer(server, settings.seed + n, until) for n in range(CONNECTIONS)]

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        done = list(threads.map(Fuzzer.run, fuzzers))

    bucket = oss2.Bucket(oss2.Auth(TEST_KEY.id, TEST_KEY.secret), server.base_url, "drop")
    stored = list(oss2.ObjectIterator(bucket, max_keys=1000))
    taken = sum(fuzzer.taken for fuzzer in done)
    codes = sorted({code for fuzzer in done for code in fuzzer.refused})
    print(f"{taken} forms taken, {sum(sum(f.refused.values()) for f in done)} refused: {codes}")
    assert taken > 0
    assert len(codes) > 5
    # A form may hit a key twice only if its key was damaged into another's, at odds of 2^-60.
    assert len(stored) <= taken
    for found in stored:
        assert found.key.startswith("up/")
        assert 1 <= found.size <= LARGEST
    for found in stored[:: max(1, len(stored) // 200)]:
        read = bucket.get_object(found.key)
        assert read.content_type == "text/plain"
        assert len(read.read()) == found.size
        assert bucket.get_object_acl(found.key).acl != "public-read-write"
    assert "Traceback" not in server.notices
