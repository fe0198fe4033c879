"""AccessKeys in the catalog. Secrets lie there sealed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from pillarbox.model.accounts import KeySummary
from pillarbox.model.objects import AccessKey
from pillarbox.storage import clock
from pillarbox.storage.catalog.identities import policies_of
from pillarbox.storage.catalog.schema import access_keys, accounts
from pillarbox.storage.sealing import Sealer, is_sealed

_ROOT = "root"
_USER = "user"


def find_access_key(connection: Connection, key_id: str, sealer: Sealer) -> AccessKey | None:
    """The AccessKey of that id, enabled or not, with the policies of its user."""
    row = connection.execute(_keys().where(access_keys.c.id == key_id)).one_or_none()
    return None if row is None else _access_key(connection, row, sealer)


def find_root_key(connection: Connection, sealer: Sealer) -> AccessKey | None:
    """The AccessKey that the server was last started with."""
    row = connection.execute(_keys().where(access_keys.c.kind == _ROOT)).one_or_none()
    return None if row is None else _access_key(connection, row, sealer)


def replace_root_key(connection: Connection, key: AccessKey, sealer: Sealer) -> None:
    """Make `key` the only root AccessKey; its account is made if it is new."""
    known = select(accounts.c.id).where(accounts.c.id == key.account_id)
    if connection.execute(known).one_or_none() is None:
        connection.execute(
            insert(accounts).values(
                id=key.account_id, display_name="root", created_ms=clock.now_ms()
            )
        )
    connection.execute(
        delete(access_keys).where((access_keys.c.kind == _ROOT) | (access_keys.c.id == key.id))
    )
    _insert(connection, key, _ROOT, sealer)


def add_key(connection: Connection, key: AccessKey, sealer: Sealer) -> None:
    """Keep a new AccessKey."""
    _insert(connection, key, _USER, sealer)


def keys_of(
    connection: Connection, account_id: str | None, user: str | None = None
) -> Sequence[KeySummary]:
    """The AccessKeys of an account (None for all), or of one of its users, oldest first."""
    found = _keys().order_by(access_keys.c.created_ms, access_keys.c.id)
    if account_id is not None:
        found = found.where(access_keys.c.account_id == account_id)
    if user is not None:
        found = found.where(access_keys.c.user_name == user)
    return [_summary(row) for row in connection.execute(found)]


def find_summary(connection: Connection, key_id: str) -> KeySummary | None:
    """What is told of an AccessKey."""
    row = connection.execute(_keys().where(access_keys.c.id == key_id)).one_or_none()
    return None if row is None else _summary(row)


def enable_key(connection: Connection, key_id: str, *, enabled: bool) -> None:
    """Let an AccessKey sign, or not."""
    connection.execute(
        update(access_keys).where(access_keys.c.id == key_id).values(enabled=enabled)
    )


def delete_key(connection: Connection, key_id: str) -> None:
    """Forget an AccessKey."""
    connection.execute(delete(access_keys).where(access_keys.c.id == key_id))


def is_any_sealed(connection: Connection) -> bool:
    """Whether a secret was sealed before, so that the store's key must be the former one."""
    return any(is_sealed(secret) for secret in connection.scalars(select(access_keys.c.secret)))


def seal_all(connection: Connection, sealer: Sealer) -> None:
    """Seal the secrets of a catalog of before, in which they lie open."""
    for key_id, secret in connection.execute(select(access_keys.c.id, access_keys.c.secret)).all():
        if not is_sealed(secret):
            sealed = sealer.seal(secret, key_id)
            connection.execute(
                update(access_keys).where(access_keys.c.id == key_id).values(secret=sealed)
            )


def _keys() -> Select[Any]:
    # A key whose account is gone is one of no account that may do anything.
    account = access_keys.outerjoin(accounts, accounts.c.id == access_keys.c.account_id)
    return select(access_keys, accounts.c.enabled.label("account_enabled")).select_from(account)


def _access_key(connection: Connection, row: Row[Any], sealer: Sealer) -> AccessKey:
    policies = (
        {}
        if row.user_name is None
        else policies_of(connection, row.account_id, "user", row.user_name)
    )
    return AccessKey(
        row.id,
        sealer.open(row.secret, row.id),
        row.account_id,
        row.enabled,
        row.user_name,
        policies,
        bool(row.account_enabled),
    )


def _summary(row: Row[Any]) -> KeySummary:
    return KeySummary(
        row.id, row.account_id, row.user_name, row.enabled, row.created_ms, row.kind == _ROOT
    )


def _insert(connection: Connection, key: AccessKey, kind: str, sealer: Sealer) -> None:
    connection.execute(
        insert(access_keys).values(
            id=key.id,
            account_id=key.account_id,
            kind=kind,
            secret=sealer.seal(key.secret, key.id),
            created_ms=clock.now_ms(),
            user_name=key.user,
        )
    )
