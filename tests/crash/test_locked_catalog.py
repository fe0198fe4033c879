"""Somebody holds the catalog for longer than anybody waits: requests are refused in time.

By the flock under which all processes write, as a worker would that hangs; by SQLite's own lock, as
an operator's shell; and by SQLite's exclusive lock, so that not even reads go on.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import oss2
import pytest

from pillarbox.storage import patience
from pillarbox.storage.catalog import database
from pillarbox.testing import running_store
from tests.crash.client import UNAVAILABLE, Answer, Client, answer_of
from tests.crash.comparison import compare
from tests.crash.ledger import Ledger
from tests.crash.parted import PartedUpload, bucket_of
from tests.crash.parted_comparison import compare_parted
from tests.crash.rounds import reap_and_compare
from tests.crash.serving import BUCKET, DoomedServer
from tests.server_process import wait_until

LARGE = bytes(range(256)) * 1024
SMALL = b"small"

_FLOCK = """
import fcntl, sys
held = open(sys.argv[1] + "/catalog.lock")
fcntl.flock(held, fcntl.LOCK_EX)
"""

_SQLITE = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1] + "/catalog.sqlite3", isolation_level=None, timeout=30)
held.execute("BEGIN IMMEDIATE")
"""

_HOLD = """
print("held", flush=True)
sys.stdin.read()
"""

WAYS = pytest.mark.parametrize("way", [_FLOCK, _SQLITE], ids=["flock", "sqlite"])


@contextmanager
def held(data_dir: Path, way: str) -> Iterator[None]:
    """Another process holds the catalog."""
    with subprocess.Popen(
        [sys.executable, "-c", way + _HOLD, str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield
        holder.communicate("")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers in this process wait for a moment only."""
    monkeypatch.setattr(patience, "PATIENCE_SECONDS", 0.5)
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.5)


@WAYS
@pytest.mark.usefixtures("impatient")
def test_whoever_waits_is_refused_and_served_later(tmp_path: Path, way: str) -> None:
    with running_store(buckets={BUCKET: "public-read"}, data_dir=tmp_path) as store:
        auth = oss2.Auth(store.credentials.access_key_id, store.credentials.access_key_secret)
        client = Client(oss2.Bucket(auth, store.endpoint, BUCKET), Ledger())
        check_refusals(client, tmp_path, way)
    assert reap_and_compare(tmp_path) == []


@pytest.mark.soak
@WAYS
def test_a_real_server_refuses_within_its_patience(tmp_path: Path, way: str) -> None:
    data_dir, ledger = tmp_path / "data", Ledger()
    with DoomedServer(data_dir, workers=2) as server:
        parted = check_refusals(Client(bucket_of(server), ledger), data_dir, way)
        assert list(compare_parted(server, ledger, parted)) == []
        assert compare(server, data_dir, ledger) == []
        server.stop()
    assert reap_and_compare(data_dir) == []


def check_refusals(client: Client, data_dir: Path, way: str) -> list[PartedUpload]:
    """What writes is refused while the catalog is held, reads go on; later all is well."""
    assert client.put("before", LARGE) == Answer(200)
    begun, other = client.begin("parts"), client.begin("others")
    assert client.put_part(begun, 1, LARGE) == Answer(200)
    writes: list[Callable[[], Answer]] = [
        lambda: client.put("small", SMALL),
        lambda: client.put("large", LARGE),
        lambda: client.put("before", LARGE[::-1]),
        lambda: client.put_part(other, 1, LARGE),
        lambda: client.complete(begun),
        lambda: client.delete("nothing"),
        lambda: answer_of(lambda: client.bucket.init_multipart_upload("new")),
        lambda: answer_of(lambda: client.bucket.put_object_acl("before", "default")),
    ]
    with held(data_dir, way), ThreadPoolExecutor(len(writes)) as threads:
        answers = [threads.submit(write) for write in writes]
        assert client.get("before") == Answer(200)
        assert {answer.result() for answer in answers} == {UNAVAILABLE}
        # Who comes then is refused as well, be it at once.
        assert client.put("late", SMALL) == UNAVAILABLE
    wait_until(lambda: client.put("small", SMALL) == Answer(200), "the catalog's release")
    assert client.put("large", LARGE) == Answer(200)
    assert client.get("small") == client.get("large") == Answer(200)
    return [begun, other]
