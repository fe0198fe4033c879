"""`pillarbox rm`: objects, or with -r all that lies in a folder."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from pillarbox.cli.store_access import connected, failures_told
from pillarbox.cli.store_options import (
    AccessKeyId,
    Endpoint,
    ProfileName,
    Region,
    StoreOptions,
    Token,
)
from pillarbox.client.address import Address
from pillarbox.model.plain_text import plain

if TYPE_CHECKING:
    from pillarbox.client.connection import Connection

T = TypeVar("T")


def rm(
    addresses: Annotated[
        list[str],
        typer.Argument(metavar="oss://BUCKET/KEY...", help="Objects.", show_default=False),
    ],
    recursive: Annotated[
        bool,
        typer.Option(
            "-r",
            "--recursive",
            help="Also all whose keys begin with KEY/; of a bucket without KEY all it holds.",
        ),
    ] = False,
    versions: Annotated[
        bool,
        typer.Option("--versions", help="With -r: all versions and delete markers too, for good."),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Ask nothing; a terminal is asked before -r.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would be removed, and remove nothing.")
    ] = False,
    endpoint: Endpoint = None,
    access_key_id: AccessKeyId = None,
    token: Token = None,
    profile: ProfileName = None,
    region: Region = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON: the addresses that were removed.")
    ] = False,
) -> None:
    """Remove objects; one that isn't there is no error, as everywhere in OSS."""
    store = StoreOptions(endpoint, access_key_id, token, profile, region)
    with failures_told("rm"):
        targets = [Address.parse(text) for text in addresses]
        if versions and not recursive:
            raise ValueError("--versions removes all of a bucket or folder: give -r as well")
        for target in targets:
            if not recursive:
                _check_single(target)
        with connected(store, targets[0].bucket) as connection:
            if recursive and not (yes or dry_run):
                _ask(targets)
            removed: list[str] = []
            for target in targets:
                if versions:
                    found: Iterator[object] = _remove_versions(connection, target, dry_run=dry_run)
                else:
                    found = _remove(connection, target, recursive=recursive, dry_run=dry_run)
                for gone in found:
                    removed.append(str(gone))
                    if not as_json:
                        word = "Would remove" if dry_run else "Removed"
                        typer.echo(f"{word} {plain(str(gone))}")
    if not removed and not as_json:
        typer.echo("Nothing is there", err=True)
    if as_json:
        typer.echo(json.dumps({"removed": removed, "dryRun": dry_run}, indent=2))


def _check_single(target: Address) -> None:
    if not target.key:
        raise ValueError(
            f"{str(target)!r} is a bucket: rm -r empties it, pillarbox bucket delete removes it"
        )
    target.check_object()


def _ask(targets: Sequence[Address]) -> None:
    if not sys.stdin.isatty():
        return
    named = ", ".join(plain(str(target)) for target in targets)
    if not typer.confirm(f"Remove all that lies in {named}?", err=True):
        raise typer.Exit(1)


def _remove(
    connection: Connection, target: Address, *, recursive: bool, dry_run: bool
) -> Iterator[Address]:
    """What was removed, once it was."""
    from pillarbox.client.listing import list_tree
    from pillarbox.client.objects import MAX_DELETED, Objects

    objects = Objects(connection)
    if not recursive:
        if not dry_run:
            objects.delete(target)
        yield target
        return
    found = (listed.key for listed in list_tree(connection, target))
    for keys in _batches(found, MAX_DELETED):
        if not dry_run:
            objects.delete_many(target.bucket, keys)
        yield from (Address(target.bucket, key) for key in keys)


def _remove_versions(connection: Connection, target: Address, *, dry_run: bool) -> Iterator[str]:
    """What was removed, once it was: each version by its id."""
    from pillarbox.client.objects import MAX_DELETED
    from pillarbox.client.versions import delete_versions, list_versions

    for batch in _batches(list_versions(connection, target), MAX_DELETED):
        if not dry_run:
            delete_versions(connection, target.bucket, batch)
        for one in batch:
            yield f"{Address(target.bucket, one.key)} version {one.version_id}"


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
