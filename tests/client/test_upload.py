from __future__ import annotations

import io
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pillarbox.client import retries
from pillarbox.client.address import Address
from pillarbox.client.connection import Connection
from pillarbox.client.errors import ChangedError, DamagedError, RefusedError, UnreachableError
from pillarbox.client.multipart import MultipartUploads
from pillarbox.client.objects import Objects
from pillarbox.client.request import Request
from pillarbox.client.upload import Uploader
from pillarbox.forms.signed_form import Credentials
from tests.client.faulty_proxy import (
    Altered,
    Fault,
    FaultyProxy,
    Hidden,
    Instead,
    Passed,
    faulty_proxy,
)
from tests.server_process import TEST_KEY, ServerProcess

KEY = Credentials(TEST_KEY.id, TEST_KEY.secret)
TARGET = Address("uploads", "dir/big")
#: The least that a store takes.
PART = 100 * 1024
#: The last part is shorter.
BYTES = os.urandom(20 * PART + 1)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "pause_before", lambda _: 0.0)


class Store:
    """The store behind the proxy, and what is in it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.parts = MultipartUploads(connection, TARGET)

    def body(self) -> bytes | None:
        """The object's bytes, None if there is none."""
        if Objects(self.connection).find(TARGET) is None:
            return None
        return self.connection.send("GET", TARGET.bucket, key=TARGET.key).body

    def uploads(self) -> list[str]:
        """Ids of the uploads that are neither completed nor aborted."""
        root = self.connection.send("GET", TARGET.bucket, {"uploads": ""}).document(
            "ListMultipartUploadsResult"
        )
        return [upload.findtext("UploadId", "") for upload in root.findall("Upload")]

    def abort_all(self) -> None:
        for upload_id in self.uploads():
            self.parts.abort(upload_id)


@pytest.fixture
def store(module_server: ServerProcess) -> Iterator[Store]:
    with Connection(module_server.base_url, KEY) as connection:
        connection.send("PUT", TARGET.bucket)
        running = Store(connection)
        running.abort_all()
        Objects(connection).delete(TARGET)
        yield running


@pytest.fixture
def proxy(store: Store) -> Iterator[FaultyProxy]:
    with faulty_proxy(store.connection.endpoint) as running:
        yield running


@pytest.fixture
def uploader(proxy: FaultyProxy, tmp_path: Path) -> Iterator[Uploader]:
    headers = {"Content-Type": "image/png", "x-oss-meta-a": "b"}
    with Connection(proxy.url, KEY) as connection:
        yield Uploader(connection, tmp_path / "kept", PART, headers)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(BYTES)
    return path


def parts_sent(proxy: FaultyProxy) -> list[int]:
    """The numbers of the parts that were sent."""
    numbers = [
        int(target.partition("partNumber=")[2].partition("&")[0])
        for target in proxy.targets("PUT", "partNumber=")
    ]
    return sorted(numbers)


def refuse_part(number: int) -> Fault | None:
    return Instead(403, b"<Error><Code>AccessDenied</Code></Error>")


def size_of(numbers: list[int]) -> int:
    """Bytes of the parts with these numbers."""
    return sum(len(BYTES[(number - 1) * PART : number * PART]) for number in numbers)


def break_at(proxy: FaultyProxy, part: int, fault: Fault) -> None:
    """Spoil each try of one part."""
    proxy.spoil = lambda request: fault if f"partNumber={part}&" in request.target else None


def broken_off(uploader: Uploader, proxy: FaultyProxy, file: Path, at: int = 12) -> list[int]:
    """An upload that fails at a part; the parts that came by before."""
    break_at(proxy, at, refuse_part(at))
    with pytest.raises(RefusedError, match="AccessDenied"):
        uploader.upload_file(file, TARGET)
    sent = [number for number in parts_sent(proxy) if number != at]
    proxy.spoil = lambda _: None
    proxy.passed.clear()
    return sent


def test_a_small_file_goes_in_one_request(
    uploader: Uploader, store: Store, proxy: FaultyProxy, file: Path
) -> None:
    for size in (0, 1, PART):
        file.write_bytes(BYTES[:size])
        moved: list[int] = []
        done = uploader.upload_file(file, TARGET, moved.append)
        assert store.body() == BYTES[:size]
        assert (done.size, sum(moved)) == (size, size)
    assert {p.method for p in proxy.passed} == {"PUT"}
    assert proxy.passed[0].headers["content-type"] == "image/png"
    assert proxy.passed[0].headers["content-md5"] == "1B2M2Y8AsgTpgAmY7PhCfg=="


def test_a_large_file_goes_in_parts(
    uploader: Uploader, store: Store, proxy: FaultyProxy, file: Path, tmp_path: Path
) -> None:
    moved: list[int] = []
    done = uploader.upload_file(file, TARGET, moved.append)
    assert store.body() == BYTES
    assert store.uploads() == []
    assert (done.size, done.kept, sum(moved)) == (len(BYTES), 0, len(BYTES))
    assert parts_sent(proxy) == list(range(1, 22))
    headers = Objects(store.connection).head(TARGET).headers
    assert (headers["content-type"], headers["x-oss-meta-a"]) == ("image/png", "b")
    assert list((tmp_path / "kept").iterdir()) == []


def test_what_is_there_is_not_sent_again(
    uploader: Uploader, store: Store, proxy: FaultyProxy, file: Path, tmp_path: Path
) -> None:
    before = broken_off(uploader, proxy, file)
    assert before
    (kept,) = (tmp_path / "kept").iterdir()
    assert TEST_KEY.secret not in kept.read_text("utf-8")
    moved: list[int] = []
    done = uploader.upload_file(file, TARGET, moved.append)
    assert store.body() == BYTES
    assert parts_sent(proxy) == [n for n in range(1, 22) if n not in before]
    assert done.kept == size_of(before)
    assert sum(moved) == len(BYTES)
    assert proxy.targets("POST", "?uploads") == []
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_store_that_tells_no_crc_is_asked_by_md5(
    uploader: Uploader, store: Store, proxy: FaultyProxy, file: Path
) -> None:
    before = broken_off(uploader, proxy, file)
    proxy.spoil = lambda _: Hidden("x-oss-hash-crc64ecma", "HashCrc64ecma")
    done = uploader.upload_file(file, TARGET)
    assert (done.crc64, done.kept) == (None, size_of(before))
    assert store.body() == BYTES


def test_a_part_that_differs_from_the_file_is_sent_again(
    uploader: Uploader, store: Store, proxy: FaultyProxy, file: Path
) -> None:
    before = broken_off(uploader, proxy, file)
    (upload_id,) = store.uploads()
    store.parts.put(upload_id, 1, bytes(PART))
    uploader.upload_file(file, TARGET)
    assert parts_sent(proxy) == [n for n in range(1, 22) if n == 1 or n not in before]
    assert store.body() == BYTES


def test_another_file_or_other_headers_begin_anew(
    uploader: Uploader, store: Store, proxy: FaultyProxy, file: Path
) -> None:
    broken_off(uploader, proxy, file)
    file.write_bytes(BYTES[::-1])
    os.utime(file, ns=(1, 1))
    uploader.upload_file(file, TARGET)
    assert store.body() == BYTES[::-1]
    assert len(parts_sent(proxy)) == 21
    # What the earlier one had sent doesn't stay.
    assert store.uploads() == []

    broken_off(uploader, proxy, file)
    other = Uploader(uploader.connection, uploader.checkpoints, PART, {"Content-Type": "a/b"})
    other.upload_file(file, TARGET)
    assert len(parts_sent(proxy)) == 21
    assert store.uploads() == []


def test_an_upload_that_was_aborted_meanwhile(
    uploader: Uploader, store: Store, proxy: FaultyProxy, file: Path
) -> None:
    broken_off(uploader, proxy, file)
    store.abort_all()
    assert uploader.upload_file(file, TARGET).kept == 0
    assert store.body() == BYTES


def test_killed_after_the_last_yes(
    uploader: Uploader, store: Store, proxy: FaultyProxy, file: Path, tmp_path: Path
) -> None:
    broken_off(uploader, proxy, file)
    store.abort_all()
    request = Request("PUT", TARGET.bucket, TARGET.key, {}, {}, BYTES)
    store.connection.ask(request)
    done = uploader.upload_file(file, TARGET)
    assert done.kept == len(BYTES)
    assert {p.method for p in proxy.passed} == {"GET", "HEAD"}
    assert list((tmp_path / "kept").iterdir()) == []


def test_passing_faults_are_tried_again(
    uploader: Uploader, store: Store, proxy: FaultyProxy, file: Path
) -> None:
    faults: list[Fault] = [Instead(503), Instead(500), Altered("x-oss-hash-crc64ecma", "42")]

    def spoil(request: Passed) -> Fault:
        return faults.pop() if faults and "partNumber=" in request.target else None

    proxy.spoil = spoil
    moved: list[int] = []
    uploader.upload_file(file, TARGET, moved.append)
    assert store.body() == BYTES
    assert sum(moved) == len(BYTES)
    assert len(parts_sent(proxy)) == 24


def test_faults_that_stay_end_it(
    uploader: Uploader, store: Store, proxy: FaultyProxy, file: Path
) -> None:
    break_at(proxy, 3, Altered("x-oss-hash-crc64ecma", "42"))
    with pytest.raises(DamagedError, match="part 3 of oss://uploads/dir/big"):
        uploader.upload_file(file, TARGET)
    assert parts_sent(proxy).count(3) == 3
    assert store.body() is None
    assert proxy.targets("POST", "uploadId=") == []


def test_the_whole_has_another_crc(uploader: Uploader, proxy: FaultyProxy, file: Path) -> None:
    proxy.spoil = lambda request: (
        Altered("x-oss-hash-crc64ecma", "42") if request.method == "POST" else None
    )
    with pytest.raises(DamagedError, match="its CRC-64 is 42 in the store"):
        uploader.upload_file(file, TARGET)


def test_a_file_that_changes_meanwhile(
    uploader: Uploader, store: Store, proxy: FaultyProxy, file: Path, tmp_path: Path
) -> None:
    def spoil(request: Passed) -> Fault:
        if "partNumber=2&" in request.target:
            with file.open("ab") as other:
                other.write(b"more")
        return None

    proxy.spoil = spoil
    with pytest.raises(ChangedError, match="file changed"):
        uploader.upload_file(file, TARGET)
    assert (store.body(), store.uploads()) == (None, [])
    assert list((tmp_path / "kept").iterdir()) == []


class Dribble(io.RawIOBase):
    """Gives what a pipe might: less than was asked for."""

    def __init__(self, body: bytes) -> None:
        self._rest = body

    def read(self, size: int = -1) -> bytes:
        piece, self._rest = self._rest[: min(size, 33333)], self._rest[min(size, 33333) :]
        return piece


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1, 5 * PART])
def test_a_stream(uploader: Uploader, store: Store, proxy: FaultyProxy, size: int) -> None:
    done = uploader.upload_stream(Dribble(BYTES[:size]), TARGET)  # type: ignore[arg-type]
    assert store.body() == BYTES[:size]
    assert done.size == size
    assert len(parts_sent(proxy)) == (0 if size < PART else -(-size // PART))


def test_a_stream_that_fails_leaves_no_parts(
    uploader: Uploader, store: Store, proxy: FaultyProxy
) -> None:
    break_at(proxy, 3, refuse_part(3))
    with pytest.raises(RefusedError):
        uploader.upload_stream(io.BytesIO(BYTES), TARGET)
    assert (store.body(), store.uploads()) == (None, [])


def test_a_pipe_is_a_stream(uploader: Uploader, store: Store, tmp_path: Path) -> None:
    read, write = os.pipe()

    def fill() -> None:
        with os.fdopen(write, "wb") as end:
            end.write(BYTES)

    filling = threading.Thread(target=fill)
    filling.start()
    uploader.upload_file(Path(f"/dev/fd/{read}"), TARGET)
    filling.join()
    os.close(read)
    assert store.body() == BYTES


def test_a_checkpoint_that_can_not_be_read_is_none(
    uploader: Uploader, store: Store, proxy: FaultyProxy, file: Path, tmp_path: Path
) -> None:
    broken_off(uploader, proxy, file)
    (kept,) = (tmp_path / "kept").iterdir()
    for text in ("", "[]", "{}", json.dumps({"upload_id": 7}), "\0"):
        kept.write_text(text)
        uploader.upload_file(file, TARGET)
        assert store.body() == BYTES


def test_nobody_answers(tmp_path: Path, file: Path) -> None:
    with (
        Connection("http://no-such-host.invalid", KEY) as connection,
        pytest.raises(UnreachableError),
    ):
        Uploader(connection, tmp_path / "kept", PART).upload_file(file, TARGET)
    assert not (tmp_path / "kept").exists()
