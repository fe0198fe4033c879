"""Calls on the disk fail with EIO, once or for as long as it takes: none of them is a success.

The server refuses in XML, goes on reading, and serves on when the disk works again. What a failed
commit leaves of an upload, which may turn up after a crash, stays until the sweep of the next start
knows better.

The calls fail above the kernel (`fault_shim`), which so forgets nothing of what it was to write.
That no later sync makes good for a failed one is shown by `tests/storage/blobs/test_directory.py`;
SQLite writes its log's pages anew after one.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.crash.client import UNAVAILABLE, Answer, Client
from tests.crash.comparison import compare
from tests.crash.fault_points import (
    BLOB_BYTES,
    BLOB_NAME,
    BLOB_SYNC,
    FOLDER_SYNC,
    LOG_BYTES,
    LOG_SYNC,
)
from tests.crash.fault_shim import Action, Call, FaultShim, Place, Rule
from tests.crash.ledger import Ledger
from tests.crash.parted import PartedUpload, bucket_of
from tests.crash.parted_comparison import compare_parted
from tests.crash.rounds import reap_and_compare
from tests.crash.serving import DoomedServer

LARGE = bytes(range(256)) * 1024
SMALL = b"small"

BLOB_READ = Place(Call.READ, "*/blobs/*/f*")

#: What a large object needs, and what any row needs.
OF_BLOBS = (BLOB_BYTES, BLOB_SYNC, BLOB_NAME, FOLDER_SYNC)
OF_ROWS = (LOG_BYTES, LOG_SYNC)


@pytest.fixture
def shim(tmp_path: Path, fault_library: Path) -> Iterator[FaultShim]:
    with FaultShim(fault_library, tmp_path / "faults") as shim:
        yield shim


def failing(place: Place, *, is_lasting: bool) -> Rule:
    return Rule(place, Action.FAIL, error=errno.EIO, is_lasting=is_lasting)


def test_what_a_failing_disk_refuses_is_no_success(tmp_path: Path, shim: FaultShim) -> None:
    data_dir, ledger = tmp_path / "data", Ledger()
    with DoomedServer(data_dir, shim=shim) as server:
        client = Client(bucket_of(server), ledger)
        assert client.put("small", SMALL) == client.put("large", LARGE) == Answer(200)
        worker = server.worker_pid
        parted = [
            check_place(client, shim, place, f"{number}/{is_lasting}", is_lasting)
            for number, place in enumerate((*OF_BLOBS, *OF_ROWS))
            for is_lasting in (False, True)
        ]
        assert server.worker_pid == worker
        assert list(compare_parted(server, ledger, parted)) == []
        server.stop()
    with DoomedServer(data_dir) as server:
        assert compare(server, data_dir, ledger) == []
        server.stop()
    assert reap_and_compare(data_dir) == []


def check_place(
    client: Client, shim: FaultShim, place: Place, name: str, is_lasting: bool
) -> PartedUpload:
    """Uploads fail while calls do, and what was there is read all the same."""
    begun = client.begin(f"{name}/parts")
    uploads: list[Callable[[], Answer]] = [
        lambda: client.put(f"{name}/large", LARGE),
        lambda: client.put("large", LARGE[::-1]),
        lambda: client.put_part(begun, 1, LARGE),
    ]
    if place in OF_ROWS:
        uploads += [
            lambda: client.put(f"{name}/small", SMALL),
            lambda: client.put("small", SMALL[::-1]),
        ]
    for upload in uploads:
        shim.arm(failing(place, is_lasting=is_lasting))
        assert upload() == UNAVAILABLE, f"{place}, {name}"
        assert shim.strikes > 0
        assert client.get("large") == client.get("small") == Answer(200)
    shim.clear()
    assert [upload() for upload in uploads] == [Answer(200)] * len(uploads), f"{place}, {name}"
    return begun


def test_reads_that_fail_are_refused_and_go_on_later(tmp_path: Path, shim: FaultShim) -> None:
    data_dir, ledger = tmp_path / "data", Ledger()
    with DoomedServer(data_dir, shim=shim) as server:
        client = Client(bucket_of(server), ledger)
        assert client.put("large", LARGE) == Answer(200)
        shim.arm(failing(BLOB_READ, is_lasting=True))
        assert client.get("large").status >= 500
        shim.clear()
        assert client.get("large") == Answer(200)
        assert compare(server, data_dir, ledger) == []
        server.stop()
