"""Accounts and AccessKeys in the catalog."""

from __future__ import annotations

import time

from sqlalchemy import Connection, delete, insert, select

from pillarbox.model.objects import AccessKey
from pillarbox.storage.catalog import rows
from pillarbox.storage.catalog.schema import access_keys, accounts

_ROOT = "root"


def find_access_key(connection: Connection, key_id: str) -> AccessKey | None:
    """The AccessKey of that id, enabled or not."""
    found = select(access_keys).where(access_keys.c.id == key_id)
    row = connection.execute(found).one_or_none()
    return None if row is None else rows.access_key(row)


def find_root_key(connection: Connection) -> AccessKey | None:
    """The AccessKey that the server was last started with."""
    found = select(access_keys).where(access_keys.c.kind == _ROOT)
    row = connection.execute(found).one_or_none()
    return None if row is None else rows.access_key(row)


def replace_root_key(connection: Connection, key: AccessKey) -> None:
    """Make `key` the only root AccessKey; its account is made if it is new."""
    now_ms = time.time_ns() // 1_000_000
    known = select(accounts.c.id).where(accounts.c.id == key.account_id)
    if connection.execute(known).one_or_none() is None:
        connection.execute(
            insert(accounts).values(id=key.account_id, display_name="root", created_ms=now_ms)
        )
    connection.execute(
        delete(access_keys).where((access_keys.c.kind == _ROOT) | (access_keys.c.id == key.id))
    )
    connection.execute(
        insert(access_keys).values(
            id=key.id,
            account_id=key.account_id,
            kind=_ROOT,
            secret=key.secret,
            created_ms=now_ms,
        )
    )
