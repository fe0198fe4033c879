"""The right to write is asked again when the object is put: a body may come slower than an ACL."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from pillarbox.model.limits import KIB
from pillarbox.storage.blobs.run_folder import holding
from pillarbox.storage.layout import Layout
from tests.server_process import PATIENCE
from tests.signing.vectors import KEY_ID, SECRET
from tests.wire.documents import md5_header
from tests.wire.identities import Signer
from tests.wire.raw_http import Connection, RawAnswer, head, request
from tests.wire.signatures import authorization, policy_field, v1_fields
from tests.wire.store_client import FORM_TYPE, StoreClient, form

#: More than stays in memory: a file that is open shows that the body was let in.
CONTENT = b"x" * (600 * KIB)

_LOCK = """UPDATE objects SET attributes =
    json_set(attributes, '$.tags', json('{"locked": "yes"}')) WHERE key = ?"""
_HIDE = "UPDATE objects SET acl = 'private' WHERE key = ?"

Begin = Callable[[StoreClient, str], "Stalled"]

_numbers = count()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreClient]:
    client = StoreClient(tmp_path_factory.mktemp("rights"))
    yield client
    client.end()


@pytest.fixture
def bucket(store: StoreClient) -> str:
    """A bucket that anybody may write to, with the object `victim`."""
    name = f"open-{next(_numbers)}"
    _set_acl(store, name, "public-read-write")
    _put(store, name, "victim", b"old")
    return name


class Stalled:
    """An upload of `CONTENT` that was let in and lacks its last bytes."""

    def __init__(self, store: StoreClient, head: bytes, body: bytes) -> None:
        self._connection = Connection(store.port)
        self._rest = body[-100:]
        self._connection.send(head, body[:-100])
        _await(lambda: store.unfinished() > 0, "the upload was not let in")

    def finish(self) -> RawAnswer:
        """Send the rest and read the answer."""
        with self._connection as connection:
            connection.send(self._rest)
            return connection.answer()


def by_form(store: StoreClient, bucket: str, fields: dict[str, str]) -> Stalled:
    body = form(fields, CONTENT)
    headers = [(b"Content-Type", FORM_TYPE), (b"Content-Length", b"%d" % len(body))]
    return Stalled(store, head(b"POST", f"/{bucket}".encode(), headers), body)


def by_anonymous_form(store: StoreClient, bucket: str) -> Stalled:
    return by_form(store, bucket, {"key": "victim"})


def by_anonymous_put(store: StoreClient, bucket: str) -> Stalled:
    headers = [(b"Content-Length", b"%d" % len(CONTENT))]
    return Stalled(store, head(b"PUT", f"/{bucket}/victim".encode(), headers), CONTENT)


@pytest.mark.parametrize("begin", [by_anonymous_form, by_anonymous_put])
class TestAnybody:
    def test_spares_an_object_made_private_meanwhile(
        self, store: StoreClient, bucket: str, begin: Begin
    ) -> None:
        upload = begin(store, bucket)
        _put(store, bucket, "victim", b"mine", (b"x-oss-object-acl", b"private"))
        self._is_denied(store, bucket, upload, b"mine")
        answer = store.signed("GET", bucket, "victim", "acl")
        assert b"<Grant>private</Grant>" in answer.body

    def test_spares_a_bucket_made_private_meanwhile(
        self, store: StoreClient, bucket: str, begin: Begin
    ) -> None:
        upload = begin(store, bucket)
        _set_acl(store, bucket, "private")
        self._is_denied(store, bucket, upload, b"old")

    def test_still_may_where_nothing_changed(
        self, store: StoreClient, bucket: str, begin: Begin
    ) -> None:
        assert begin(store, bucket).finish().status in (200, 204)
        assert store.read(bucket, "victim").body == CONTENT

    def _is_denied(self, store: StoreClient, bucket: str, upload: Stalled, kept: bytes) -> None:
        answer = upload.finish()
        assert answer.status == 403
        assert answer.error["Code"] == "AccessDenied"
        assert answer.error["EC"] == "0003-00000905"
        assert store.read(bucket, "victim").body == kept
        assert store.unfinished() == 0


def test_the_owners_form_goes_through_whatever_the_acls_become(
    store: StoreClient, bucket: str
) -> None:
    signature = v1_fields(KEY_ID, SECRET, policy_field([["starts-with", "$key", ""]]))
    upload = by_form(store, bucket, {"key": "victim", **signature})
    _put(store, bucket, "victim", b"mine", (b"x-oss-object-acl", b"private"))
    _set_acl(store, bucket, "private")
    assert upload.finish().status == 204
    assert store.read(bucket, "victim").body == CONTENT


def test_a_deletion_spares_an_object_made_private_before_its_turn(
    store: StoreClient, bucket: str
) -> None:
    deletion = head(b"DELETE", f"/{bucket}/victim".encode(), [])
    _is_denied_in_its_turn(store, bucket, deletion)


def test_a_deletion_of_many_spares_all_if_one_is_made_private_before_its_turn(
    store: StoreClient, bucket: str
) -> None:
    _put(store, bucket, "other", b"old")
    keys = b"<Object><Key>other</Key></Object><Object><Key>victim</Key></Object>"
    body = b"<Delete>" + keys + b"</Delete>"
    headers = [md5_header(body), (b"Content-Length", b"%d" % len(body))]
    _is_denied_in_its_turn(
        store, bucket, head(b"POST", f"/{bucket}?delete".encode(), headers), body
    )
    assert store.read(bucket, "other").body == b"old"


def test_a_copy_is_judged_anew_if_its_source_changed_before_its_turn(
    store: StoreClient, bucket: str
) -> None:
    source = (b"x-oss-copy-source", f"/{bucket}/victim".encode())
    copy = head(b"PUT", f"/{bucket}/copy".encode(), [source, (b"Content-Length", b"0")])
    younger = "UPDATE objects SET modified_ms = modified_ms + 1 WHERE key = ?"
    assert _meanwhile(store, younger, copy).status == 200
    assert store.read(bucket, "copy").body == b"old"
    assert store.signed("DELETE", bucket, "copy").status == 204
    _is_denied_in_its_turn(store, bucket, copy)
    assert store.read(bucket, "copy").status == 404


@pytest.mark.parametrize(
    ("method", "query", "body"),
    [
        (b"PUT", b"", b"new"),
        (b"DELETE", b"", b""),
        (b"POST", b"?uploads", b""),
        (b"PUT", b"?tagging", b"<Tagging><TagSet></TagSet></Tagging>"),
        (b"DELETE", b"?tagging", b""),
        (b"PUT", b"?acl", b""),
    ],
)
def test_what_a_policy_says_of_tags_is_asked_again_of_an_object_tagged_before_its_turn(
    store: StoreClient, bucket: str, method: bytes, query: bytes, body: bytes
) -> None:
    locked = {"StringEquals": {"oss:ExistingObjectTag/locked": "yes"}}
    policy = _policy(
        bucket,
        {"Effect": "Allow"},
        {"Effect": "Deny", "Condition": locked, "Action": ["oss:Put*", "oss:Delete*"]},
    )
    owner = Signer(store.port, KEY_ID, SECRET)
    assert owner.send("PUT", f"/{bucket}", "policy", body=policy).status == 200
    headers = [(b"Content-Length", b"%d" % len(body))]
    if query == b"?acl":
        headers.append((b"x-oss-object-acl", b"private"))
    sent = head(method, f"/{bucket}/victim".encode() + query, headers), body
    assert _meanwhile(store, "UPDATE objects SET acl = acl WHERE key = ?", *sent).status < 300
    _put(store, bucket, "victim", b"old")
    _is_denied_in_its_turn(store, bucket, *sent, change=_LOCK)


def _policy(bucket: str, *statements: dict[str, object]) -> bytes:
    """What anybody may do with the bucket's objects, as these say."""
    usual = {"Principal": "*", "Action": "oss:*", "Resource": f"acs:oss:*:*:{bucket}/victim"}
    return json.dumps({"Version": "1", "Statement": [usual | one for one in statements]}).encode()


def _is_denied_in_its_turn(
    store: StoreClient, bucket: str, *sent: bytes, change: str = _HIDE
) -> None:
    """A request to `victim` is refused if that is made private before the request's turn.

    Args:
        change: to be made instead.
    """
    answer = _meanwhile(store, change, *sent)
    assert answer.status == 403
    assert answer.error["Code"] == "AccessDenied"
    assert store.read(bucket, "victim").body == b"old"


def _meanwhile(store: StoreClient, change: str, *sent: bytes) -> RawAnswer:
    """The answer to a request that waits for its turn while `victim` is changed."""
    layout = Layout(store.server.data_dir)
    with Connection(store.port) as connection:
        with holding(layout.catalog_lock):
            connection.send(*sent)
            _await(lambda: _is_waited_for(layout.catalog_lock), "the request was not let in")
            with closing(sqlite3.connect(layout.catalog)) as catalog, catalog:
                catalog.execute(change, (b"victim",))
        return connection.answer()


def _is_waited_for(lock: Path) -> bool:
    """Whether a process waits for a flock; the lines of /proc/locks with an arrow are waiting."""
    waiting = [line for line in Path("/proc/locks").read_text().splitlines() if "->" in line]
    return any(f":{lock.stat().st_ino} " in line for line in waiting)


def _await(condition: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.01)


def _set_acl(store: StoreClient, bucket: str, acl: str) -> None:
    answer = store.signed("PUT", bucket, own={"x-oss-acl": acl})
    assert answer.status == 200, answer.body


def _put(
    store: StoreClient, bucket: str, key: str, content: bytes, *headers: tuple[bytes, bytes]
) -> None:
    own = {name.decode(): value.decode() for name, value in headers}
    resource = f"/{bucket}/{key}"
    signed = authorization(KEY_ID, SECRET, "PUT", resource, own)
    answer = request(store.port, b"PUT", resource.encode(), signed, content)
    assert answer.status == 200, answer.body
