"""Accounts, users, roles and their policies in the catalog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, exists, insert, select, update

from pillarbox.model.accounts import Account, Role, User
from pillarbox.storage import clock
from pillarbox.storage.catalog.schema import (
    access_keys,
    accounts,
    attached_policies,
    buckets,
    roles,
    users,
)

HolderKind = Literal["user", "role"]

_TABLES = {"user": users, "role": roles}


# --- accounts ----------------------------------------------------------------------------------


def add_account(connection: Connection, account_id: str, display_name: str) -> Account:
    """Keep a new account."""
    created_ms = clock.now_ms()
    connection.execute(
        insert(accounts).values(id=account_id, display_name=display_name, created_ms=created_ms)
    )
    return Account(account_id, display_name, created_ms)


def all_accounts(connection: Connection) -> Sequence[Account]:
    """Every account, oldest first."""
    found = select(accounts).order_by(accounts.c.created_ms, accounts.c.id)
    return [_account(row) for row in connection.execute(found)]


def find_account(connection: Connection, account_id: str) -> Account | None:
    """The account of that id."""
    row = connection.execute(select(accounts).where(accounts.c.id == account_id)).one_or_none()
    return None if row is None else _account(row)


def change_account(connection: Connection, account_id: str, **columns: Any) -> None:
    """Change columns of an account."""
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(**columns))


def is_account_in_use(connection: Connection, account_id: str) -> bool:
    """Whether an account still has buckets, users, roles or AccessKeys."""
    owned = (
        buckets.c.owner_id == account_id,
        users.c.account_id == account_id,
        roles.c.account_id == account_id,
        access_keys.c.account_id == account_id,
    )
    return any(bool(connection.execute(select(exists().where(one))).scalar()) for one in owned)


def delete_account(connection: Connection, account_id: str) -> None:
    """Forget an account."""
    connection.execute(delete(accounts).where(accounts.c.id == account_id))


# --- users -------------------------------------------------------------------------------------


def add_user(connection: Connection, account_id: str, name: str) -> None:
    """Keep a new user."""
    connection.execute(
        insert(users).values(account_id=account_id, name=name, created_ms=clock.now_ms())
    )


def users_of(connection: Connection, account_id: str) -> Sequence[User]:
    """The users of an account, by name."""
    found = select(users).where(users.c.account_id == account_id).order_by(users.c.name)
    return [
        User(
            account_id,
            row.name,
            row.created_ms,
            policies_of(connection, account_id, "user", row.name),
        )
        for row in connection.execute(found).all()
    ]


def delete_user(connection: Connection, account_id: str, name: str) -> None:
    """Forget a user, its policies and its AccessKeys."""
    _delete_holder(connection, account_id, "user", name)
    connection.execute(
        delete(access_keys).where(
            access_keys.c.account_id == account_id, access_keys.c.user_name == name
        )
    )


# --- roles -------------------------------------------------------------------------------------


def put_role(connection: Connection, role: Role) -> None:
    """Keep a role, in place of one of that name; what is attached to it stays."""
    connection.execute(
        delete(roles).where(roles.c.account_id == role.account_id, roles.c.name == role.name)
    )
    connection.execute(
        insert(roles).values(
            account_id=role.account_id,
            name=role.name,
            trust=role.trust,
            max_session_seconds=role.max_session_seconds,
            created_ms=role.created_ms,
        )
    )


def find_role(connection: Connection, account_id: str, name: str) -> Role | None:
    """The role of that name."""
    found = select(roles).where(roles.c.account_id == account_id, roles.c.name == name)
    row = connection.execute(found).one_or_none()
    return None if row is None else _role(connection, row)


def roles_of(connection: Connection, account_id: str) -> Sequence[Role]:
    """The roles of an account, by name."""
    found = select(roles).where(roles.c.account_id == account_id).order_by(roles.c.name)
    return [_role(connection, row) for row in connection.execute(found).all()]


def delete_role(connection: Connection, account_id: str, name: str) -> None:
    """Forget a role and its policies; who is in a session of it may do nothing more."""
    _delete_holder(connection, account_id, "role", name)


# --- policies ----------------------------------------------------------------------------------


def has_holder(connection: Connection, account_id: str, kind: HolderKind, name: str) -> bool:
    """Whether there is a user or role of that name."""
    table = _TABLES[kind]
    found = exists().where(table.c.account_id == account_id, table.c.name == name)
    return bool(connection.execute(select(found)).scalar())


def policies_of(
    connection: Connection, account_id: str, kind: HolderKind, name: str
) -> Mapping[str, str]:
    """Name to document of what is attached to a user or role."""
    found = (
        select(attached_policies.c.name, attached_policies.c.document)
        .where(*_held_by(account_id, kind, name))
        .order_by(attached_policies.c.name)
    )
    return {row.name: row.document for row in connection.execute(found)}


def attach_policy(
    connection: Connection,
    account_id: str,
    kind: HolderKind,
    holder: str,
    name: str,
    document: str,
) -> None:
    """Attach a document under a name, in place of one of that name."""
    detach_policy(connection, account_id, kind, holder, name)
    connection.execute(
        insert(attached_policies).values(
            account_id=account_id,
            holder_kind=kind,
            holder_name=holder,
            name=name,
            document=document,
        )
    )


def detach_policy(
    connection: Connection, account_id: str, kind: HolderKind, holder: str, name: str
) -> bool:
    """Take a document off; whether there was one."""
    gone = connection.execute(
        delete(attached_policies).where(
            *_held_by(account_id, kind, holder), attached_policies.c.name == name
        )
    )
    return gone.rowcount > 0


def _held_by(account_id: str, kind: HolderKind, name: str) -> tuple[Any, ...]:
    return (
        attached_policies.c.account_id == account_id,
        attached_policies.c.holder_kind == kind,
        attached_policies.c.holder_name == name,
    )


def _delete_holder(connection: Connection, account_id: str, kind: HolderKind, name: str) -> None:
    table = _TABLES[kind]
    connection.execute(delete(attached_policies).where(*_held_by(account_id, kind, name)))
    connection.execute(delete(table).where(table.c.account_id == account_id, table.c.name == name))


def _account(row: Row[Any]) -> Account:
    return Account(
        row.id,
        row.display_name,
        row.created_ms,
        row.enabled,
        row.quota_bytes,
        row.quota_objects,
    )


def _role(connection: Connection, row: Row[Any]) -> Role:
    account = find_account(connection, row.account_id)
    return Role(
        row.account_id,
        row.name,
        row.created_ms,
        row.trust,
        row.max_session_seconds,
        policies_of(connection, row.account_id, "role", row.name),
        account is not None and account.enabled,
    )
