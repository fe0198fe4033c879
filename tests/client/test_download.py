from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pillarbox.client import fetching
from pillarbox.client.address import Address
from pillarbox.client.connection import Connection
from pillarbox.client.download import BusyError, Downloader
from pillarbox.client.errors import ChangedError, DamagedError, RefusedError, UnreachableError
from pillarbox.client.request import Request
from pillarbox.forms.signed_form import Credentials
from tests.client.faulty_proxy import Altered, Cut, Fault, FaultyProxy, Passed, faulty_proxy
from tests.server_process import TEST_KEY, ServerProcess

KEY = Credentials(TEST_KEY.id, TEST_KEY.secret)
SOURCE = Address("downloads", "dir/big")
BYTES = bytes(range(256)) * 4096


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "pause_before", lambda _: 0.0)


@pytest.fixture
def proxy(module_server: ServerProcess) -> Iterator[FaultyProxy]:
    """In front of a store that has the object."""
    with Connection(module_server.base_url, KEY) as connection:
        connection.send("PUT", SOURCE.bucket)
        connection.ask(put(BYTES))
    with faulty_proxy(module_server.base_url) as running:
        yield running


@pytest.fixture
def connection(proxy: FaultyProxy) -> Iterator[Connection]:
    with Connection(proxy.url, KEY) as connected:
        yield connected


def put(body: bytes) -> Request:
    return Request("PUT", SOURCE.bucket, SOURCE.key, {}, {}, body)


def spoil_first(proxy: FaultyProxy, *faults: Fault) -> None:
    """The first requests are spoilt, one by each of `faults`."""
    rest = list(faults)
    proxy.spoil = lambda _: rest.pop(0) if rest else None


def test_a_file(connection: Connection, proxy: FaultyProxy, tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"what was there before, and is longer" * 100_000)
    moved: list[int] = []
    done = Downloader(connection, tmp_path / "kept").download_file(SOURCE, target, moved.append)
    assert target.read_bytes() == BYTES
    assert (done.size, done.kept, sum(moved)) == (len(BYTES), 0, len(BYTES))
    assert [p.method for p in proxy.passed] == ["GET"]
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_cut_answer_is_asked_for_again(
    connection: Connection, proxy: FaultyProxy, tmp_path: Path
) -> None:
    spoil_first(proxy, Cut(100_000), Cut(0), Cut(300_000))
    moved: list[int] = []
    target = tmp_path / "file"
    Downloader(connection).download_file(SOURCE, target, moved.append)
    assert target.read_bytes() == BYTES
    assert sum(moved) == len(BYTES)
    asked = [p.headers.get("range") for p in proxy.passed]
    assert asked == [None, "bytes=100000-", "bytes=100000-", "bytes=400000-"]
    assert all("if-match" in p.headers for p in proxy.passed[1:])


def test_a_line_that_stays_dead(connection: Connection, proxy: FaultyProxy, tmp_path: Path) -> None:
    spoil_first(proxy, Cut(100_000), *[Cut(0)] * 9)
    kept = tmp_path / "kept"
    target = tmp_path / "file"
    downloader = Downloader(connection, kept, resumed_from=1000)
    with pytest.raises(UnreachableError):
        downloader.download_file(SOURCE, target)
    assert not target.exists()
    assert len(list(kept.iterdir())) == 1
    proxy.spoil = lambda _: None
    proxy.passed.clear()
    done = downloader.download_file(SOURCE, target)
    assert done.kept == 100_000
    assert [p.headers.get("range") for p in proxy.passed] == [None, "bytes=100000-"]
    assert target.read_bytes() == BYTES
    assert list(kept.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "kept"]


def broken_off(connection: Connection, proxy: FaultyProxy, folder: Path) -> Downloader:
    spoil_first(proxy, Cut(100_000), *[Cut(0)] * 9)
    downloader = Downloader(connection, folder / "kept", resumed_from=1000)
    with pytest.raises(UnreachableError):
        downloader.download_file(SOURCE, folder / "file")
    proxy.spoil = lambda _: None
    proxy.passed.clear()
    return downloader


def test_another_object_under_the_key_begins_anew(
    connection: Connection, proxy: FaultyProxy, tmp_path: Path
) -> None:
    downloader = broken_off(connection, proxy, tmp_path)
    connection.ask(put(b"another" * 100_000))
    done = downloader.download_file(SOURCE, tmp_path / "file")
    assert done.kept == 0
    assert (tmp_path / "file").read_bytes() == b"another" * 100_000


def test_bytes_that_were_spoilt_on_the_disk_begin_anew(
    connection: Connection, proxy: FaultyProxy, tmp_path: Path
) -> None:
    downloader = broken_off(connection, proxy, tmp_path)
    partial = tmp_path / ".file.pillarbox-part"
    partial.write_bytes(b"\0" * partial.stat().st_size)
    moved: list[int] = []
    downloader.download_file(SOURCE, tmp_path / "file", moved.append)
    assert (tmp_path / "file").read_bytes() == BYTES
    assert sum(moved) == len(BYTES)


def test_all_was_there_already(connection: Connection, proxy: FaultyProxy, tmp_path: Path) -> None:
    downloader = broken_off(connection, proxy, tmp_path)
    (tmp_path / ".file.pillarbox-part").write_bytes(BYTES)
    done = downloader.download_file(SOURCE, tmp_path / "file")
    assert done.kept == len(BYTES)
    assert [p.method for p in proxy.passed] == ["HEAD"]
    assert (tmp_path / "file").read_bytes() == BYTES


def test_an_object_that_is_replaced_meanwhile(
    connection: Connection, proxy: FaultyProxy, module_server: ServerProcess, tmp_path: Path
) -> None:
    def replace(request: Passed) -> Fault:
        if len(proxy.passed) == 1:
            with Connection(module_server.base_url, KEY) as other:
                other.ask(put(b"another"))
        return Cut(100_000) if not proxy.passed else None

    proxy.spoil = replace
    with pytest.raises(ChangedError, match="oss://downloads/dir/big changed"):
        Downloader(connection).download_file(SOURCE, tmp_path / "file")
    assert list(tmp_path.iterdir()) == []


def test_a_crc_that_is_not_that_of_the_bytes(
    connection: Connection, proxy: FaultyProxy, tmp_path: Path
) -> None:
    proxy.spoil = lambda _: Altered("x-oss-hash-crc64ecma", "42")
    with pytest.raises(DamagedError, match="its CRC-64 is 42 in the store and"):
        Downloader(connection, tmp_path / "kept").download_file(SOURCE, tmp_path / "file")
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_leaves_nothing(connection: Connection, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="NoSuchKey"):
        Downloader(connection, tmp_path / "kept").download_file(
            Address(SOURCE.bucket, "none"), tmp_path / "file"
        )
    assert list(tmp_path.iterdir()) == []


def test_a_link_stays_one(connection: Connection, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("file")
    Downloader(connection).download_file(SOURCE, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == BYTES


def test_a_link_in_place_of_the_partial_file_is_not_followed(
    connection: Connection, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (tmp_path / ".file.pillarbox-part").symlink_to(victim)
    with pytest.raises(OSError) as refused:
        Downloader(connection).download_file(SOURCE, tmp_path / "file")
    assert refused.value.errno == errno.ELOOP
    assert victim.read_bytes() == b"precious"


def test_two_at_once(connection: Connection, tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    with (tmp_path / ".file.pillarbox-part").open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(BusyError, match="another process downloads into it"):
            Downloader(connection).download_file(SOURCE, tmp_path / "file")


def test_what_a_checkpoint_holds(
    connection: Connection, proxy: FaultyProxy, tmp_path: Path
) -> None:
    broken_off(connection, proxy, tmp_path)
    (kept,) = (tmp_path / "kept").iterdir()
    assert list(json.loads(kept.read_text("utf-8"))) == ["etag", "size"]
