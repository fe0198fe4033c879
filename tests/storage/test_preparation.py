from __future__ import annotations

import stat
from pathlib import Path

import pytest

from pillarbox.model.acl import BucketAcl
from pillarbox.model.objects import AccessKey
from pillarbox.model.refusals import Refusal
from pillarbox.storage.layout import Layout
from pillarbox.storage.preparation import (
    ensure_bucket,
    prepare,
    read_callback_key,
)
from tests.storage.stores import rows


def test_the_first_start_generates_a_key_that_lies_open_nowhere(tmp_path: Path) -> None:
    data_dir = tmp_path / "deep" / "data"
    key, created = prepare(data_dir)
    assert created
    assert len(key.secret) >= 32
    assert key.account_id.isdigit()
    assert prepare(data_dir) == (key, False)
    assert rows(data_dir, "SELECT id FROM accounts") == [(key.account_id,)]
    for path in data_dir.rglob("*"):
        assert not path.is_file() or key.secret.encode() not in path.read_bytes(), path.name


def test_two_directories_have_nothing_in_common(tmp_path: Path) -> None:
    one, _ = prepare(tmp_path / "one")
    two, _ = prepare(tmp_path / "two")
    assert one.id != two.id
    assert one.secret != two.secret


def test_nobody_else_can_read_anything(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    prepare(data_dir)
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
    for path in data_dir.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path.name


def test_a_directory_of_wider_rights_still_hides_what_is_in_it(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir(0o755)
    prepare(data_dir)
    for path in data_dir.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path.name


def test_a_given_key_replaces_the_stored_one(tmp_path: Path) -> None:
    generated, _ = prepare(tmp_path)
    given, created = prepare(tmp_path, AccessKey("me", "secret", account_id=""))
    assert not created
    assert (given.id, given.secret) == ("me", "secret")
    assert given.account_id == generated.account_id, "buckets keep their owner"
    assert rows(tmp_path, "SELECT id FROM access_keys") == [("me",)]
    # The next start without one goes on with it.
    assert prepare(tmp_path) == (given, False)


def test_what_an_earlier_version_kept_open_goes_when_it_is_no_longer_true(tmp_path: Path) -> None:
    generated, _ = prepare(tmp_path)
    kept = Layout(tmp_path).root_access_key
    kept.write_text("{}")
    for same in (None, generated):
        assert prepare(tmp_path, same) == (generated, False)
        assert kept.exists()
    prepare(tmp_path, AccessKey("me", "secret", account_id=""))
    assert not kept.exists()


def test_a_given_key_is_never_written_beside_the_catalog(tmp_path: Path) -> None:
    key, created = prepare(tmp_path, AccessKey("me", "s3cr3t-of-mine", account_id="x"))
    assert not created
    assert key.account_id.isdigit()
    for path in tmp_path.rglob("*"):
        if path.is_file() and not path.name.startswith("catalog.sqlite3"):
            assert b"s3cr3t" not in path.read_bytes(), path.name


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (AccessKey("", "s", ""), "AccessKey id '' is not 1 to 128"),
        (AccessKey("a b", "s", ""), "AccessKey id 'a b' is not 1 to 128"),
        (AccessKey("me", "", ""), "secret is empty"),
    ],
)
def test_a_key_that_can_not_sign_is_refused(tmp_path: Path, key: AccessKey, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        prepare(tmp_path / "data", key)
    assert not (tmp_path / "data").exists()


def test_a_bucket_is_made_once(tmp_path: Path) -> None:
    prepare(tmp_path)
    made = ensure_bucket(tmp_path, "cvs", BucketAcl.PUBLIC_READ, owner_id="1", region="r")
    again = ensure_bucket(tmp_path, "cvs", BucketAcl.PRIVATE, owner_id="1", region="other")
    assert made == again
    assert made.acl is BucketAcl.PUBLIC_READ
    with pytest.raises(Refusal, match="InvalidBucketName"):
        ensure_bucket(tmp_path, "CVs", BucketAcl.PRIVATE, owner_id="1", region="r")


def test_the_key_for_callbacks_is_made_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="prepare the directory first"):
        read_callback_key(tmp_path)
    prepare(tmp_path)
    made = read_callback_key(tmp_path).public_pem()
    prepare(tmp_path)
    assert read_callback_key(tmp_path).public_pem() == made
    file = tmp_path / "callback-key.pem"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("-----BEGIN")
    for use in (prepare, read_callback_key):
        with pytest.raises(ValueError, match="holds no RSA key: put the former one back"):
            use(tmp_path)
