"""The admin address of a running server: each number is changed by what it tells of."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from pillarbox.server.admin import why_not_ready
from pillarbox.server.drain import Drain
from pillarbox.storage.blobs.blob_id import BlobIds
from pillarbox.storage.layout import Layout
from pillarbox.storage.store import Store
from tests.callback_site import answer, site
from tests.conftest import StartServer
from tests.server.scraping import AdminClient, Scraped, admin_of_notice
from tests.server_process import ServerProcess, wait_until
from tests.storage.stores import new_data_dir

OPTIONS = (
    *("--admin", "127.0.0.1:0", "--callback-allow", "127.0.0.1"),
    *("--init-bucket", "open:public-read-write"),
)
REQUESTS = "pillarbox_requests_total"
LARGE = b"x" * 200_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    process = ServerProcess(tmp_path_factory.mktemp("server"), OPTIONS)
    try:
        yield process
        process.stop()
    finally:
        process.end()


@pytest.fixture
def admin(server: ServerProcess) -> AdminClient:
    return AdminClient(server)


def post(server: ServerProcess, content: bytes = b"x", **fields: str) -> httpx.Response:
    data = {"key": "a", **fields}
    return httpx.post(f"{server.base_url}/open", data=data, files={"file": content})


def test_requests_by_operation_dialect_and_code(server: ServerProcess, admin: AdminClient) -> None:
    before = admin.scrape()
    assert post(server, LARGE).status_code == 204
    assert httpx.get(f"{server.base_url}/open/a").content == LARGE
    assert httpx.get(f"{server.base_url}/open/no").status_code == 404
    s3 = {"Authorization": "AWS nobody:c2ln", "Date": "Mon, 01 Jan 2024 00:00:00 GMT"}
    refused = httpx.get(f"{server.base_url}/open/a", headers=s3)
    assert refused.status_code == 403

    def more(after: Scraped, name: str, **labels: str) -> float:
        return after.value(name, **labels) - before.value(name, **labels)

    after = admin.wait_for(
        lambda now: more(now, REQUESTS, operation="GetObject") == 3, "three requests"
    )
    assert more(after, REQUESTS, operation="PostObject", dialect="oss", status="204") == 1
    assert more(after, REQUESTS, operation="GetObject", status="200", code="") == 1
    assert more(after, REQUESTS, operation="GetObject", status="404", code="NoSuchKey") == 1
    assert more(after, REQUESTS, operation="GetObject", dialect="s3", status="403") == 1
    received = more(after, "pillarbox_received_bytes_total", operation="PostObject")
    assert len(LARGE) < received < len(LARGE) + 1000
    sent = more(after, "pillarbox_sent_bytes_total", operation="GetObject")
    assert len(LARGE) < sent < len(LARGE) + 5000
    seconds = "pillarbox_request_duration_seconds"
    assert more(after, f"{seconds}_count", operation="GetObject") == 3
    assert more(after, f"{seconds}_bucket", operation="GetObject", le="+Inf") == 3
    assert more(after, f"{seconds}_sum", operation="PostObject") > 0
    for what in ("blob", "folder", "catalog"):
        assert more(after, "pillarbox_sync_duration_seconds_count", what=what) >= 1
    assert more(after, "pillarbox_commit_changes_sum") >= 1
    assert more(after, "pillarbox_commit_duration_seconds_count") >= 1
    assert after.value("pillarbox_commit_queue_changes") == 0


def test_refused_forms_by_code(server: ServerProcess, admin: AdminClient) -> None:
    labels = {"dialect": "oss", "code": "InvalidArgument"}
    before = admin.scrape().value("pillarbox_refused_forms_total", **labels)
    refused = post(server, policy="none")
    assert refused.status_code == 400
    assert "<Code>InvalidArgument</Code>" in refused.text
    admin.wait_for(
        lambda now: now.value("pillarbox_refused_forms_total", **labels) == before + 1,
        "the refused form",
    )


def test_what_runs_at_the_moment(server: ServerProcess, admin: AdminClient) -> None:
    """A request that waits for its body, and connections that ask for nothing."""
    address = ("127.0.0.1", server.port)
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(socket.create_connection(address))
        upload = stack.enter_context(socket.create_connection(address))
        upload.sendall(b"PUT /open/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
        admin.wait_for(
            lambda now: (
                now.value("pillarbox_requests_in_flight") == 1
                and now.value("pillarbox_open_connections") >= 4
            ),
            "one request on four connections",
        )
    admin.wait_for(
        lambda now: (
            now.value("pillarbox_requests_in_flight") == 0
            and now.value("pillarbox_open_connections") == 0
        ),
        "their end",
    )


def test_callbacks(server: ServerProcess, admin: AdminClient) -> None:
    attempts, given_up = "pillarbox_callback_attempts_total", "pillarbox_callbacks_given_up_total"
    before = admin.scrape()
    with site(answer(), answer(status=500)) as one:
        call = {"callbackUrl": one.url(), "callbackBody": "a=b"}
        callback = base64.b64encode(json.dumps(call).encode()).decode()
        assert [post(server, callback=callback).status_code for _ in range(2)] == [200, 203]
    after = admin.scrape()
    for outcome in ("answered", "failed"):
        assert after.value(attempts, outcome=outcome) == before.value(attempts, outcome=outcome) + 1
    assert after.value(given_up) == before.value(given_up) + 1
    assert after.value("pillarbox_callbacks_waiting") == 0


def test_every_process_is_told_of(server: ServerProcess, admin: AdminClient) -> None:
    scraped = admin.scrape()
    pids = {
        "supervisor": server.pid,
        "worker": server.worker_pid,
        "keeper": server.keeper_pid,
    }
    for name, pid in pids.items():
        assert scraped.value("process_cpu_seconds_total", process=name) > 0
        assert scraped.value("process_resident_memory_bytes", process=name) > 1_000_000
        assert 3 <= scraped.value("process_open_fds", process=name) <= 1000
        limits = Path(f"/proc/{pid}/limits").read_text()
        (line,) = [line for line in limits.splitlines() if line.startswith("Max open files")]
        assert str(int(scraped.value("process_max_fds", process=name))) in line.split()
    started = {name: scraped.value("process_start_time_seconds", process=name) for name in pids}
    assert started["supervisor"] <= started["keeper"] <= started["worker"]
    assert scraped.value("pillarbox_build_info") == 1
    assert scraped.value("pillarbox_disk_free_bytes") > 0


def test_odd_requests_make_no_series_of_their_own(
    server: ServerProcess, admin: AdminClient
) -> None:
    """Labels are the server's words: no bucket, key, parameter, method or code of a client's."""

    def flood(client: httpx.Client, start: int, count: int) -> None:
        for number in range(start, start + count):
            url = f"{server.base_url}/odd-bucket-{number}/odd-key-{number}"
            client.get(url)
            client.get(f"{server.base_url}/open/odd-key-{number}?odd-query-{number}=1")
            client.request(f"ODD{number}", url)
            client.get(f"{server.base_url}/-/odd-page-{number}")
            client.post(f"{server.base_url}/open", content=b"odd", headers={"Content-Type": "x"})
            client.get(url, headers={"Authorization": f"OSS odd-id-{number}:c2ln"})
            client.get(url, headers={"Host": f"odd-host-{number}.example"})

    def answered(scraped: Scraped) -> float:
        return scraped.value(REQUESTS)

    begun = answered(admin.scrape())
    with httpx.Client() as client:
        flood(client, 0, 1)
        first = admin.wait_for(lambda now: answered(now) >= begun + 7, "seven odd requests")
        flood(client, 1, 20)
        after = admin.wait_for(
            lambda now: answered(now) >= answered(first) + 140, "all odd requests"
        )
    assert after.series == first.series
    assert "odd" not in after.text.lower()


def test_no_secret_and_no_name_is_told(server: ServerProcess, admin: AdminClient) -> None:
    post(server, key="told-nowhere/a.txt")
    key = server.access_key
    texts = [admin.get(f"/-/{page}").text for page in ("metrics", "live", "ready", "else")]
    for word in (key.id, key.secret, "told-nowhere", '"open"', str(server.data_dir)):
        assert not any(word in text for text in texts), word


@pytest.mark.parametrize("page", ["metrics", "live", "ready"])
def test_nothing_of_it_is_on_the_public_address(
    server: ServerProcess, admin: AdminClient, page: str
) -> None:
    assert admin.get(f"/-/{page}").status_code == 200
    for host in ("127.0.0.1", "open.localhost"):
        public = httpx.get(f"{server.base_url}/-/{page}", headers={"Host": host})
        assert (public.status_code, "pillarbox_" in public.text) == (404, False)
    assert httpx.get(f"{admin.url}/open/a").status_code == 404


def test_without_the_option_nobody_listens_and_nothing_is_written(
    module_server: ServerProcess,
) -> None:
    assert "admin" not in module_server.output
    assert not Layout(module_server.data_dir).metrics.exists()


def test_a_new_worker_goes_on_counting(start_server: StartServer) -> None:
    server = start_server(*OPTIONS)
    admin = AdminClient(server)
    post(server)
    admin.wait_for(lambda now: now.value(REQUESTS, operation="PostObject") == 1, "the first form")
    with socket.create_connection(("127.0.0.1", server.port)) as upload:
        upload.sendall(b"PUT /open/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
        admin.wait_for(lambda now: now.value("pillarbox_requests_in_flight") == 1, "an upload")
        before = server.worker_pid
        assert before is not None
        os.kill(before, signal.SIGKILL)

    def has_come() -> bool:
        try:
            return admin.get("/-/ready").status_code == 200 and server.worker_pid != before
        except httpx.TransportError:
            return False

    wait_until(has_come, "another worker")
    assert post(server).status_code == 204
    after = admin.wait_for(
        lambda now: now.value(REQUESTS, operation="PostObject") == 2, "the second form"
    )
    assert after.value("pillarbox_requests_in_flight") == 0

    # The keeper's numbers go on as well, and so does its hold on the port.
    runs = after.value("pillarbox_task_runs_total", task="sweep", outcome="ok")
    keeper = server.keeper_pid
    assert keeper is not None
    os.kill(keeper, signal.SIGKILL)
    admin.wait_for(
        lambda now: now.value("pillarbox_task_runs_total", task="sweep", outcome="ok") > runs,
        "another keeper's first sweep",
    )


def test_ready_says_when_the_server_stops(start_server: StartServer) -> None:
    server = start_server(*OPTIONS, "--log-format", "json")
    url = admin_of_notice(server.notices).removesuffix("/-/metrics")
    with socket.create_connection(("127.0.0.1", server.port)) as upload:
        upload.sendall(b"PUT /open/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
        wait_until(
            lambda: "pillarbox_requests_in_flight 1" in httpx.get(f"{url}/-/metrics").text,
            "the upload",
        )
        assert httpx.get(f"{url}/-/ready").status_code == 200
        server.signal(signal.SIGTERM)
        wait_until(lambda: httpx.get(f"{url}/-/ready").status_code == 503, "the drain")
        assert httpx.get(f"{url}/-/ready").text == "not ready: the server is stopping\n"
        assert httpx.get(f"{url}/-/live").text == "live\n"
        upload.sendall(b"cde")
        assert upload.recv(4096).startswith(b"HTTP/1.1 200 ")
    assert server.wait() == 0


def test_sweeps(start_server: StartServer, tmp_path: Path) -> None:
    """What a dead run has left is deleted by the keeper, at its first round."""
    data_dir = new_data_dir(tmp_path)
    folder = Layout(data_dir).blobs / "0123456789abcdef0123"
    folder.mkdir()
    ids = BlobIds(folder.name)
    for size in (1000, 234):
        (folder / ids.file()).write_bytes(b"x" * size)
    scraped = AdminClient(start_server(*OPTIONS, data_dir=data_dir)).wait_for(
        lambda now: now.value("pillarbox_task_runs_total", task="sweep", outcome="ok") >= 1,
        "a sweep",
    )
    assert scraped.value("pillarbox_deleted_files_total", task="sweep") == 2
    assert scraped.value("pillarbox_deleted_bytes_total", task="sweep") == 1234
    ended = scraped.value("pillarbox_task_last_end_timestamp_seconds", task="sweep")
    assert ended > scraped.value("process_start_time_seconds", process="supervisor")


def test_a_catalog_that_does_not_answer(tmp_path: Path) -> None:
    data_dir = new_data_dir(tmp_path)

    async def run() -> tuple[str | None, str | None]:
        store = await Store.open(data_dir)
        try:
            good = await why_not_ready(store, Drain(1))
            catalog = Layout(data_dir).catalog
            catalog.write_bytes(os.urandom(8192))
            Path(f"{catalog}-wal").write_bytes(b"")
            return good, await why_not_ready(store, Drain(1))
        finally:
            await store.close()

    good, bad = asyncio.run(run())
    assert good is None
    assert bad is not None
    assert bad.startswith("the catalog does not answer: ")
