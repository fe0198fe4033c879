"""`pillarbox lifecycle`: the lifecycle rules of a bucket, and what they would do.

Apart from `pillarbox bucket`, which speaks to any store by an AccessKey: what would be done is seen
on the server's machine, beside the running server.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pillarbox.cli.data_directory import USUAL_DATA, Data, opened
from pillarbox.cli.identities import AsJson
from pillarbox.cli.lifecycle_text import due_line, due_members, rules_text
from pillarbox.model.lifecycle import LIFECYCLE
from pillarbox.model.plain_text import plain

if TYPE_CHECKING:
    from pillarbox.model.objects import Bucket
    from pillarbox.storage.bucket_settings import BucketSettings
    from pillarbox.storage.catalog.lifecycle import Due
    from pillarbox.storage.lifecycle import LifecycleUpkeep

_COMMAND = "lifecycle"


def lifecycle(
    bucket: Annotated[
        str, typer.Argument(metavar="BUCKET", help="Name of the bucket.", show_default=False)
    ],
    data: Data = USUAL_DATA,
    set_from: Annotated[
        str | None,
        typer.Option(
            "--set",
            metavar="FILE",
            help="Set the rules of an XML document as OSS has it, in place of all former ones; - "
            "for standard input.",
            show_default=False,
        ),
    ] = None,
    allow_overlap: Annotated[
        bool,
        typer.Option(
            "--allow-overlap", help="With --set: several rules may do the same to one object."
        ),
    ] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Remove all rules.")] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="List what the rules would do now, and do nothing."),
    ] = False,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="With --dry-run: what they would do then, such as 2031-05-01 or "
            "2031-05-01T12:00, UTC.",
            show_default="now",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show, set or remove a bucket's lifecycle rules, or list what they would do."""
    if (set_from is not None) + remove + dry_run > 1:
        _fail("--set, --remove and --dry-run exclude each other: give one of them")
    if at is not None and not dry_run:
        _fail("--at is for --dry-run")
    if allow_overlap and set_from is None:
        _fail("--allow-overlap is for --set")
    if dry_run:
        _list_due(bucket, data, at, as_json=as_json)
        return
    with opened(data, _COMMAND, _open_settings) as settings:
        if set_from is not None:
            settings.set_document(
                bucket, LIFECYCLE, _read_document(set_from, allow_overlap=allow_overlap)
            )
        elif remove:
            settings.set_document(bucket, LIFECYCLE, None)
        document = settings.document(bucket, LIFECYCLE)
    if as_json:
        typer.echo(json.dumps(json.loads(document or "[]"), indent=2))
    else:
        from pillarbox.model.lifecycle_document import kept_lifecycle

        typer.echo(plain_lines(rules_text(bucket, kept_lifecycle(document))))


def plain_lines(text: str) -> str:
    """`text` without control characters but for the ends of its lines."""
    return "\n".join(plain(line) for line in text.split("\n"))


def _list_due(bucket: str, data: str, at: str | None, *, as_json: bool) -> None:
    kinds: Counter[str] = Counter()
    with opened(data, _COMMAND, _open_upkeep) as upkeep:
        now_ms = _moment_ms(at)
        for due in _due(upkeep, upkeep.bucket(bucket), now_ms):
            kinds[due.action.kind.value] += 1
            typer.echo(json.dumps(due_members(due)) if as_json else plain(due_line(due)))
    if as_json:
        typer.echo(json.dumps({"due": dict(kinds)}))
        return
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    typer.echo(f"{kinds.total()} due ({counts})" if kinds else "Nothing is due")


def _due(upkeep: LifecycleUpkeep, bucket: Bucket, now_ms: int) -> Iterator[Due]:
    for page in upkeep.foreseen(bucket, now_ms):
        yield from page


def _moment_ms(text: str | None) -> int:
    """Milliseconds since the Unix epoch; ValueError for what is no date."""
    if text is None:
        return int(time.time() * 1000)
    try:
        moment = datetime.fromisoformat(text)
        utc = moment.replace(tzinfo=moment.tzinfo or UTC)
        return int(utc.timestamp() * 1000)
    except (ValueError, OverflowError):
        raise ValueError(f"--at {text!r} is no date: write it like 2031-05-01") from None


def _read_document(name: str, *, allow_overlap: bool) -> str:
    """The document of the catalog for a file of XML; ValueError says why there is none."""
    from pillarbox.model.dialects import OSS
    from pillarbox.model.lifecycle_check import check_lifecycle, check_overlaps, with_ids
    from pillarbox.model.lifecycle_document import lifecycle_document
    from pillarbox.model.refusals import Refusal
    from pillarbox.wire_xml.lifecycle import read_lifecycle
    from pillarbox.wire_xml.lifecycle_values import LIFECYCLE_CONFIGURATION
    from pillarbox.wire_xml.tree import local_name, read_document

    try:
        root = read_document(_bytes_of(name))
        if local_name(root) != LIFECYCLE_CONFIGURATION:
            raise ValueError(f"its root is not {LIFECYCLE_CONFIGURATION}")
        rules = with_ids(read_lifecycle(root))
        check_lifecycle(rules, OSS)
        if not allow_overlap:
            check_overlaps(rules)
    except ValueError as error:
        raise ValueError(f"{name} holds no lifecycle rules: {error}") from None
    except Refusal as refusal:
        raise ValueError(
            f"the rules of {name} can't be set: {refusal.code}: {refusal.message}"
        ) from None
    return lifecycle_document(rules)


def _bytes_of(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise ValueError(error.strerror or str(error)) from None


def _open_settings(directory: Path) -> BucketSettings:
    from pillarbox.storage.bucket_settings import BucketSettings

    return BucketSettings(directory)


def _open_upkeep(directory: Path) -> LifecycleUpkeep:
    from pillarbox.storage.lifecycle import LifecycleUpkeep

    return LifecycleUpkeep(directory)


def _fail(message: str) -> None:
    typer.echo(plain(f"pillarbox {_COMMAND}: {message}"), err=True)
    raise typer.Exit(2)
