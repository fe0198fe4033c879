"""Two workers of one store, each asked by itself: what one was told or has written, both know."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from pillarbox.signing import header_v1
from pillarbox.storage.identities import Identities
from tests.roles import Roles, may_assume, policy
from tests.server.scraping import AdminClient
from tests.server_process import TEST_KEY, ServerProcess, wait_until
from tests.wire import sts_calls
from tests.wire.identities import new_user
from tests.wire.raw_http import Connection, Headers, RawAnswer, head
from tests.wire.rest import now
from tests.wire.signatures import policy_field, v1_fields
from tests.wire.store_client import FORM_TYPE, form

ROOT = (TEST_KEY.id, TEST_KEY.secret)


class Worker:
    """One worker, over a connection that it holds."""

    def __init__(self, server: ServerProcess, pid: int) -> None:
        self._server = server
        self._pid = pid
        self._connection: Connection | None = None

    def connect(self) -> None:
        """Connect until it is this worker that accepts."""
        self.close()
        tried: list[Connection] = []

        def connected() -> bool:
            tried.append(Connection(self._server.port))
            tried[-1].send(head(b"GET", b"/-/callback.pem", []))
            assert tried[-1].answer().status == 200
            return _socket_of(self._server.port, tried[-1].own_port) in _sockets(self._pid)

        wait_until(connected, "a connection to the worker")
        self._connection = tried.pop()
        for other in tried:
            other.close()

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Headers = (),
        *,
        key: tuple[str, str] | None = None,
        resource: str = "",
    ) -> RawAnswer:
        """One request; with a key it is signed, as one for `resource` if that isn't `path`."""
        assert self._connection is not None
        own = [*headers, (b"Content-Length", b"%d" % len(body))]
        if key is not None:
            own.append((b"Date", now()))
            lower = [(name.lower(), value) for name, value in own]
            text = header_v1.string_to_sign(method, lower, (resource or path).encode())
            signature = header_v1.authorization(key[0], header_v1.sign(key[1], text))
            own.append((b"Authorization", signature.encode()))
        self._connection.send(head(method.encode(), path.encode(), own), body)
        return self._connection.answer(to_head=method == "HEAD")

    def post(self, bucket: str, name: str, key: tuple[str, str] | None = None) -> RawAnswer:
        """Post a form, signed by a key."""
        fields = {"key": name}
        if key is not None:
            conditions = [["starts-with", "$key", ""]]
            fields |= v1_fields(*key, policy_field(conditions))
        typed = [(b"Content-Type", FORM_TYPE)]
        return self.ask("POST", f"/{bucket}", form(fields), typed)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


@dataclass(frozen=True)
class Pair:
    server: ServerProcess
    one: Worker
    other: Worker


def _socket_of(port: int, peer_port: int) -> str:
    """The server's end of a connection, as descriptors name it (proc(5), `net/tcp`)."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        ports = [int(end.rpartition(":")[2], 16) for end in fields[1:3]]
        if ports == [port, peer_port]:
            return f"socket:[{fields[9]}]"
    return ""


def _sockets(pid: int) -> set[str]:
    found = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.add(str(link.readlink()))
        except FileNotFoundError:
            continue
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(
        tmp_path_factory.mktemp("workers"),
        (
            *("--workers", "2", "--init-bucket", "open:public-read-write"),
            *("--init-bucket", "own:private", "--admin", "127.0.0.1:0"),
        ),
    )
    yield server
    try:
        server.stop()
    finally:
        server.end()


@pytest.fixture
def pair(server: ServerProcess) -> Iterator[Pair]:
    """The server's two workers."""
    one, other = (Worker(server, pid) for pid in sorted(server.worker_pids))
    try:
        one.connect()
        other.connect()
        yield Pair(server, one, other)
    finally:
        one.close()
        other.close()


def test_what_one_has_answered_the_other_has_at_once(pair: Pair) -> None:
    for number in range(50):
        body = b"%d" % number
        assert pair.one.ask("PUT", "/open/a", body).status == 200
        assert pair.other.ask("GET", "/open/a").body == body
        assert pair.other.ask("DELETE", "/open/a", key=ROOT).status == 204
        assert pair.one.ask("GET", "/open/a", key=ROOT).status == 404


def test_a_disabled_key_is_refused_by_both(pair: Pair) -> None:
    with closing(Identities(pair.server.data_dir)) as door:
        account = door.root_account_id()
        user = new_user(
            pair.server.port, door, account, "eric", policy("oss:*", "acs:oss:*:*:own/*")
        )
        assert user.key_id is not None
        key = (user.key_id, user.secret)
        for _ in range(3):
            for worker in (pair.one, pair.other):
                assert worker.post("own", "a", key).status == 204
                assert worker.ask("GET", "/own/a", key=key).status == 200
            door.enable_key(key[0], enabled=False)
            for worker in (pair.one, pair.other):
                assert worker.post("own", "a", key).status == 403
                assert worker.ask("GET", "/own/a", key=key).status == 403
            door.enable_key(key[0], enabled=True)
        door.detach(account, "user", "eric", "policy-0")
        for worker in (pair.one, pair.other):
            assert worker.post("own", "a", key).status == 403


def test_an_acl_that_one_was_told_holds_for_the_other(pair: Pair) -> None:
    assert pair.one.ask("PUT", "/own/b", b"x", key=ROOT).status == 200
    for acl, status in [("public-read", 200), ("private", 403)] * 5:
        told = [(b"x-oss-acl", acl.encode())]
        answer = pair.one.ask("PUT", "/own?acl", headers=told, key=ROOT, resource="/own/?acl")
        assert answer.status == 200, answer.body
        assert pair.other.ask("GET", "/own/b").status == status
        assert pair.one.ask("GET", "/own/b").status == status


def test_cors_rules_that_one_was_told_hold_for_the_other(pair: Pair) -> None:
    origin = [(b"Origin", b"https://a.example"), (b"Access-Control-Request-Method", b"PUT")]
    rules = (
        b"<CORSConfiguration><CORSRule><AllowedOrigin>https://a.example</AllowedOrigin>"
        b"<AllowedMethod>PUT</AllowedMethod></CORSRule></CORSConfiguration>"
    )
    for _ in range(5):
        cors = "/open?cors"
        assert pair.one.ask("PUT", cors, rules, key=ROOT, resource="/open/?cors").status == 200
        assert pair.other.ask("OPTIONS", "/open/c", headers=origin).status == 200
        assert pair.one.ask("DELETE", cors, key=ROOT, resource="/open/?cors").status == 204
        assert pair.other.ask("OPTIONS", "/open/c", headers=origin).status == 403


def test_of_two_who_forbid_overwriting_one_wins(pair: Pair) -> None:
    forbid = [(b"x-oss-forbid-overwrite", b"true")]
    with ThreadPoolExecutor(2) as threads:
        for number in range(10):
            path = f"/open/contested-{number}"
            for worker in (pair.one, pair.other):
                worker.connect()  # a refusal that leaves a body unread ends the connection
            answers = threads.map(
                lambda worker, path=path: worker.ask("PUT", path, b"x", forbid).status,
                (pair.one, pair.other),
            )
            assert sorted(answers) == [200, 409]


def test_parts_may_come_to_either(pair: Pair) -> None:
    begun = pair.one.ask("POST", "/own/parted?uploads", key=ROOT)
    upload = begun.body.partition(b"<UploadId>")[2].partition(b"</UploadId>")[0].decode()
    etags = []
    for number, worker in enumerate((pair.other, pair.one, pair.other), 1):
        target = f"/own/parted?partNumber={number}&uploadId={upload}"
        answer = worker.ask("PUT", target, b"%d" % number * 200_000, key=ROOT)
        etags.append(answer.header("etag"))
    document = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"
        for number, etag in enumerate(etags, 1)
    )
    body = f"<CompleteMultipartUpload>{document}</CompleteMultipartUpload>".encode()
    done = pair.one.ask("POST", f"/own/parted?uploadId={upload}", body, key=ROOT)
    assert done.status == 200, done.body
    for worker in (pair.one, pair.other):
        found = worker.ask("GET", "/own/parted", key=ROOT)
        assert found.body == b"1" * 200_000 + b"2" * 200_000 + b"3" * 200_000


def test_a_call_of_sts_is_heard_by_one(pair: Pair) -> None:
    roles = Roles(pair.server.data_dir)
    arn = roles.role()
    user = roles.user(may_assume(arn))
    for _ in range(5):
        asked = {"RoleArn": arn, "RoleSessionName": "app", "Format": "JSON"}
        call = urlencode(sts_calls.signed(user, "POST", asked)).encode()
        first = pair.one.ask("POST", "/", call, [sts_calls.FORM_TYPE])
        again = pair.other.ask("POST", "/", call, [sts_calls.FORM_TYPE])
        assert first.status == 200, first.body
        assert (again.status, sts_calls.members(again)["Code"]) == (400, "SignatureNonceUsed")


def test_requests_have_ids_of_their_own(pair: Pair) -> None:
    ids = {
        worker.ask("GET", "/open/none").header("x-oss-request-id")
        for worker in (pair.one, pair.other)
        for _ in range(20)
    }
    assert len(ids) == 40
    for request_id in ids:
        pair.server.wait_for_output(str(request_id))


def test_both_keep_why_a_form_was_refused(pair: Pair) -> None:
    ids = []
    for worker in (pair.one, pair.other):
        answer = worker.post("own", "refused")
        assert answer.status == 403
        ids.append(answer.header("x-oss-request-id"))
    folder = pair.server.data_dir / "refused-forms"
    wait_until(
        lambda: all(str(one) in _all_text(folder) for one in ids), "the lines of both refusals"
    )


def test_metrics_are_the_sums_over_both(pair: Pair) -> None:
    admin = AdminClient(pair.server)
    before = admin.scrape().value("pillarbox_requests_total", operation="PutObject")
    for count, worker in ((2, pair.one), (3, pair.other)):
        for _ in range(count):
            assert worker.ask("PUT", "/open/counted", b"x").status == 200
    told = admin.wait_for(
        lambda now: now.value("pillarbox_requests_total", operation="PutObject") == before + 5,
        "the five requests",
    )
    processes = {dict(labels)["process"] for labels in told.labels("process_cpu_seconds_total")}
    assert processes == {"supervisor", "keeper", "worker-1", "worker-2"}


def _all_text(folder: Path) -> str:
    return "".join(path.read_text() for path in folder.glob("*.jsonl"))
