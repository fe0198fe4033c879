"""Several removals at once by S3: each by its own right, and no work for who has none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from pillarbox.forms import Credentials
from pillarbox.model.acl import ObjectAcl
from pillarbox.model.deletion import Deletion, Removal
from pillarbox.storage.store import Store
from pillarbox.testing import running_store
from tests.server_process import TEST_KEY
from tests.wire.documents import md5_header
from tests.wire.raw_http import RawAnswer
from tests.wire.s3_signer import S3Signer

KEYS = ("a", "b", "c")


@pytest.fixture(scope="module")
def running() -> Iterator[S3Signer]:
    credentials = Credentials(TEST_KEY.id, TEST_KEY.secret)
    buckets = {"open": "public-read-write", "closed": "private"}
    with running_store(buckets=buckets, credentials=credentials) as store:
        yield S3Signer(store.port, TEST_KEY.id, TEST_KEY.secret)


@pytest.fixture
def owner(running: S3Signer) -> S3Signer:
    """Of two buckets with the same objects."""
    for bucket in ("open", "closed"):
        for key in KEYS:
            assert running.send("PUT", f"/{bucket}/{key}", body=b"bytes").status == 200
    return running


@pytest.fixture
def transactions(monkeypatch: pytest.MonkeyPatch) -> list[set[bytes]]:
    """The keys of each transaction that removes several."""
    seen: list[set[bytes]] = []
    original = Store.delete_objects

    async def watched(store: Store, bucket: Any, removals: Sequence[Removal]) -> list[Deletion]:
        seen.append({removal.key for removal in removals})
        return await original(store, bucket, removals)

    monkeypatch.setattr(Store, "delete_objects", watched)
    return seen


def delete(caller: S3Signer, bucket: str, *keys: str) -> RawAnswer:
    lines = "".join(f"<Object><Key>{key}</Key></Object>" for key in keys)
    body = f"<Delete>{lines}</Delete>".encode()
    answer = caller.send("POST", f"/{bucket}", "delete", [md5_header(body)], body)
    assert answer.status == 200
    return answer


def there(owner: S3Signer, bucket: str) -> list[str]:
    return [key for key in KEYS if owner.send("HEAD", f"/{bucket}/{key}").status == 200]


def test_all_at_once(owner: S3Signer, transactions: list[set[bytes]]) -> None:
    delete(owner, "closed", *KEYS)
    assert there(owner, "closed") == []
    assert transactions == [{b"a", b"b", b"c"}]


def test_who_may_remove_nothing_begins_no_transaction(
    owner: S3Signer, transactions: list[set[bytes]]
) -> None:
    answer = delete(owner.anybody(), "closed", *KEYS, *(f"none-{n}" for n in range(900)))
    assert answer.body.count(b"<Code>AccessDenied</Code>") == 903
    assert answer.body.count(b"<Message>Access Denied</Message>") == 903
    assert there(owner, "closed") == list(KEYS)
    assert transactions == []


def test_an_object_s_own_acl(owner: S3Signer, transactions: list[set[bytes]]) -> None:
    closed = [(b"x-amz-acl", b"private")]
    assert owner.send("PUT", "/open/b", "acl", closed).status == 200
    answer = delete(owner.anybody(), "open", *KEYS)
    assert answer.body.count(b"<Code>AccessDenied</Code>") == 1
    assert there(owner, "open") == ["b"]
    assert transactions == [{b"a", b"c"}]


def test_an_acl_that_changes_meanwhile(owner: S3Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    original = Store.delete_objects

    async def late(store: Store, bucket: Any, removals: Sequence[Removal]) -> list[Deletion]:
        await store.set_object_acl(bucket, b"b", ObjectAcl.PRIVATE)
        return await original(store, bucket, removals)

    monkeypatch.setattr(Store, "delete_objects", late)
    answer = delete(owner.anybody(), "open", *KEYS)
    assert answer.body.count(b"<Deleted>") == 2
    assert answer.body.count(b"<Code>AccessDenied</Code>") == 1
    assert there(owner, "open") == ["b"]


def test_a_key_twice(owner: S3Signer) -> None:
    answer = delete(owner, "closed", "a", "a")
    assert answer.body.count(b"<Deleted>") == 2
    assert there(owner, "closed") == ["b", "c"]
