"""What a test is given: URLs and what the store holds, over real requests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from pillarbox.testing import RunningStore, running_store
from pillarbox.testing import store as store_module


@pytest.fixture(scope="module")
def store() -> Iterator[RunningStore]:
    with running_store(buckets={"resumes": "private", "other": "private"}) as running:
        yield running


def put(store: RunningStore, key: str, content: bytes = b"") -> None:
    answer = httpx.put(store.signed_url("other", key, method="PUT"), content=content)
    assert answer.status_code == 200


def test_where_it_is(store: RunningStore) -> None:
    assert store.endpoint == f"http://127.0.0.1:{store.port}"
    assert store.bucket_url("resumes") == f"{store.endpoint}/resumes"


def test_signed_urls(store: RunningStore) -> None:
    key = "ÿ/a b+%?.txt"
    put(store, key, b"hello")
    assert httpx.get(store.signed_url("other", key)).content == b"hello"
    expired = store.signed_url("other", key, expires=timedelta(seconds=-1))
    assert httpx.get(expired).status_code == 403
    assert httpx.delete(store.signed_url("other", key)).status_code == 403


@pytest.mark.parametrize("size", [0, 5, 300_000])
def test_read(store: RunningStore, size: int) -> None:
    put(store, "read/a&b", bytes(size))
    assert store.read("other", "read/a&b") == bytes(size)


def test_what_is_not_there(store: RunningStore) -> None:
    with pytest.raises(KeyError, match="resumes/missing"):
        store.read("resumes", "missing")
    with pytest.raises(KeyError, match="missing/a"):
        store.read("missing", "a")
    with pytest.raises(KeyError, match="missing"):
        store.keys("missing")
    assert store.keys("resumes") == []


def test_keys_are_those_of_all_pages(store: RunningStore, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = ["keys/\x01<&>", "keys/+ %2B", "keys/a", "keys/b", "keys/ÿ"]
    for key in reversed(keys):
        put(store, key)
    for page in (1, 2, 1000):
        monkeypatch.setattr(store_module, "_PAGE", page)
        assert store.keys("other", "keys/") == keys
    assert set(keys) <= set(store.keys("other"))


def test_what_else_goes_wrong_is_told(store: RunningStore) -> None:
    stranger = replace(store, access_key_secret="another-secret")
    with pytest.raises(RuntimeError, match=r"(?s)403.*SignatureDoesNotMatch"):
        stranger.keys("other")
    with pytest.raises(RuntimeError, match="403"):
        stranger.read("other", "a")
