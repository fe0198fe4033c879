"""`pillarbox cat`: objects to standard output."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from pillarbox.cli.store_access import check_transfer_extra, connected, failures_told
from pillarbox.cli.store_options import (
    AccessKeyId,
    Endpoint,
    ProfileName,
    Region,
    StoreOptions,
    Token,
)
from pillarbox.client.address import Address


def cat(
    addresses: Annotated[
        list[str],
        typer.Argument(metavar="oss://BUCKET/KEY...", help="Objects.", show_default=False),
    ],
    endpoint: Endpoint = None,
    access_key_id: AccessKeyId = None,
    token: Token = None,
    profile: ProfileName = None,
    region: Region = None,
) -> None:
    """Write objects to standard output, one behind the other; each is checked at its end."""
    with failures_told("cat"):
        check_transfer_extra()
        sources = [Address.parse(text) for text in addresses]
        for source in sources:
            source.check_object()
        store = StoreOptions(endpoint, access_key_id, token, profile, region)
        from pillarbox.client.download import Downloader

        with connected(store, sources[0].bucket) as connection:
            for source in sources:
                Downloader(connection).download_stream(source, sys.stdout.buffer.write)
                sys.stdout.buffer.flush()
