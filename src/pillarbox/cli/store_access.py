"""How a command reaches a running store, and what it says where it can't."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

import typer

from pillarbox.cli.store_error_line import store_error_line
from pillarbox.cli.store_options import StoreOptions, choose_store
from pillarbox.client.errors import StoreError
from pillarbox.forms.endpoint import bucket_url, names_bucket
from pillarbox.model.plain_text import plain

if TYPE_CHECKING:
    from pillarbox.client.buckets import Buckets
    from pillarbox.client.connection import Connection


@contextmanager
def failures_told(command: str) -> Iterator[None]:
    """Ends the command with one line: status 2 for what was asked wrongly, 1 for the store's no."""
    try:
        yield
    except ValueError as error:
        line, status = str(error), 2
    except StoreError as error:
        line, status = store_error_line(error), 1
    except BrokenPipeError:
        # Who reads has what it wants. What is left in the buffer must not fail at the exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(1) from None
    except OSError as error:
        line, status = os_error_line(error), 1
    else:
        return
    typer.echo(plain(f"pillarbox {command}: {line}"), err=True)
    raise typer.Exit(status)


def os_error_line(error: OSError) -> str:
    """What this machine says of a file: its name and why."""
    name = "" if error.filename is None else f"{os.fsdecode(error.filename)}: "
    return plain(f"{name}{error.strerror or error}")


@contextmanager
def connected(options: StoreOptions, bucket: str | None = None) -> Iterator[Connection]:
    """A connection to the store, of which `bucket` is the one that the command is about.

    Raises:
        ValueError: for an endpoint, a name or an AccessKey that can't be.
    """
    # Only who talks to a store waits for the import of httpx, and needs it.
    from pillarbox.client.connection import Connection

    store = choose_store(options, lambda url: _check_bucket(url, bucket))
    with Connection(store.url, store.credentials, region=store.region) as connection:
        yield connection


@contextmanager
def buckets_of(options: StoreOptions, name: str | None = None) -> Iterator[Buckets]:
    """The buckets of a store, of which `name` is the one that the command is about."""
    from pillarbox.client.buckets import Buckets

    with connected(options, name) as connection:
        yield Buckets(connection)


def _check_bucket(url: str, name: str | None) -> None:
    if name is None:
        return
    asked = bucket_url(url, name)
    if names_bucket(url, name):
        typer.echo(
            f"pillarbox: warning: the endpoint {url!r} begins with the bucket already, so "
            f"{asked} is asked: give the endpoint without it",
            err=True,
        )


def check_transfer_extra() -> None:
    """End the command with one line where the extra `cli` is missing."""
    if find_spec("fastcrc") is None:
        typer.echo(
            "pillarbox: fastcrc, which checks what is moved, is not installed: run "
            "pip install 'pillarbox[cli]'",
            err=True,
        )
        raise typer.Exit(1)
