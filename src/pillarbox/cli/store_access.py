"""How a command reaches a running store: the options for it, and what it says where it can't."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from pillarbox.cli.endpoint import endpoint_url
from pillarbox.cli.secret import SECRET_VARIABLE, ask_for_secret
from pillarbox.cli.store_error_line import store_error_line
from pillarbox.client.errors import StoreError
from pillarbox.forms.endpoint import bucket_url, names_bucket, service_url
from pillarbox.forms.signed_form import Credentials

if TYPE_CHECKING:
    from pillarbox.client.buckets import Buckets

Endpoint = Annotated[
    str,
    typer.Option(
        envvar="PILLARBOX_ENDPOINT",
        help="URL of the store, such as http://127.0.0.1:9000; http if it says none.",
    ),
]
AccessKeyId = Annotated[
    str,
    typer.Option(
        "--id",
        envvar="PILLARBOX_ACCESS_KEY_ID",
        help=f"AccessKey id. The secret comes from {SECRET_VARIABLE}, or is asked for.",
    ),
]
Token = Annotated[
    str | None,
    typer.Option(
        envvar="PILLARBOX_SECURITY_TOKEN",
        help="Security token of a temporary AccessKey (STS).",
        show_default=False,
    ),
]


@contextmanager
def failures_told(command: str) -> Iterator[None]:
    """Ends the command with one line: status 2 for what was asked wrongly, 1 for the store's no."""
    try:
        yield
    except ValueError as error:
        line, status = str(error), 2
    except StoreError as error:
        line, status = store_error_line(error), 1
    else:
        return
    typer.echo(f"pillarbox {command}: {line}", err=True)
    raise typer.Exit(status)


@contextmanager
def buckets_of(
    endpoint: str, access_key_id: str, token: str | None, name: str | None = None
) -> Iterator[Buckets]:
    """The buckets of a store, of which `name` is the one that the command is about.

    Raises:
        ValueError: for an endpoint, a name or an AccessKey that can't be.
    """
    # Only who talks to a store waits for the import of httpx, and needs it.
    from pillarbox.client.buckets import Buckets
    from pillarbox.client.connection import Connection

    url = endpoint_url(endpoint)
    # Before anybody is asked for a secret.
    service_url(url)
    if name is not None:
        _check_bucket(url, name)
    secret = os.environ.get(SECRET_VARIABLE) or ask_for_secret()
    # An empty token is none, as that of an unset variable.
    with Connection(url, Credentials(access_key_id, secret, token or None)) as connection:
        yield Buckets(connection)


def _check_bucket(url: str, name: str) -> None:
    asked = bucket_url(url, name)
    if names_bucket(url, name):
        typer.echo(
            f"pillarbox bucket: warning: the endpoint {url!r} begins with the bucket already, so "
            f"{asked} is asked: give the endpoint without it",
            err=True,
        )
