"""`pillarbox callbacks`: what waits for its site, beside a running server or without one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pillarbox.cli.callback_options import read_retry_span
from pillarbox.cli.data_directory import USUAL_DATA, Data, opened
from pillarbox.model.plain_text import plain
from pillarbox.model.spans import span_in_words

if TYPE_CHECKING:
    from pillarbox.storage.bucket_settings import BucketSettings
    from pillarbox.storage.outbox import Outbox, WaitingCallback

callbacks = typer.Typer(
    no_args_is_help=True,
    help="Callbacks that failed and wait: list them, try them again now, drop them, or say for "
    "which buckets they wait at all.",
)

_Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="As `list` shows them.")]
_All = Annotated[bool, typer.Option("--all", help="Every one, instead of some by id.")]


@callbacks.command("list")
def list_callbacks(data: Data = USUAL_DATA) -> None:
    """One line for each: id, state, failed attempts, when next, object, site, last error."""
    with _outbox(data, "list") as outbox:
        for waiting in outbox.all():
            typer.echo(_line(waiting))


@callbacks.command()
def replay(ids: _Ids = None, data: Data = USUAL_DATA, every: _All = False) -> None:
    """Try callbacks again now, as if they had just failed for the first time."""
    from pillarbox.callback.retry import delivery_document, read_delivery_document, renewed
    from pillarbox.storage import clock

    with _outbox(data, "replay") as outbox:
        now_ms = clock.now_ms()
        chosen = _chosen(outbox, ids or (), every=every)
        requests = {
            waiting.id: delivery_document(renewed(read_delivery_document(waiting.request), now_ms))
            for waiting in chosen
        }
        outbox.replay(requests, now_ms)
        typer.echo(f"{len(requests)} due now: a running server calls at once")


@callbacks.command()
def drop(ids: _Ids = None, data: Data = USUAL_DATA, every: _All = False) -> None:
    """Forget callbacks; their sites won't hear of these uploads."""
    with _outbox(data, "drop") as outbox:
        chosen = _chosen(outbox, ids or (), every=every)
        typer.echo(f"{outbox.drop([waiting.id for waiting in chosen])} dropped")


@callbacks.command()
def retry(
    bucket: Annotated[str, typer.Argument(metavar="BUCKET", help="Whose callbacks.")],
    span: Annotated[
        str | None,
        typer.Argument(
            metavar="[SPAN]",
            help="For how long after an upload they are tried again, such as 24h; 0s for not at "
            "all, as OSS does. Shows what holds if absent.",
        ),
    ] = None,
    data: Data = USUAL_DATA,
) -> None:
    """See or say for how long failed callbacks of a bucket are tried again."""
    from pillarbox.callback.retry import (
        CALLBACK_RETRY,
        RetryRule,
        read_retry_document,
        retry_document,
    )

    with _settings(data, "retry") as settings:
        if span is not None:
            seconds = read_retry_span(span, "SPAN")
            document = retry_document(RetryRule(seconds)) if seconds else None
            settings.set_document(bucket, CALLBACK_RETRY, document)
        kept = settings.document(bucket, CALLBACK_RETRY)
        if kept is None:
            typer.echo(f"{bucket}: failed callbacks are not tried again")
        else:
            lasting = timedelta(seconds=read_retry_document(kept).seconds)
            typer.echo(f"{bucket}: failed callbacks are tried again for {span_in_words(lasting)}")


@contextmanager
def _settings(data: str, command: str) -> Iterator[BucketSettings]:
    def open_door(directory: Path) -> BucketSettings:
        from pillarbox.storage.bucket_settings import BucketSettings

        return BucketSettings(directory)

    with opened(data, f"callbacks {command}", open_door) as settings:
        yield settings


@contextmanager
def _outbox(data: str, command: str) -> Iterator[Outbox]:
    def open_door(directory: Path) -> Outbox:
        from pillarbox.storage.outbox import Outbox

        return Outbox(directory)

    with opened(data, f"callbacks {command}", open_door) as outbox:
        yield outbox


def _chosen(outbox: Outbox, ids: Sequence[str], *, every: bool) -> list[WaitingCallback]:
    """The callbacks that the arguments name; ValueError if they don't."""
    if every == bool(ids):
        raise ValueError("name callbacks by their ids, or give --all")
    known = {f"{waiting.id:016x}": waiting for waiting in outbox.all()}
    if every:
        return list(known.values())
    for text in ids:
        if text not in known:
            raise ValueError(f"no callback {text!r} waits: see `pillarbox callbacks list`")
    return [known[text] for text in dict.fromkeys(ids)]


def _line(waiting: WaitingCallback) -> str:
    from pillarbox.callback.retry import read_delivery_document

    call = read_delivery_document(waiting.request).call
    state = "given up" if waiting.is_given_up else f"due {_time(waiting.due_ms)}"
    # Keys are whatever a visitor chose, so they are quoted.
    key = json.dumps(waiting.key.decode("utf-8", "replace"), ensure_ascii=False)
    site = ";".join(target.host for target in call.targets)
    parts = [
        call.id,
        state,
        f"attempts={waiting.attempts}",
        f"uploaded={_time(waiting.created_ms)}",
        f"{call.bucket}/{key}",
        site,
        waiting.last_error or "-",
    ]
    return plain("  ".join(parts))


def _time(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
