"""Signed uploads one after the other, by several clients at once, each byte of them compared."""

from __future__ import annotations

import hashlib
import random
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from pillarbox.model.limits import KIB
from tests.server_process import TEST_KEY
from tests.wire import signatures
from tests.wire.raw_http import Connection, head, request
from tests.wire.store_client import FORM_TYPE, form

CLIENTS = 4
_SIZES = (4 * KIB, 300 * KIB, 2048 * KIB)


@dataclass(frozen=True, slots=True)
class FastUpload:
    """One that was answered with success.

    Attributes:
        sha256: of the bytes that were sent.
    """

    key: str
    sha256: str


class FastUploads:
    """Uploads into the public bucket `open` that begin now; `rounds` of every size by each client.

    Use as a context manager, which waits for them.
    """

    def __init__(self, port: int, rounds: int) -> None:
        self._port = port
        self._threads = ThreadPoolExecutor(CLIENTS)
        self._running: list[Future[list[FastUpload]]] = [
            self._threads.submit(self._upload, number, rounds) for number in range(CLIENTS)
        ]

    def __enter__(self) -> FastUploads:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(cancel_futures=True)

    @property
    def done(self) -> bool:
        """Whether all are answered, or one failed."""
        return all(future.done() for future in self._running)

    def check(self) -> int:
        """Read every object back and compare it; how many there are."""
        uploads = [upload for future in self._running for upload in future.result()]
        for upload in uploads:
            read = request(self._port, b"GET", f"/open/{upload.key}".encode())
            assert read.status == 200, upload
            assert hashlib.sha256(read.body).hexdigest() == upload.sha256, upload
        return len(uploads)

    def _upload(self, client: int, rounds: int) -> list[FastUpload]:
        luck = random.Random(client)
        policy = signatures.policy_field([["starts-with", "$key", "fast/"]])
        signed = signatures.v1_fields(TEST_KEY.id, TEST_KEY.secret, policy)
        done = []
        with Connection(self._port) as connection:
            for number in range(rounds * len(_SIZES)):
                key = f"fast/{client}-{number}"
                content = luck.randbytes(_SIZES[number % len(_SIZES)])
                body = form({"key": key, **signed}, content)
                typed = [(b"Content-Type", FORM_TYPE), (b"Content-Length", b"%d" % len(body))]
                assert connection.send(head(b"POST", b"/open", typed), body)
                answer = connection.answer()
                assert answer.status == 204, answer.body
                done.append(FastUpload(key, hashlib.sha256(content).hexdigest()))
        return done
