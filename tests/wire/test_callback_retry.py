"""A callback need not be lost: a site that is down hears of the upload later."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import httpx
import pytest

from tests.callback_site import GOOD, CallbackSite, answer, site, unused_port
from tests.cli.test_serve import run
from tests.conftest import StartServer
from tests.server_process import ServerProcess, wait_until
from tests.storage.stores import rows
from tests.wire.test_callbacks import encoded

OPTIONS = ("--init-bucket=open:public-read-write", "--callback-allow=127.0.0.1")
RETRY = (*OPTIONS, "--callback-retry=24h")


def upload(server: ServerProcess, url: str, key: str = "a") -> httpx.Response:
    """A form with a callback that tells the key and the ETag."""
    callback = encoded(callbackUrl=url, callbackBody="key=${object}&etag=${etag}")
    data = {"key": key, "callback": callback}
    return httpx.post(f"{server.base_url}/open", data=data, files={"file": b"hello"}, timeout=60)


def outbox(server: ServerProcess) -> list[tuple[object, ...]]:
    return rows(server.data_dir, "SELECT attempts, last_error FROM callback_outbox")


@pytest.mark.parametrize("kill", [True, False], ids=["killed", "stopped"])
def test_a_callback_arrives_after_the_site_was_down_and_the_server_gone(
    start_server: StartServer, kill: bool
) -> None:
    server = start_server(*RETRY)
    port = unused_port()
    given = upload(server, f"http://127.0.0.1:{port}/cb?a=1")
    assert (given.status_code, "<Code>CallbackFailed</Code>" in given.text) == (203, True)
    wait_until(lambda: outbox(server) != [], "a callback that waits")
    if kill:
        server.kill()
    else:
        server.stop()
    late = CallbackSite(port=port)
    try:
        server = start_server(*OPTIONS, data_dir=server.data_dir)
        (heard, *_) = late.wait_for(1)
        wait_until(lambda: outbox(server) == [], "the outbox to be empty")
    finally:
        late.close()
    assert heard.target == "/cb?a=1"
    assert heard.body == b"key=a&etag=5D41402ABC4B2A76B9719D911017C592"
    assert heard.headers["x-pillarbox-etag"] == given.headers["etag"]
    assert heard.headers["x-oss-request-id"] == given.headers["x-oss-request-id"]
    assert int(heard.headers["x-pillarbox-callback-id"], 16)
    if not kill:
        check_option(start_server, server)


def check_option(start_server: StartServer, server: ServerProcess) -> None:
    """It holds for the bucket without being given again, until it is taken back for good."""
    kept: list[int] = []
    for option in ((), ("--callback-retry=0s",), ()):
        if option or kept:
            server.stop()
            server = start_server(*OPTIONS, *option, data_dir=server.data_dir)
        upload(server, f"http://127.0.0.1:{unused_port()}/")
        kept.append(len(outbox(server)))
    assert kept == [1, 1, 1], "one that was kept, and none since"


def test_a_worker_that_dies_during_the_call_loses_nothing(start_server: StartServer) -> None:
    server = start_server(*RETRY)
    with site(None, answer()) as one:
        with pytest.raises(httpx.HTTPError):
            _upload_and_kill(server, one)
        server = start_server(*RETRY, data_dir=server.data_dir)
        first, second = one.wait_for(2)[:2]
        wait_until(lambda: outbox(server) == [], "the outbox to be empty")
    name = "x-pillarbox-callback-id"
    assert first.headers[name] == second.headers[name], "so that the site can ignore the second"
    assert httpx.get(f"{server.base_url}/open/a").content == b"hello"


def _upload_and_kill(server: ServerProcess, one: CallbackSite) -> None:
    """An upload whose server is gone while its site is being called."""

    def kill_during_call() -> None:
        one.wait_for(1)
        server.kill()

    killer = threading.Thread(target=kill_during_call)
    killer.start()
    try:
        upload(server, one.url())
    finally:
        killer.join()


@pytest.fixture(scope="module")
def retrying(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path_factory.mktemp("retrying"), RETRY)
    try:
        yield server
        server.stop()
    finally:
        server.end()


def test_a_site_that_answers_the_first_time_is_called_once(retrying: ServerProcess) -> None:
    with site() as one:
        given = upload(retrying, one.url())
        assert (given.status_code, given.content) == (200, GOOD)
        assert outbox(retrying) == []
    assert len(one.heard) == 1


@pytest.mark.parametrize("status", [200, 202, 404])
def test_what_was_taken_or_refused_is_not_kept(retrying: ServerProcess, status: int) -> None:
    with site(answer(b"no", status)) as one:
        assert upload(retrying, one.url()).status_code == 203
        assert outbox(retrying) == []
    assert len(one.heard) == 1


def test_without_the_option_there_is_one_try(start_server: StartServer) -> None:
    server = start_server(*OPTIONS)
    assert upload(server, f"http://127.0.0.1:{unused_port()}/").status_code == 203
    assert outbox(server) == []


def test_the_operator_lists_replays_and_drops(start_server: StartServer) -> None:
    server = start_server(*RETRY)
    port = unused_port()
    for key in ("a\x1b[31m", "b"):
        upload(server, f"http://127.0.0.1:{port}/", key)
    wait_until(lambda: all(row[0] for row in outbox(server)), "failed attempts")
    home, data = server.data_dir.parent, str(server.data_dir)
    listed = run(home, "callbacks", "list", "--data", data)
    assert (listed.returncode, listed.stderr) == (0, "")
    first, second = listed.stdout.splitlines()
    assert 'open/"a\\u001b[31m"' in first
    assert "\x1b" not in listed.stdout
    assert "can not connect" in second
    first_id, second_id = first.split()[0], second.split()[0]
    dropped = run(home, "callbacks", "drop", first_id, "--data", data)
    assert (dropped.returncode, dropped.stdout) == (0, "1 dropped\n")
    late = CallbackSite(port=port)
    try:
        again = run(home, "callbacks", "replay", "--all", "--data", data)
        assert again.returncode == 0
        (heard, *_) = late.wait_for(1)
        wait_until(lambda: outbox(server) == [], "the outbox to be empty")
    finally:
        late.close()
    assert heard.headers["x-pillarbox-callback-id"] == second_id
    assert {one.headers["x-pillarbox-callback-id"] for one in late.heard} == {second_id}
