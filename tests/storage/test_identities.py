"""Accounts, users, roles and AccessKeys through the operator's door."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pillarbox.model.objects import AccessKey
from pillarbox.storage.identities import MAX_KEYS, Identities
from pillarbox.storage.store import Store
from tests.storage.stores import rows

POLICY = '{"Version":"1","Statement":[]}'


@pytest.fixture
def door(data_dir: Path) -> Iterator[Identities]:
    with closing(Identities(data_dir)) as opened:
        yield opened


def looked_up(data_dir: Path, key_id: str) -> AccessKey | None:
    async def run() -> AccessKey | None:
        store = await Store.open(data_dir)
        try:
            return await store.access_key(key_id)
        finally:
            await store.close()

    return asyncio.run(run())


def test_the_first_account_is_that_of_the_root_key(door: Identities) -> None:
    (account,) = door.accounts()
    (key,) = door.keys()
    assert (account.id, key.is_root, key.user) == (door.root_account_id(), True, None)


def test_an_account_comes_and_goes(door: Identities) -> None:
    made = door.create_account("Fabrikam")
    assert door.accounts()[-1] == made
    door.enable_account(made.id, enabled=False)
    changed = door.accounts()[-1]
    assert (changed.display_name, changed.enabled) == ("Fabrikam", False)
    key = door.create_key(made.id, None)
    with pytest.raises(ValueError, match="still has"):
        door.delete_account(made.id)
    door.delete_key(key.id)
    door.delete_account(made.id)
    assert [account.id for account in door.accounts()] == [door.root_account_id()]


def test_a_user_has_policies_and_keys(door: Identities, data_dir: Path) -> None:
    account = door.root_account_id()
    door.create_user(account, "webform")
    door.attach(account, "user", "webform", "uploads", POLICY)
    key = door.create_key(account, "webform")
    assert looked_up(data_dir, key.id) == AccessKey(
        key.id, key.secret, account, user="webform", policies={"uploads": POLICY}
    )
    door.attach(account, "user", "webform", "uploads", "{}")
    (user,) = door.users(account)
    assert user.policies == {"uploads": "{}"}
    door.detach(account, "user", "webform", "uploads")
    found = looked_up(data_dir, key.id)
    assert found is not None
    assert found.policies == {}
    door.delete_user(account, "webform")
    assert looked_up(data_dir, key.id) is None
    assert not rows(data_dir, "SELECT * FROM attached_policies")


def test_users_of_two_accounts_are_two(door: Identities, data_dir: Path) -> None:
    first, second = door.root_account_id(), door.create_account("other").id
    for account in (first, second):
        door.create_user(account, "same")
    door.attach(first, "user", "same", "p", POLICY)
    key = door.create_key(second, "same")
    found = looked_up(data_dir, key.id)
    assert found is not None
    assert (found.account_id, found.policies) == (second, {})


def test_a_role_keeps_its_policies_when_its_rules_change(door: Identities) -> None:
    account = door.root_account_id()
    made = door.put_role(account, "uploader", POLICY, 3600)
    assert made.arn == f"acs:ram::{account}:role/uploader"
    door.attach(account, "role", "uploader", "p", POLICY)
    door.put_role(account, "uploader", "{}", 900)
    (role,) = door.roles(account)
    assert (role.trust, role.max_session_seconds, role.policies) == ("{}", 900, {"p": POLICY})
    assert role.created_ms == made.created_ms
    door.delete_role(account, "uploader")
    assert door.roles(account) == []


def test_a_key_is_rotated_disabled_deleted(door: Identities, data_dir: Path) -> None:
    account = door.root_account_id()
    door.create_user(account, "webform")
    old = door.create_key(account, "webform")
    new = door.rotate_key(old.id)
    assert new.user == "webform"
    assert new.id != old.id
    assert new.secret != old.secret
    door.enable_key(old.id, enabled=False)
    found = looked_up(data_dir, old.id)
    assert found is not None
    assert not found.enabled
    door.enable_key(old.id, enabled=True)
    door.delete_key(old.id)
    assert [key.id for key in door.keys(account, "webform")] == [new.id]


def test_the_root_key_stays(door: Identities) -> None:
    (root,) = door.keys()
    changes: tuple[Callable[[], None], ...] = (
        lambda: door.enable_key(root.id, enabled=False),
        lambda: door.delete_key(root.id),
    )
    for change in changes:
        with pytest.raises(ValueError, match="root AccessKey"):
            change()


def test_nobody_has_many_keys(door: Identities) -> None:
    account = door.root_account_id()
    for _ in range(MAX_KEYS):
        door.create_key(account, None)
    with pytest.raises(ValueError, match="5 AccessKeys"):
        door.create_key(account, None)


def test_what_is_not_there(door: Identities) -> None:
    account = door.root_account_id()
    acts: tuple[tuple[Callable[[], object], str], ...] = (
        (lambda: door.create_user("1", "x"), "no account '1'"),
        (lambda: door.create_key(account, "x"), "no user 'x'"),
        (lambda: door.delete_user(account, "x"), "no user 'x'"),
        (lambda: door.attach(account, "role", "x", "p", POLICY), "no role 'x'"),
        (lambda: door.rotate_key("x"), "no AccessKey 'x'"),
        (lambda: door.create_user(account, "a b"), "is not 1 to 64 letters"),
        (lambda: door.put_role(account, "a/b", POLICY, 900), "is not 1 to 64 letters"),
        (lambda: door.put_role(account, "a", POLICY, 899), "899 seconds is not 15m to 12h"),
        (lambda: door.put_role(account, "a", POLICY, 43_201), "43201 seconds is not 15m to 12h"),
        (lambda: door.create_account(" "), "is not 1 to 128 characters"),
        (lambda: door.create_account("x" * 129), "is not 1 to 128 characters"),
        (lambda: door.enable_account(account, enabled=False), "has the root AccessKey"),
    )
    for act, flaw in acts:
        with pytest.raises(ValueError, match=flaw):
            act()
    door.create_user(account, "x")
    with pytest.raises(ValueError, match="already"):
        door.create_user(account, "x")
    with pytest.raises(ValueError, match="no policy 'p'"):
        door.detach(account, "user", "x", "p")


def test_secrets_lie_sealed(door: Identities, data_dir: Path) -> None:
    key = door.create_key(door.root_account_id(), None)
    stored = [str(secret) for (secret,) in rows(data_dir, "SELECT secret FROM access_keys")]
    assert all(secret.startswith("sealed:") for secret in stored)
    files = [path for path in data_dir.rglob("*") if path.is_file()]
    assert not [path for path in files if key.secret.encode() in path.read_bytes()]


def test_a_running_store_sees_changes_at_once(door: Identities, data_dir: Path) -> None:
    async def run() -> None:
        store = await Store.open(data_dir)
        key = door.create_key(door.root_account_id(), None)
        try:
            assert await store.access_key(key.id) is not None
            door.enable_key(key.id, enabled=False)
            found = await store.access_key(key.id)
            assert found is not None
            assert not found.enabled
            door.delete_key(key.id)
            assert await store.access_key(key.id) is None
        finally:
            await store.close()

    asyncio.run(run())
