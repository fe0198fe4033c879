"""`pillarbox cp` killed by SIGKILL in the middle, and run again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.command import Run
from tests.client.faulty_proxy import Fault, FaultyProxy, Passed, Stall, faulty_proxy
from tests.server_process import PATIENCE, TEST_KEY, ServerProcess, wait_until

PART = 100 * 1024
BYTES = os.urandom(12 * PART + 7)


@pytest.fixture
def folder(alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "here"
    path.mkdir()
    monkeypatch.chdir(path)
    return path


@pytest.fixture
def proxy(module_server: ServerProcess) -> Iterator[FaultyProxy]:
    with faulty_proxy(module_server.base_url) as running:
        yield running


def cp(proxy: FaultyProxy, *arguments: str) -> subprocess.Popen[bytes]:
    """The command, in a process of its own."""
    variables = {
        **os.environ,
        "PILLARBOX_ENDPOINT": proxy.url,
        "PILLARBOX_ACCESS_KEY_ID": TEST_KEY.id,
        "PILLARBOX_ACCESS_KEY_SECRET": TEST_KEY.secret,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "pillarbox", "cp", "--json", "--part-size", "100KiB", *arguments],
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )


def kill_when_stalled(
    process: subprocess.Popen[bytes],
    proxy: FaultyProxy,
    ready: Callable[[], bool] = lambda: True,
) -> None:
    try:
        assert proxy.stalled.wait(PATIENCE)
        wait_until(ready, "what has to be there before the kill")
    finally:
        process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def run_again(proxy: FaultyProxy, *arguments: str) -> dict[str, object]:
    """The same command to its good end; what it tells of the one object."""
    proxy.spoil = lambda _: None
    proxy.passed.clear()
    process = cp(proxy, *arguments)
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    (copied,) = json.loads(out)["copied"]
    return dict(copied)


def test_a_download_goes_on_behind_its_last_byte(
    run: Run, folder: Path, proxy: FaultyProxy
) -> None:
    run("bucket", "create", "killed")
    run("cp", "-", "oss://killed/big", stdin=BYTES)
    proxy.spoil = lambda _: Stall(after=5 * PART)
    partial = folder / ".file.pillarbox-part"
    process = cp(proxy, "oss://killed/big", "file")
    # What the proxy has sent may not lie on the disk yet.
    kill_when_stalled(process, proxy, lambda: partial.exists() and partial.stat().st_size > 0)
    assert not (folder / "file").exists()
    assert [path.name for path in folder.iterdir()] == [partial.name]
    there = partial.stat().st_size
    assert 0 < there <= 5 * PART

    done = run_again(proxy, "oss://killed/big", "file")
    assert (folder / "file").read_bytes() == BYTES
    assert done["kept"] == there
    (get,) = [p for p in proxy.passed if p.method == "GET"]
    assert get.headers["range"] == f"bytes={there}-"
    assert [path.name for path in folder.iterdir()] == ["file"]


def test_an_upload_sends_no_part_again_that_is_there(
    run: Run, folder: Path, proxy: FaultyProxy
) -> None:
    run("bucket", "create", "uploads")
    (folder / "file").write_bytes(BYTES)

    def spoil(request: Passed) -> Fault:
        is_late = len(proxy.targets("PUT", "partNumber=")) >= 7
        return Stall() if is_late and "partNumber=" in request.target else None

    proxy.spoil = spoil
    kill_when_stalled(cp(proxy, "file", "oss://uploads/big"), proxy)
    # What was on its way may reach the store after its sender's end.
    wait_until(lambda: proxy.answered == len(proxy.passed), "the store's last answer")
    there = set(proxy.targets("PUT", "partNumber="))
    assert 8 <= len(there) < 13

    done = run_again(proxy, "file", "oss://uploads/big")
    sent = proxy.targets("PUT", "partNumber=")
    assert not there.intersection(sent)
    assert len(there) + len(sent) == 13
    assert (done["size"], done["kept"]) == (len(BYTES), len(there) * PART)
    assert run("cat", "oss://uploads/big").body == BYTES


def test_a_copy_within_the_store_goes_on(run: Run, folder: Path, proxy: FaultyProxy) -> None:
    run("bucket", "create", "copies")
    run("cp", "-", "oss://copies/big", stdin=BYTES)

    def spoil(request: Passed) -> Fault:
        is_late = len(proxy.targets("PUT", "partNumber=")) >= 5
        return Stall() if is_late and "partNumber=" in request.target else None

    proxy.spoil = spoil
    kill_when_stalled(cp(proxy, "oss://copies/big", "oss://copies/copy"), proxy)
    wait_until(lambda: proxy.answered == len(proxy.passed), "the store's last answer")
    there = set(proxy.targets("PUT", "partNumber="))

    done = run_again(proxy, "oss://copies/big", "oss://copies/copy")
    sent = proxy.targets("PUT", "partNumber=")
    assert not there.intersection(sent)
    assert len(there) + len(sent) == 13
    assert (done["size"], done["kept"]) == (len(BYTES), len(there) * PART)
    assert run("cat", "oss://copies/copy").body == BYTES
