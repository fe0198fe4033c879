"""`pillarbox stat`: what a store tells of an object or a bucket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from pillarbox.cli.bucket_table import bucket_members
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

_HEADERS = {
    "content-type": "contentType",
    "cache-control": "cacheControl",
    "content-disposition": "contentDisposition",
    "content-encoding": "contentEncoding",
    "content-language": "contentLanguage",
    "expires": "expires",
    "x-oss-object-type": "type",
    "x-oss-storage-class": "storageClass",
    "x-oss-server-side-encryption": "encryption",
    "x-oss-tagging-count": "tags",
    "x-oss-version-id": "versionId",
}
_META = "x-oss-meta-"


def stat(
    address: Annotated[
        str,
        typer.Argument(metavar="oss://BUCKET[/KEY]", help="Object or bucket.", show_default=False),
    ],
    endpoint: Endpoint = None,
    access_key_id: AccessKeyId = None,
    token: Token = None,
    profile: ProfileName = None,
    region: Region = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell what is known about an object, or about a bucket: a line each."""
    store = StoreOptions(endpoint, access_key_id, token, profile, region)
    with failures_told("stat"):
        where = Address.parse(address)
        if where.key:
            where.check_object()
        with connected(store, where.bucket) as connection:
            told = _object(connection, where) if where.key else _bucket(connection, where.bucket)
    if as_json:
        typer.echo(json.dumps(told, indent=2))
        return
    width = max(map(len, told))
    for name, value in told.items():
        shown = (
            ", ".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else value
        )
        typer.echo(f"{name:<{width}}  {plain(str(shown))}")


def _object(connection: Connection, where: Address) -> dict[str, object]:
    from pillarbox.client.objects import Objects

    facts = Objects(connection).head(where)
    told: dict[str, object] = {
        "address": str(where),
        "size": facts.size,
        "modified": facts.modified.isoformat(),
        "etag": facts.etag.strip('"'),
    }
    if facts.crc64 is not None:
        # As text: readers of JSON make a float of a number this large.
        told["crc64"] = str(facts.crc64)
    told |= {
        name: facts.headers[header] for header, name in _HEADERS.items() if header in facts.headers
    }
    metadata = {
        name.removeprefix(_META): value
        for name, value in sorted(facts.headers.items())
        if name.startswith(_META)
    }
    if metadata:
        told["metadata"] = metadata
    return told


def _bucket(connection: Connection, name: str) -> dict[str, object]:
    from pillarbox.client.buckets import Buckets

    info = Buckets(connection).info(name)
    return {**bucket_members(info.listed), "acl": info.acl, "owner": info.owner}
