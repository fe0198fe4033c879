"""The thread comes and goes without a trace, whatever its clients do."""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from pillarbox.server.app import App
from pillarbox.server.listening import ListenAddress, hold_port
from pillarbox.server.settings import Settings
from pillarbox.storage import preparation
from pillarbox.testing import RunningStore, running_store, store_thread
from pillarbox.testing.embedded_server import EmbeddedServer
from pillarbox.testing.store_thread import StoreThread
from tests.server_process import wait_until
from tests.testing.requests import post

BUCKETS = {"inbox": "public-read-write"}
LARGE = 16 << 20


def threads() -> int:
    """Of Python and of granian."""
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.exists() else threading.active_count()


def descriptors() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def connect(store: RunningStore) -> socket.socket:
    return socket.create_connection((store.host, store.port))


def idle(store: RunningStore) -> socket.socket:
    connection = connect(store)
    connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert connection.recv(12) == b"HTTP/1.1 403"
    return connection


def silent(store: RunningStore) -> socket.socket:
    return connect(store)


def half_a_head(store: RunningStore) -> socket.socket:
    connection = connect(store)
    connection.sendall(b"GET / HTTP/1.1\r\nHost: local")
    return connection


def half_a_body(store: RunningStore) -> socket.socket:
    connection = connect(store)
    connection.sendall(
        b"PUT /inbox/a HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
        b"Content-Length: 10\r\n\r\nhello"
    )
    assert connection.recv(12) == b"HTTP/1.1 100"
    return connection


def unread(store: RunningStore) -> socket.socket:
    key = f"{store.bucket_url('inbox')}/large"
    httpx.put(key, content=bytes(LARGE)).raise_for_status()
    connection = connect(store)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    connection.sendall(b"GET /inbox/large HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert connection.recv(12) == b"HTTP/1.1 200"
    return connection


def refused(store: RunningStore) -> socket.socket:
    connection = connect(store)
    connection.sendall(
        b"PUT /none/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhello"
    )
    assert connection.recv(12) == b"HTTP/1.1 404"
    return connection


CLIENTS: tuple[Callable[[RunningStore], socket.socket], ...] = (
    idle,
    silent,
    half_a_head,
    half_a_body,
    unread,
    refused,
)


def wait_until_no_more_than(before: tuple[int, int]) -> None:
    """Until there are no more threads and descriptors than there were.

    A thread of granian's may be at its last instruction, now as well as when they were counted.
    """
    wait_until(
        lambda: threads() <= before[0] and descriptors() <= before[1],
        "the end of threads and descriptors",
    )


def test_nothing_is_left() -> None:
    def use() -> None:
        with running_store(buckets=BUCKETS) as store:
            post(store, bucket="inbox")
            post(store, bucket="inbox", content=bytes(2000))

    use()  # what libraries keep for the process
    before = threads(), descriptors()
    for _ in range(5):
        use()
    gc.collect()  # granian's server lies in a cycle of references, which is not left but waits
    wait_until_no_more_than(before)


@pytest.mark.parametrize("seconds", [1.0, 0.0])
@pytest.mark.parametrize("client", CLIENTS)
def test_no_client_holds_it_up(
    client: Callable[[RunningStore], socket.socket],
    seconds: float,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(store_thread, "_DRAIN_SECONDS", seconds)
    with running_store(buckets=BUCKETS):
        pass
    before = threads(), descriptors()
    with running_store(buckets=BUCKETS) as store:
        connection = client(store)
    with connection:
        connection.settimeout(60)
        try:
            while connection.recv(65536):
                pass
        except ConnectionError:
            pass
    with pytest.raises(ConnectionRefusedError):
        connect(store)
    wait_until_no_more_than(before)
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


def test_an_upload_that_runs_at_the_end_is_let_finish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_thread, "_DRAIN_SECONDS", 60.0)
    with running_store(buckets=BUCKETS) as store:
        connection = half_a_body(store)
        others = threading.Thread(target=lambda: connection.sendall(b"world"))
        others.start()
    others.join()
    with connection:
        answer = connection.makefile("rb").read()
    assert b"HTTP/1.1 200" in answer


def test_the_process_keeps_its_signals_logging_and_umask(tmp_path: Path) -> None:
    def state() -> object:
        mask = os.umask(0o022)
        os.umask(mask)
        return (
            [signal.getsignal(number) for number in sorted(signal.valid_signals())],
            signal.pthread_sigmask(signal.SIG_BLOCK, ()),
            logging.root.level,
            [list(logging.getLogger(name).handlers) for name in ("", "pillarbox", "_granian")],
            mask,
            Path.cwd(),
        )

    log = tmp_path / "log"
    handler = logging.FileHandler(log, mode="w")
    logger = logging.getLogger("host")
    logger.addHandler(handler)
    try:
        before = state()
        with running_store(), running_store():
            assert state() == before
            logger.error("during")
        assert state() == before
        logger.error("after")
        assert log.read_text() == "during\nafter\n"
    finally:
        logger.removeHandler(handler)
        handler.close()


def test_stores_that_overlap_give_granians_logger_its_level_back() -> None:
    logger = logging.getLogger("_granian")
    before = logger.level
    first, second = running_store(), running_store()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    second.__exit__(None, None, None)
    assert logger.level == before


def test_the_access_log_is_silent_unless_asked_for(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with running_store(buckets=BUCKETS) as store:
        post(store, bucket="inbox", key="quiet")
    assert caplog.records == []
    with caplog.at_level(logging.INFO, "pillarbox.access"), running_store(buckets=BUCKETS) as store:
        post(store, bucket="inbox", key="told")
    (record,) = [record for record in caplog.records if record.name == "pillarbox.access"]
    assert 'PostObject "inbox" "told" 201' in record.getMessage()
    assert "\n" not in record.getMessage()
    assert store.access_key_secret not in caplog.text
    assert capfd.readouterr() == ("", "")


class TestWhatGoesWrong:
    @pytest.fixture
    def thread(self, tmp_path: Path) -> StoreThread:
        held, port = hold_port(ListenAddress("127.0.0.1", 0))
        held.close()
        return StoreThread(Settings(tmp_path, port=port))

    def test_a_directory_that_was_not_prepared(self, thread: StoreThread) -> None:
        with pytest.raises(FileNotFoundError, match="prepare the directory first"):
            thread.start()
        thread.stop()

    def test_a_server_that_does_not_start(
        self, thread: StoreThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def leave(_: object) -> None:
            pass

        preparation.prepare(tmp_path)
        monkeypatch.setattr(EmbeddedServer, "serve", leave)
        with pytest.raises(RuntimeError, match="ended by itself"):
            thread.start()
        thread.stop()

    def test_an_end_that_fails(
        self, thread: StoreThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def fail(_: object) -> None:
            await close(_)  # type: ignore[arg-type]
            raise ZeroDivisionError

        close = App.close
        preparation.prepare(tmp_path)
        monkeypatch.setattr(App, "close", fail)
        thread.start()
        with pytest.raises(RuntimeError, match="failed") as caught:
            thread.stop()
        assert isinstance(caught.value.__cause__, ZeroDivisionError)

    def test_one_that_was_never_started(self, thread: StoreThread) -> None:
        thread.stop()


def test_a_process_that_leaves_within_the_block_is_not_held_up() -> None:
    program = (
        "import sys\nfrom pillarbox.testing import running_store\n"
        "running_store().__enter__()\nsys.exit(3)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], timeout=60, capture_output=True)
    assert (done.returncode, done.stdout) == (3, b"")


def test_ctrl_c_reaches_the_test() -> None:
    program = (
        "import os, signal, time\nfrom pillarbox.testing import running_store\n"
        "try:\n"
        "    with running_store():\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "        time.sleep(60)\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], timeout=50, capture_output=True)
    assert done.stdout == b"interrupted\n"
