"""The door to accounts, users, roles and AccessKeys, for the operator on the server's machine.

Synchronous, and good beside running servers: their caches are told before a method returns, so a
revoked AccessKey is refused by the next request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from pillarbox.model.accounts import (
    Account,
    KeySummary,
    Role,
    User,
    check_display_name,
    check_name,
    check_session_seconds,
)
from pillarbox.model.objects import AccessKey
from pillarbox.storage import clock
from pillarbox.storage.blobs.durability import WHOLE, Durability
from pillarbox.storage.catalog import access_keys, identities
from pillarbox.storage.catalog.identities import HolderKind
from pillarbox.storage.control import Control, existing_account
from pillarbox.storage.layout import Layout
from pillarbox.storage.new_names import new_account_id, new_key_id, new_secret
from pillarbox.storage.sealing import Sealer
from pillarbox.storage.store_key import read_store_key

#: AccessKeys of an account and of a user (OSS: "Access control": an account has at most five).
MAX_KEYS = 5


class Identities:
    """The identities of a prepared data directory.

    Methods raise ValueError for what can't be, saying why, and SQLAlchemy's errors.
    """

    def __init__(self, data_dir: Path, durability: Durability = WHOLE) -> None:
        """Raises OSError or ValueError if the store's key can't be read."""
        self._layout = Layout(data_dir)
        self._sealer = Sealer(read_store_key(self._layout))
        self._control = Control(data_dir, durability)

    def close(self) -> None:
        """Let go of the catalog."""
        self._control.close()

    # --- accounts -----------------------------------------------------------------------------

    def accounts(self) -> Sequence[Account]:
        """Every account, oldest first."""
        with self._control.reading() as connection:
            return identities.all_accounts(connection)

    def root_account_id(self) -> str:
        """The account of the root AccessKey."""
        with self._control.reading() as connection:
            return self._root_key(connection).account_id

    def create_account(self, display_name: str) -> Account:
        """A new account, under a new number; `display_name` is for people alone."""
        check_display_name(display_name)
        with self._control.changing() as connection:
            return identities.add_account(connection, new_account_id(), display_name)

    def enable_account(self, account_id: str, *, enabled: bool) -> None:
        """Let an account's AccessKeys and sessions do anything, or nothing.

        The account of the root AccessKey can't be disabled.
        """
        with self._control.changing() as connection:
            existing_account(connection, account_id)
            if any(key.is_root for key in access_keys.keys_of(connection, account_id)):
                raise ValueError(
                    f"account {account_id} has the root AccessKey and can't be disabled"
                )
            identities.change_account(connection, account_id, enabled=enabled)

    def delete_account(self, account_id: str) -> None:
        """Forget an account that has nothing left."""
        with self._control.changing() as connection:
            existing_account(connection, account_id)
            if identities.is_account_in_use(connection, account_id):
                raise ValueError(
                    f"account {account_id} still has buckets, users, roles or AccessKeys: "
                    "delete them first, or disable it"
                )
            identities.delete_account(connection, account_id)

    # --- users and roles ----------------------------------------------------------------------

    def users(self, account_id: str) -> Sequence[User]:
        """The users of an account, by name."""
        with self._control.reading() as connection:
            existing_account(connection, account_id)
            return identities.users_of(connection, account_id)

    def create_user(self, account_id: str, name: str) -> None:
        """A user who may do nothing yet."""
        check_name("user", name)
        with self._control.changing() as connection:
            existing_account(connection, account_id)
            if identities.has_holder(connection, account_id, "user", name):
                raise ValueError(f"account {account_id} has a user {name!r} already")
            identities.add_user(connection, account_id, name)

    def delete_user(self, account_id: str, name: str) -> None:
        """Forget a user, and its AccessKeys with it."""
        with self._control.changing() as connection:
            _holder(connection, account_id, "user", name)
            identities.delete_user(connection, account_id, name)

    def roles(self, account_id: str) -> Sequence[Role]:
        """The roles of an account, by name."""
        with self._control.reading() as connection:
            existing_account(connection, account_id)
            return identities.roles_of(connection, account_id)

    def put_role(self, account_id: str, name: str, trust: str, max_session_seconds: int) -> Role:
        """A new role, or other rules for one that is there; its policies stay.

        Args:
            trust: JSON of a trust policy that was read and found good.
        """
        check_name("role", name)
        check_session_seconds(max_session_seconds)
        with self._control.changing() as connection:
            existing_account(connection, account_id)
            before = identities.find_role(connection, account_id, name)
            created_ms = clock.now_ms() if before is None else before.created_ms
            role = Role(account_id, name, created_ms, trust, max_session_seconds)
            identities.put_role(connection, role)
            return role

    def delete_role(self, account_id: str, name: str) -> None:
        """Forget a role; its running sessions may do nothing more."""
        with self._control.changing() as connection:
            _holder(connection, account_id, "role", name)
            identities.delete_role(connection, account_id, name)

    def attach(
        self, account_id: str, kind: HolderKind, holder: str, name: str, document: str
    ) -> None:
        """Attach a policy to a user or role, in place of one of that name.

        Args:
            document: JSON of a RAM policy that was read and found good.
        """
        check_name("policy", name)
        with self._control.changing() as connection:
            _holder(connection, account_id, kind, holder)
            identities.attach_policy(connection, account_id, kind, holder, name, document)

    def detach(self, account_id: str, kind: HolderKind, holder: str, name: str) -> None:
        """Take a policy off a user or role."""
        with self._control.changing() as connection:
            _holder(connection, account_id, kind, holder)
            if not identities.detach_policy(connection, account_id, kind, holder, name):
                raise ValueError(f"the {kind} {holder!r} has no policy {name!r}")

    # --- AccessKeys ---------------------------------------------------------------------------

    def keys(self, account_id: str | None = None, user: str | None = None) -> Sequence[KeySummary]:
        """The AccessKeys of an account (None for all), or of one of its users, oldest first."""
        with self._control.reading() as connection:
            return access_keys.keys_of(connection, account_id, user)

    def create_key(self, account_id: str, user: str | None) -> AccessKey:
        """A new AccessKey of an account, or of one of its users. The secret is told only here."""
        with self._control.changing() as connection:
            existing_account(connection, account_id)
            if user is not None:
                _holder(connection, account_id, "user", user)
            return self._new_key(connection, account_id, user)

    def rotate_key(self, key_id: str) -> AccessKey:
        """A new AccessKey for whom `key_id` is; the old one goes on until it is disabled.

        Not for the root AccessKey, which can't be disabled: see `new_root_secret`.
        """
        with self._control.changing() as connection:
            old = _key(connection, key_id)
            _refuse_root(old)
            return self._new_key(connection, old.account_id, old.user)

    def enable_key(self, key_id: str, *, enabled: bool) -> None:
        """Let an AccessKey sign, or not. The root AccessKey can't be disabled."""
        with self._control.changing() as connection:
            _refuse_root(_key(connection, key_id))
            access_keys.enable_key(connection, key_id, enabled=enabled)

    def delete_key(self, key_id: str) -> None:
        """Forget an AccessKey. The root AccessKey can't be deleted."""
        with self._control.changing() as connection:
            _refuse_root(_key(connection, key_id))
            access_keys.delete_key(connection, key_id)

    def new_root_secret(self) -> AccessKey:
        """The root AccessKey with another secret, told only here; the former one signs no more.

        A server that is given a root AccessKey by its environment goes back to that at its start.
        """
        with self._control.changing() as connection:
            key = replace(self._root_key(connection), secret=new_secret())
            access_keys.replace_root_key(connection, key, self._sealer)
            # Left by an earlier version; what it says is no longer true.
            self._layout.root_access_key.unlink(missing_ok=True)
            return key

    def _root_key(self, connection: Connection) -> AccessKey:
        found = access_keys.find_root_key(connection, self._sealer)
        if found is None:
            raise ValueError("the store has no root AccessKey yet: start the server once")
        return found

    def _new_key(self, connection: Connection, account_id: str, user: str | None) -> AccessKey:
        held = [
            key
            for key in access_keys.keys_of(connection, account_id, user)
            if key.user == user and not key.is_root
        ]
        if len(held) >= MAX_KEYS:
            whose = f"account {account_id}" if user is None else f"user {user!r}"
            raise ValueError(f"{whose} has {len(held)} AccessKeys: delete one that nobody needs")
        key = AccessKey(new_key_id(), new_secret(), account_id, user=user)
        access_keys.add_key(connection, key, self._sealer)
        return key


def _holder(connection: Connection, account_id: str, kind: HolderKind, name: str) -> None:
    existing_account(connection, account_id)
    if not identities.has_holder(connection, account_id, kind, name):
        raise ValueError(
            f"account {account_id} has no {kind} {name!r}: see `pillarbox {kind} list`"
        )


def _key(connection: Connection, key_id: str) -> KeySummary:
    found = access_keys.find_summary(connection, key_id)
    if found is None:
        raise ValueError(f"there is no AccessKey {key_id!r}: see `pillarbox key list`")
    return found


def _refuse_root(key: KeySummary) -> None:
    if key.is_root:
        raise ValueError(
            f"{key.id} is the root AccessKey: `pillarbox key root --new` gives it another secret"
        )
