"""The disk fills up: uploads are refused in XML, and all that was acknowledged stays.

The data directory lies on a small ext4 of its own. First the store itself fills it, and keeps its
reserve; then somebody else's file takes the last block, root's reserved ones included, so that not
even SQLite's log can grow.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from pillarbox.model.limits import KIB, MIB
from tests.crash.client import FULL, Answer, Client
from tests.crash.comparison import compare
from tests.crash.image import Image, why_impossible
from tests.crash.ledger import Ledger
from tests.crash.parted import bucket_of
from tests.crash.parted_comparison import compare_parted
from tests.crash.rounds import reap_and_compare
from tests.crash.serving import DoomedServer
from tests.server_process import ServerEndedError

_SIZE = 64 * MIB

LARGE = bytes(range(256)) * (4 * KIB)
SMALL = bytes(range(240)) * 250


@pytest.fixture
def image(tmp_path: Path) -> Iterator[Image]:
    if reason := why_impossible():
        pytest.skip(f"no small disk can be made: {reason}")
    with Image(tmp_path, _SIZE) as image:
        yield image


#: In a row, after which nothing more comes in.
_REFUSALS = 3


class Balloon:
    """A file of somebody else's that takes what room is left."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "balloon"

    def blow_up(self) -> None:
        """Take every free block."""
        with open(self._path, "ab", buffering=0) as file:
            for size in (MIB, 4 * KIB, 1):
                try:
                    while file.write(b"\0" * size):
                        pass
                except OSError:
                    continue

    def burst(self) -> None:
        """Give them back."""
        self._path.unlink()


def fill(client: Client, name: str, data: bytes) -> list[str]:
    """Upload until there is no room; the keys of what is there.

    ext4 gives back what a refused upload had taken when its journal is next committed: a single
    refusal says nothing of the next upload.
    """
    keys: list[str] = []
    refusals = 0
    for number in count():
        key = f"{name}/{number}"
        answer = client.put(key, data)
        if answer.status == 200:
            keys.append(key)
            refusals = 0
            continue
        assert answer == FULL
        refusals += 1
        if refusals == _REFUSALS:
            return keys
        os.sync()
    raise AssertionError


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
def test_a_disk_that_the_store_fills(image: Image, data: bytes) -> None:
    data_dir, ledger = image.mount_point / "data", Ledger()
    with DoomedServer(data_dir) as server:
        client = Client(bucket_of(server), ledger)
        begun = client.begin("parts")
        assert client.put_part(begun, 1, LARGE) == client.put("other", SMALL) == Answer(200)
        keys = fill(client, "object", data)
        assert len(keys) > 20
        # Nothing more comes in, and what it would have overwritten stays.
        assert {client.put(key, LARGE[::-1]) for key in ("other", keys[0], "new")} == {FULL}
        assert client.put_part(begun, 2, LARGE) == FULL
        del begun.parts[2]
        # What needs no room goes on: reading, completing, deleting.
        assert client.get(keys[0]) == client.complete(begun) == Answer(200)
        assert {client.delete(key) for key in keys[1:]} == {Answer(204)}
        assert compare(server, data_dir, ledger) == []
        server.stop()
    assert reap_and_compare(data_dir) == []
    with DoomedServer(data_dir) as server:
        assert len(fill(Client(bucket_of(server), ledger), "again", data)) > len(keys) / 3
        assert compare(server, data_dir, ledger) == []
        server.stop()


def test_a_disk_without_a_free_block(image: Image) -> None:
    data_dir, ledger = image.mount_point / "data", Ledger()
    balloon = Balloon(image.mount_point)
    with DoomedServer(data_dir) as server:
        client = Client(bucket_of(server), ledger)
        assert client.put("small", SMALL) == client.put("large", LARGE) == Answer(200)
        begun = client.begin("parts")
        assert client.put_part(begun, 1, LARGE) == Answer(200)
        balloon.blow_up()
        assert client.put("small", SMALL[::-1]) == client.put("large", LARGE[::-1]) == FULL
        # Rows that need the log to grow, until it can't: those before are acknowledged.
        answers = {client.delete(f"none/{number}") for number in range(3)}
        answers |= {client.complete(begun), client.delete("small")}
        assert answers <= {Answer(200), Answer(204), FULL}
        assert client.get("large") == Answer(200)
        server.stop()
    with pytest.raises(ServerEndedError, match="disk is full") as ended:
        DoomedServer(data_dir)
    assert ended.value.status == 1
    assert len(ended.value.notices.splitlines()) == 1
    balloon.burst()
    with DoomedServer(data_dir) as server:
        assert list(compare_parted(server, ledger, [begun])) == []
        assert Client(bucket_of(server), ledger).put("later", LARGE) == Answer(200)
        assert compare(server, data_dir, ledger) == []
        server.stop()
    assert reap_and_compare(data_dir) == []
