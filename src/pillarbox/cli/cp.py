"""`pillarbox cp`: between files, standard input and output, and objects.

A large transfer that is broken off, by a kill too, goes on where it was when the same command runs
again: `client.upload`, `client.download` and `client.store_copy` say how.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pillarbox.cli.metadata import parse_metadata
from pillarbox.cli.progress_bar import is_shown, progress_bar
from pillarbox.cli.quantities import parse_size
from pillarbox.cli.store_access import (
    check_transfer_extra,
    connected,
    failures_told,
    os_error_line,
)
from pillarbox.cli.store_error_line import store_error_line
from pillarbox.cli.store_options import (
    AccessKeyId,
    Endpoint,
    ProfileName,
    Region,
    StoreOptions,
    Token,
)
from pillarbox.client.address import Address, is_address
from pillarbox.client.errors import StoreError, UnreachableError
from pillarbox.model.acl import ObjectAcl
from pillarbox.model.names import has_control_characters
from pillarbox.model.plain_text import plain

if TYPE_CHECKING:
    from pillarbox.client.connection import Connection
    from pillarbox.client.copy_plan import Job, LeftOut, Place
    from pillarbox.client.transfer import Transferred
    from pillarbox.client.transfers import Transfers


def cp(
    places: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE... TARGET",
            help="Files, oss://BUCKET/KEY, or - for standard input or output; one side at least "
            "is in a store.",
            show_default=False,
        ),
    ],
    recursive: Annotated[
        bool, typer.Option("-r", "--recursive", help="All that lies in the folder SOURCE.")
    ] = False,
    content_type: Annotated[
        str | None,
        typer.Option(
            help="Type of the objects.", show_default="by the file's name; a copy has its source's"
        ),
    ] = None,
    meta: Annotated[
        list[str] | None, typer.Option(help="User metadata, K=V (repeatable).", metavar="K=V")
    ] = None,
    acl: Annotated[
        str | None,
        typer.Option(
            help=f"ACL of the objects: {', '.join(ObjectAcl)}.", show_default="the bucket's"
        ),
    ] = None,
    forbid_overwrite: Annotated[
        bool,
        typer.Option("--forbid-overwrite", help="Replace no object and no file that is there."),
    ] = False,
    part_size: Annotated[
        str | None,
        typer.Option(
            help="What is larger moves in parts of this size, at least 100KiB.",
            show_default="16MiB; within a store 256MiB, from 1GiB on",
        ),
    ] = None,
    endpoint: Endpoint = None,
    access_key_id: AccessKeyId = None,
    token: Token = None,
    profile: ProfileName = None,
    region: Region = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON: what was copied, and what failed.")
    ] = False,
) -> None:
    """Copy files to a store, objects to files or within a store; broken off, it is resumed."""
    store = StoreOptions(endpoint, access_key_id, token, profile, region)
    with failures_told("cp"):
        check_transfer_extra()
        sources, target = _places(places)
        if as_json and str(target) == "-":
            raise ValueError("--json and - both want standard output: leave one of them out")
        headers = _headers(content_type, meta or (), acl)
        size = None if part_size is None else _part_size(part_size)
        bucket = next(place.bucket for place in (target, *sources) if isinstance(place, Address))
        with connected(store, bucket) as connection:
            plan = _plan(connection, sources, target, recursive=recursive)
            report = _Report(as_json=as_json, alone=len(sources) == 1 and not recursive)
            transfers = _transfers(connection, headers, size, forbid_overwrite=forbid_overwrite)
            _run(transfers, plan, report)
    report.end()


def _places(texts: Sequence[str]) -> tuple[Sequence[Place], Place]:
    """Sources and target."""
    if len(texts) < 2:
        raise ValueError("cp needs a source and a target: cp photo.jpg oss://bucket/photo.jpg")
    *sources, target = map(_place, texts)
    if not any(isinstance(place, Address) for place in (*sources, target)):
        raise ValueError("neither side is in a store: write it like oss://bucket/key")
    return sources, target


def _place(text: str) -> Place:
    from pillarbox.client.copy_plan import Stream

    if text == "-":
        return Stream()
    if is_address(text):
        return Address.parse(text)
    if not text:
        raise ValueError("a source or target is empty: name a file, or oss://bucket/key")
    return Path(text)


def _plan(
    connection: Connection, sources: Sequence[Place], target: Place, *, recursive: bool
) -> Iterable[Job | LeftOut]:
    from pillarbox.client.copy_plan import plan_single, plan_tree

    if recursive:
        return _all(plan_tree(connection, source, target) for source in sources)
    for source in sources:
        if isinstance(source, Path) and source.is_dir():
            raise ValueError(f"{source} is a folder: give -r to copy what lies in it")
        if isinstance(source, Path) and not source.exists():
            raise ValueError(f"{source} is not there: name a file that is")
    if len(sources) > 1 and not _takes_many(target):
        raise ValueError(f"{target} is no folder, so it can't take several: end it with /")
    return [plan_single(source, target) for source in sources]


def _all(plans: Iterable[Iterator[Job | LeftOut]]) -> Iterator[Job | LeftOut]:
    for plan in plans:
        yield from plan


def _takes_many(target: Place) -> bool:
    if isinstance(target, Address):
        return target.is_folder
    return isinstance(target, Path) and target.is_dir()


def _headers(content_type: str | None, meta: Iterable[str], acl: str | None) -> dict[str, str]:
    headers = {f"x-oss-meta-{name}": value for name, value in parse_metadata(meta).items()}
    if content_type is not None:
        headers["Content-Type"] = content_type
    if acl is not None:
        try:
            headers["x-oss-object-acl"] = ObjectAcl(acl).value
        except ValueError:
            known = ", ".join(ObjectAcl)
            raise ValueError(f"the ACL {acl!r} is none of an object: give one of {known}") from None
    for name, value in headers.items():
        if has_control_characters(value) or not name.isascii() or " " in name:
            raise ValueError(f"{name[:80]!r} can't be sent: a header holds no control characters")
    return headers


def _part_size(text: str) -> int:
    from pillarbox.client.multipart import MIN_PART_SIZE

    size = parse_size(text)
    if size < MIN_PART_SIZE:
        raise ValueError(f"parts of {text} are too small: give --part-size 100KiB or more")
    return size


def _transfers(
    connection: Connection,
    headers: dict[str, str],
    part_size: int | None,
    *,
    forbid_overwrite: bool,
) -> Transfers:
    from pillarbox.client.checkpoint import checkpoint_directory
    from pillarbox.client.transfers import Transfers

    return Transfers(
        connection,
        checkpoint_directory(os.environ),
        sys.stdin.buffer,
        sys.stdout.buffer,
        headers,
        forbid_overwrite,
        part_size,
    )


def _run(transfers: Transfers, plan: Iterable[Job | LeftOut], report: _Report) -> None:
    """Do what the plan says; of several jobs one that fails does not end the others."""
    from pillarbox.client.copy_plan import LeftOut

    for job in plan:
        if isinstance(job, LeftOut):
            report.failed(job.source, job.reason)
            continue
        try:
            done = _move(transfers, job)
        except UnreachableError:
            # So would be all that follow.
            raise
        except (StoreError, OSError, ValueError) as error:
            if report.alone or isinstance(error, BrokenPipeError):
                raise
            report.failed(job.source, _line(job, error))
        else:
            report.copied(job, done)


def _move(transfers: Transfers, job: Job) -> Transferred:
    size = job.size
    if isinstance(job.source, Address):
        if isinstance(job.target, Path) and job.size is not None:
            # Of a tree, whose folders come with it.
            job.target.parent.mkdir(parents=True, exist_ok=True)
        elif is_shown():
            from pillarbox.client.objects import Objects

            size = Objects(transfers.connection).head(job.source).size
    with progress_bar(str(job.source), size) as moved:
        return transfers.run(job, moved)


def _line(job: Job, error: Exception) -> str:
    match error:
        case StoreError():
            return store_error_line(error)
        case OSError(filename=name, strerror=str(reason)) if str(name) == str(job.source):
            return plain(reason)
        case OSError():
            return os_error_line(error)
    return plain(str(error))


@dataclass(slots=True)
class _Report:
    """What is told of the jobs, as they are done or at the end."""

    as_json: bool
    alone: bool
    done: list[dict[str, object]] = field(default_factory=list)
    errors: list[dict[str, str]] = field(default_factory=list)

    def copied(self, job: Job, done: Transferred) -> None:
        from pillarbox.client.copy_plan import Stream

        names = {"source": str(job.source), "target": str(job.target)}
        crc64 = None if done.crc64 is None else str(done.crc64)
        if self.as_json:
            self.done.append({**names, "size": done.size, "crc64": crc64, "kept": done.kept})
        elif not isinstance(job.target, Stream):
            kept = f", {done.kept} of them from an earlier run" if done.kept else ""
            typer.echo(
                f"{plain(names['source'])} -> {plain(names['target'])}: {done.size} bytes{kept}"
            )

    def failed(self, source: Place, reason: str) -> None:
        typer.echo(f"pillarbox cp: {plain(str(source))}: {plain(reason)}", err=True)
        self.errors.append({"source": str(source), "error": reason})

    def end(self) -> None:
        """Print what is left to tell; status 1 if something failed."""
        if self.as_json:
            typer.echo(json.dumps({"copied": self.done, "failed": self.errors}, indent=2))
        if self.errors:
            raise typer.Exit(1)
