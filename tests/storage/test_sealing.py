"""Secrets at rest, and the key that seals them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pillarbox.storage.blobs.durability import WHOLE
from pillarbox.storage.layout import Layout
from pillarbox.storage.preparation import prepare
from pillarbox.storage.sealing import Sealer, WrongStoreKeyError, is_sealed
from pillarbox.storage.store_key import VARIABLE, ensure_store_key, read_store_key

KEY = b"k" * 32


def test_opens_what_it_sealed() -> None:
    sealed = Sealer(KEY).seal("sécret", "id")
    assert is_sealed(sealed)
    assert "cret" not in sealed
    assert Sealer(KEY).open(sealed, "id") == "sécret"
    assert Sealer(KEY).seal("sécret", "id") != sealed


@pytest.mark.parametrize(("key", "owner"), [(b"l" * 32, "id"), (KEY, "other")])
def test_opens_for_nobody_else(key: bytes, owner: str) -> None:
    sealed = Sealer(KEY).seal("secret", "id")
    with pytest.raises(WrongStoreKeyError, match=owner):
        Sealer(key).open(sealed, owner)


@pytest.mark.parametrize("text", ["sealed:", "sealed:AAAA", "sealed:é", "secret"])
def test_what_was_never_sealed(text: str) -> None:
    with pytest.raises(WrongStoreKeyError):
        Sealer(KEY).open(text, "id")


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    made = ensure_store_key(layout, WHOLE, {})
    assert len(made) == 32
    assert ensure_store_key(layout, WHOLE, {}) == made == read_store_key(layout, {})
    assert layout.store_key.stat().st_mode & 0o777 == 0o600


def test_the_environment_has_it_first_and_no_file_is_made(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    assert ensure_store_key(layout, WHOLE, {VARIABLE: "6b" * 32}) == KEY
    assert not layout.store_key.exists()


def test_a_key_that_is_none(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    with pytest.raises(FileNotFoundError, match="put it back"):
        read_store_key(layout, {})
    with pytest.raises(ValueError, match=f"{VARIABLE} is not 64 hexadecimal"):
        read_store_key(layout, {VARIABLE: "abc"})
    layout.store_key.write_bytes(b"\xff")
    with pytest.raises(ValueError, match="store-key is not 64 hexadecimal"):
        read_store_key(layout, {})


def test_a_lost_key_is_not_made_anew(tmp_path: Path) -> None:
    prepare(tmp_path)
    kept = Layout(tmp_path).store_key.read_bytes()
    Layout(tmp_path).store_key.unlink()
    with pytest.raises(FileNotFoundError, match="put it back"):
        prepare(tmp_path)
    assert not Layout(tmp_path).store_key.exists()
    Layout(tmp_path).store_key.write_bytes(kept)
    prepare(tmp_path)


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    prepare(tmp_path)
    Layout(tmp_path).store_key.write_text("ab" * 32)
    with pytest.raises(WrongStoreKeyError, match="put the former one back"):
        prepare(tmp_path)


def test_secrets_of_before_are_sealed_at_the_next_start(tmp_path: Path) -> None:
    key, _ = prepare(tmp_path)
    with closing(sqlite3.connect(Layout(tmp_path).catalog)) as catalog, catalog:
        catalog.execute("UPDATE access_keys SET secret = ?", (key.secret,))
    assert prepare(tmp_path) == (key, False)
    with closing(sqlite3.connect(Layout(tmp_path).catalog)) as catalog:
        ((secret,),) = catalog.execute("SELECT secret FROM access_keys").fetchall()
    assert is_sealed(secret)
