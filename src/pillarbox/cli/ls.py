"""`pillarbox ls`: the buckets of a store, or what one of them holds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from pillarbox.cli.bucket_table import show_buckets
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
    from pillarbox.client.listing import Entry


def ls(
    address: Annotated[
        str | None,
        typer.Argument(
            metavar="[oss://BUCKET/PREFIX]",
            help="Where to look; the buckets if absent.",
            show_default=False,
        ),
    ] = None,
    recursive: Annotated[
        bool, typer.Option("-r", "--recursive", help="Every object, folders opened.")
    ] = False,
    endpoint: Endpoint = None,
    access_key_id: AccessKeyId = None,
    token: Token = None,
    profile: ProfileName = None,
    region: Region = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List buckets, or objects by key: time of change, size in bytes, key; folders as one line."""
    store = StoreOptions(endpoint, access_key_id, token, profile, region)
    with failures_told("ls"):
        if address is None:
            _list_buckets(store, as_json=as_json)
            return
        where = Address.parse(address)
        from pillarbox.client.listing import list_entries

        with connected(store, where.bucket) as connection:
            delimiter = "" if recursive else "/"
            entries = list_entries(connection, where.bucket, where.key, delimiter=delimiter)
            if as_json:
                _print_json(entries)
            elif not _print_lines(entries):
                typer.echo(f"Nothing is there: {plain(str(where))}", err=True)


def _list_buckets(store: StoreOptions, *, as_json: bool) -> None:
    from pillarbox.client.buckets import Buckets

    with connected(store) as connection:
        show_buckets(tuple(Buckets(connection).list()), as_json=as_json)


def _print_lines(entries: Iterable[Entry]) -> bool:
    found = False
    for entry in entries:
        typer.echo(_line(entry))
        found = True
    return found


def _line(entry: Entry) -> str:
    from pillarbox.client.listing import Folder

    if isinstance(entry, Folder):
        return f"{'':23}  {'folder':>13}  {plain(entry.prefix)}"
    return f"{entry.modified:%Y-%m-%d %H:%M:%S} UTC  {entry.size:>13}  {plain(entry.key)}"


def _print_json(entries: Iterable[Entry]) -> None:
    """One array, an entry a line, printed as the pages come: a bucket may hold millions."""
    before = "[\n"
    for text in _documents(entries):
        typer.echo(f"{before}  {text}", nl=False)
        before = ",\n"
    typer.echo("[]" if before == "[\n" else "\n]")


def _documents(entries: Iterable[Entry]) -> Iterator[str]:
    from pillarbox.client.listing import Folder

    for entry in entries:
        if isinstance(entry, Folder):
            yield json.dumps({"prefix": entry.prefix})
            continue
        yield json.dumps(
            {
                "key": entry.key,
                "size": entry.size,
                "modified": entry.modified.isoformat(),
                "etag": entry.etag.strip('"'),
                "type": entry.object_type,
                "storageClass": entry.storage_class,
            }
        )
