"""What a copy moves: from the names that a person gives to single objects and files.

A folder's name stands for what lies in it: what is in the source folder comes into the target
folder, under the same names. A key is never taken for a path as it is: one that would leave the
target's folder, or that no file can be named after, is told and left out.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pillarbox.client.address import Address
from pillarbox.client.connection import Connection
from pillarbox.client.listing import list_tree


@dataclass(frozen=True, slots=True)
class Stream:
    """Standard input or output, spelled `-`."""

    def __str__(self) -> str:
        return "-"


Place = Address | Path | Stream


@dataclass(frozen=True, slots=True)
class Job:
    """One object or file to be moved.

    Attributes:
        size: bytes, None where nobody has asked yet.
    """

    source: Place
    target: Place
    size: int | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What can't be moved, and why."""

    source: Place
    reason: str


def plan_single(source: Place, target: Place) -> Job:
    """The job that moves one object or file.

    Raises:
        ValueError: it can't be.
    """
    match source, target:
        case (Path(), Path()) | (Stream(), Path()) | (Path(), Stream()) | (Stream(), Stream()):
            raise ValueError("neither side is in a store: write it like oss://bucket/key")
        case Path(), Address():
            return Job(source, _in_folder(target, source.name), _size(source))
        case Stream(), Address():
            target.check_object()
            return Job(source, target)
        case Address(), Stream():
            source.check_object()
            return Job(source, target)
        case Address(), Address():
            source.check_object()
            return _checked(Job(source, _in_folder(target, source.key.rpartition("/")[2])))
        case Address(), Path():
            source.check_object()
            if target.is_dir():
                return Job(source, target / _file_name(source.key.rpartition("/")[2]))
            return Job(source, target)
    raise AssertionError


def plan_tree(connection: Connection, source: Place, target: Place) -> Iterator[Job | LeftOut]:
    """The jobs that move all that lies in a folder.

    Raises:
        ValueError: it can't be.
        StoreError: the source can't be listed.
    """
    match source, target:
        case Path(), Address():
            yield from _upload_tree(source, target)
        case Address(), Path():
            yield from _download_tree(connection, source, target)
        case Address(), Address():
            if target.bucket == source.bucket and target.folder_prefix.startswith(
                source.folder_prefix
            ):
                raise ValueError(f"{target} lies in {source}: the copy would have no end")
            for listed in list_tree(connection, source):
                here = Address(source.bucket, listed.key)
                yield Job(here, target.below(_relative(source, listed.key)), listed.size)
        case _:
            raise ValueError("-r copies a folder from or to a store: oss://bucket/folder")


def _upload_tree(source: Path, target: Address) -> Iterator[Job | LeftOut]:
    for path in _files(source):
        name = PurePosixPath(path.relative_to(source)).as_posix() if path != source else path.name
        address = target.below(name)
        try:
            address.check_object()
        except ValueError as error:
            yield LeftOut(path, str(error))
        else:
            yield Job(path, address, _size(path))


def _files(folder: Path) -> Iterable[Path]:
    """Every file below, in the order of names; links to folders are not followed."""
    if not folder.is_dir():
        return [folder]

    def failed(error: OSError) -> None:
        raise error

    return sorted(
        Path(parent) / name
        for parent, _, names in os.walk(folder, onerror=failed)
        for name in names
    )


def _download_tree(
    connection: Connection, source: Address, target: Path
) -> Iterator[Job | LeftOut]:
    for listed in list_tree(connection, source):
        here = Address(source.bucket, listed.key)
        relative = _relative(source, listed.key)
        if relative.endswith("/") or not relative:
            # Tools make empty objects of folders; a file can't have such a name.
            continue
        try:
            parts = [_file_name(part) for part in relative.split("/")]
        except ValueError as error:
            yield LeftOut(here, str(error))
        else:
            yield Job(here, target.joinpath(*parts), listed.size)


def _relative(folder: Address, key: str) -> str:
    if key == folder.key:
        return key.rpartition("/")[2]
    return key.removeprefix(folder.folder_prefix)


def _file_name(part: str) -> str:
    """`part` of a key as a name in a directory.

    Raises:
        ValueError: no file can have it, or it would be one elsewhere.
    """
    separators = {"/", os.sep, os.altsep or "/"}
    is_drive = os.name == "nt" and ":" in part
    if part in ("", ".", "..") or "\0" in part or is_drive or any(s in part for s in separators):
        raise ValueError(f"no file can be named {part!r}: copy this object alone, under another")
    return part


def _in_folder(target: Address, name: str) -> Address:
    address = target.below(name) if target.is_folder else target
    address.check_object()
    return address


def _checked(job: Job) -> Job:
    if job.source == job.target:
        raise ValueError(f"{job.source} and the target are the same object")
    return job


def _size(path: Path) -> int | None:
    """Of a plain file; None of what is none, or what isn't there, as its opening will tell."""
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:
        return None
