"""Making a data directory ready: done by one process, before any worker opens the store."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from pillarbox.callback.signature import SigningKey
from pillarbox.model.acl import BucketAcl
from pillarbox.model.names import check_bucket_name, is_access_key_id
from pillarbox.model.objects import AccessKey, Bucket
from pillarbox.storage.blobs.durability import WHOLE, Durability
from pillarbox.storage.blobs.run_folder import sync_folder
from pillarbox.storage.catalog import access_keys, buckets
from pillarbox.storage.catalog.migration import migrate
from pillarbox.storage.control import Control
from pillarbox.storage.data_dir import make_data_dir
from pillarbox.storage.layout import FILE_MODE, FOLDER_MODE, Layout
from pillarbox.storage.new_names import new_account_id, new_key_id, new_secret
from pillarbox.storage.sealing import Sealer
from pillarbox.storage.secret_file import write_secret_file
from pillarbox.storage.store_key import ensure_store_key, read_store_key


def prepare(
    data_dir: Path, root_key: AccessKey | None = None, durability: Durability = WHOLE
) -> tuple[AccessKey, bool]:
    """Make the directory tree and the store's keys, migrate the catalog, settle the root AccessKey.

    `root_key` (its account does not matter) replaces the stored root AccessKey; without it the
    stored one stays, and at the very first start one is generated. Returns the AccessKey in force,
    and whether it was generated now: its secret lies nowhere but sealed in the catalog.

    Raises OSError if the directory can't be made or written, ValueError if `root_key` is not
    one that can sign, or one of the store's own keys can't be read or is another than before, or a
    restore into the directory was broken off.
    """
    if root_key is not None:
        _check(root_key)
    layout = Layout(data_dir)
    if layout.restoring.exists() and not layout.catalog.exists():
        raise ValueError(
            f"a restore into {data_dir} was broken off: run `pillarbox restore` again, or delete "
            f"{layout.restoring}"
        )
    _make_tree(layout, durability)
    if not layout.callback_key.exists():
        write_secret_file(layout.callback_key, SigningKey.generate().pem(), durability)
    read_callback_key(data_dir)
    with closing(Control(data_dir, durability)) as control:
        with control.changing() as connection:
            migrate(connection)
        with control.changing() as connection:
            sealer = Sealer(_store_key(connection, layout, durability))
            access_keys.seal_all(connection, sealer)
            stored = access_keys.find_root_key(connection, sealer)
            if root_key is None and stored is not None:
                return stored, False
            if root_key is None:
                key, is_new = AccessKey(new_key_id(), new_secret(), new_account_id()), True
            else:
                account_id = new_account_id() if stored is None else stored.account_id
                key, is_new = replace(root_key, account_id=account_id, enabled=True), False
            access_keys.replace_root_key(connection, key, sealer)
    if not _is_same(stored, key):
        # What an earlier version wrote there is no longer true.
        layout.root_access_key.unlink(missing_ok=True)
    return key, is_new


def ensure_bucket(
    data_dir: Path,
    name: str,
    acl: BucketAcl,
    *,
    owner_id: str,
    region: str,
    strict_forms: bool = False,
    configs: Mapping[str, str | None] | None = None,
    durability: Durability = WHOLE,
) -> Bucket:
    """The bucket of that name, made if there is none; one that stands keeps its ACL.

    `strict_forms` and `configs`, documents by kind (None for none), hold for one that stands too;
    False leaves it as it is, and so does a kind that is not named.
    Refusals `InvalidBucketName` and `TooManyBuckets`. The directory is prepared.
    """
    check_bucket_name(name)
    with (
        closing(Control(data_dir, durability)) as control,
        control.changing() as connection,
    ):
        bucket = buckets.find_bucket(connection, name)
        if bucket is None:
            bucket = buckets.create_bucket(
                connection,
                name=name,
                owner_id=owner_id,
                acl=acl,
                region=region,
                strict_forms=strict_forms,
            )
        elif strict_forms and not bucket.strict_forms:
            buckets.change_bucket(connection, bucket, strict_forms=True)
            bucket = replace(bucket, strict_forms=True)
        kept = dict(bucket.configs)
        for kind, document in (configs or {}).items():
            if document is None:
                buckets.remove_config(connection, bucket, kind)
                kept.pop(kind, None)
            else:
                buckets.set_config(connection, bucket, kind, document)
                kept[kind] = document
        return replace(bucket, configs=kept)


def read_callback_key(data_dir: Path) -> SigningKey:
    """The key that callbacks are signed with.

    Raises:
        OSError: it can't be read.
        ValueError: the file holds something else, saying how to mend it.
    """
    path = Layout(data_dir).callback_key
    try:
        return SigningKey.from_pem(path.read_bytes())
    except FileNotFoundError:
        raise FileNotFoundError(f"{path} is missing: prepare the directory first") from None
    except ValueError:
        raise ValueError(
            f"{path} holds no RSA key: put the former one back, or delete it and tell the sites "
            "that get callbacks of the new one"
        ) from None


def _make_tree(layout: Layout, durability: Durability) -> None:
    make_data_dir(layout.root, durability)
    layout.blobs.mkdir(FOLDER_MODE, exist_ok=True)
    # SQLite gives its log the permissions of the catalog, so that comes first.
    os.close(os.open(layout.catalog, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE))
    sync_folder(layout.root, durability)


def _store_key(connection: Connection, layout: Layout, durability: Durability) -> bytes:
    """The store's key; a new one only where nothing was sealed with a former one."""
    if access_keys.is_any_sealed(connection):
        return read_store_key(layout)
    return ensure_store_key(layout, durability)


def _check(key: AccessKey) -> None:
    if not is_access_key_id(key.id):
        raise ValueError(
            f"the AccessKey id {key.id!r} is not 1 to 128 letters, digits, '.', '_' or '='"
        )
    if not key.secret:
        raise ValueError("the AccessKey secret is empty")


def _is_same(stored: AccessKey | None, key: AccessKey) -> bool:
    return stored is not None and (stored.id, stored.secret) == (key.id, key.secret)
