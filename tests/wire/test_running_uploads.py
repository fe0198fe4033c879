"""What running uploads write and whom they hold up, with limits instead of timings."""

from __future__ import annotations

import re
import threading
from pathlib import Path

from pillarbox.model.limits import KIB, MIB
from tests.wire.raw_http import Connection, chunked, head, pieces_of, request
from tests.wire.signed_forms import v1
from tests.wire.store_client import BOUNDARY, FORM_TYPE, StoreClient, form

UPLOADS = 20
REQUESTS = 30
#: An upload stops here, so that no disk is filled whatever happens.
MOST_CHUNKS = 256


def written(store: StoreClient) -> int:
    """Bytes that the worker has written by system calls, to whatever."""
    counters = Path(f"/proc/{store.server.worker_pid}/io").read_text()
    found = re.search(r"^wchar: (\d+)$", counters, re.MULTILINE)
    assert found is not None
    return int(found[1])


def opening(key: str, *conditions: object) -> bytes:
    """A chunked form up to the first byte of its file."""
    fields = {"key": key, **v1(["starts-with", "$key", ""], *conditions)}
    body = form(fields, b"")
    start = body[: body.rindex(b"\r\n--" + BOUNDARY)]
    typed = [(b"Content-Type", FORM_TYPE), (b"Transfer-Encoding", b"chunked")]
    return head(b"POST", b"/example-bucket", typed) + next(iter(chunked([start])))


def test_no_more_is_written_than_the_limit_and_a_piece(store: StoreClient, key: str) -> None:
    """MinIO's hash reader looked at the size only at the end."""
    limit = MIB
    before = written(store)
    with Connection(store.port) as connection:
        connection.send(opening(key, ["content-length-range", 0, limit]))
        connection.send(*chunked(pieces_of(b"x" * (32 * MIB), MIB)))
        assert connection.answer().error["Code"] == "EntityTooLarge"
    assert written(store) - before < limit + 512 * KIB
    assert store.files() == 0


def test_uploads_at_full_speed_leave_room_for_others(store: StoreClient, key: str) -> None:
    """Starlette CVE-2025-54121: writing must not block the loop that serves everybody."""
    served = threading.Event()
    sent = [0] * UPLOADS
    chunk = next(iter(chunked([b"x" * MIB])))

    def upload(number: int, connection: Connection) -> None:
        connection.send(opening(f"{key}-{number}"))
        while not served.is_set() and sent[number] < MOST_CHUNKS and connection.send(chunk):
            sent[number] += 1

    connections = [Connection(store.port) for _ in range(UPLOADS)]
    threads = [threading.Thread(target=upload, args=pair) for pair in enumerate(connections)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(REQUESTS):
            assert request(store.port, b"GET", b"/example-bucket/none").status == 403
    finally:
        served.set()
        for connection, thread in zip(connections, threads, strict=True):
            connection.stop_sending(thread)
            connection.reset()
    assert all(sent)
