"""Alibaba's SDK for Python against a store of `pillarbox.testing`."""

from __future__ import annotations

from collections.abc import Iterator

import oss2
import pytest

from pillarbox.testing import RunningStore, running_store


@pytest.fixture
def store() -> Iterator[RunningStore]:
    with running_store(buckets={"resumes": "private"}) as running:
        yield running


def bucket_of(store: RunningStore, secret: str) -> oss2.Bucket:
    return oss2.Bucket(oss2.Auth(store.access_key_id, secret), store.endpoint, "resumes")


def test_objects(store: RunningStore) -> None:
    bucket = bucket_of(store, store.access_key_secret)
    bucket.put_object("2030/cv.pdf", b"%PDF" * 50_000)
    assert bucket.get_object("2030/cv.pdf").read() == b"%PDF" * 50_000
    assert store.read("resumes", "2030/cv.pdf") == b"%PDF" * 50_000
    assert store.keys("resumes") == [found.key for found in oss2.ObjectIterator(bucket)]
    bucket.delete_object("2030/cv.pdf")
    assert store.keys("resumes") == []


def test_a_wrong_secret(store: RunningStore) -> None:
    with pytest.raises(oss2.exceptions.SignatureDoesNotMatch):
        bucket_of(store, "another-secret").put_object("a", b"")
    assert store.keys("resumes") == []
