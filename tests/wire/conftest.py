"""Fixtures of the tests over bare sockets: a module's stores, and keys of a test's own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from tests.wire.store_client import StoreClient

_numbers = count()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreClient]:
    """A server with the usual settings and a bucket of each kind."""
    client = StoreClient(
        tmp_path_factory.mktemp("store"),
        *("--init-bucket", "example-bucket:private"),
        *("--init-bucket", "another:private"),
        *("--init-bucket", "readable:public-read"),
        *("--init-bucket", "open:public-read-write"),
    )
    yield client
    client.end()


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreClient]:
    """A server that holds forms to stricter rules, on a disk that its operator vouches for."""
    client = StoreClient(
        tmp_path_factory.mktemp("strict"),
        *("--init-bucket", "example-bucket:private"),
        *("--init-bucket", "open:public-read-write"),
        *("--strict-forms", "--encrypted-at-rest"),
        *("--region", "eu-west-1"),
    )
    yield client
    client.end()


@pytest.fixture
def key() -> str:
    """A key that no other test uses."""
    return f"user/eric/{next(_numbers)}.txt"
