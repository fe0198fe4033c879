"""Control changes: what an operator sets beside running servers, noticed by each at once.

Accounts, AccessKeys, policies, quotas, documents of buckets: servers keep them in memory, and drop
what they have when the generation changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sqlalchemy import Connection

from pillarbox.model.accounts import Account
from pillarbox.model.objects import Bucket
from pillarbox.storage.blobs.durability import WHOLE, Durability
from pillarbox.storage.catalog import buckets, identities
from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.generation import Generation
from pillarbox.storage.layout import Layout


class Control:
    """The catalog of a data directory, for who changes what servers keep in memory."""

    def __init__(self, data_dir: Path, durability: Durability = WHOLE) -> None:
        """Raises OSError if the counter of the caches can't be opened."""
        layout = Layout(data_dir)
        self._catalog = Catalog(layout, durability)
        self._generation = Generation(layout.generation)

    def close(self) -> None:
        """Let go of the catalog."""
        self._generation.close()
        self._catalog.close()

    def reading(self) -> AbstractContextManager[Connection]:
        """See `Catalog.reading`."""
        return self._catalog.reading()

    @contextmanager
    def changing(self) -> Iterator[Connection]:
        """A transaction that every running process notices when it is done."""
        with (
            self._catalog.locked(),
            self._generation.changing(),
            self._catalog.transaction() as connection,
        ):
            yield connection


def existing_account(connection: Connection, account_id: str) -> Account:
    """The account of that id; ValueError if there is none, saying where they are listed."""
    found = identities.find_account(connection, account_id)
    if found is None:
        raise ValueError(f"there is no account {account_id!r}: see `pillarbox account list`")
    return found


def existing_bucket(connection: Connection, name: str) -> Bucket:
    """The bucket of that name; ValueError likewise."""
    found = buckets.find_bucket(connection, name)
    if found is None:
        raise ValueError(f"there is no bucket {name!r}: see `pillarbox bucket list`")
    return found
