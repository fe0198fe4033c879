"""Blob ids: opaque to everybody else, never reused.

An id is a letter for where the bytes live, the name of the run (one worker from start to end) that
wrote them, and a number of that run::

    i0197f0c4d2a1b3c4d5e6-1f      inline: a row of the catalog
    f0197f0c4d2a1b3c4d5e6-20      a file: blobs/0197f0c4d2a1b3c4d5e6/f0197f0c4d2a1b3c4d5e6-20
    c0197f0c4d2a1b3c4d5e6-21      a list of blobs of the other two kinds: rows of `object_blobs`

A run's name begins with the time in milliseconds, so ids grow and indexes are appended to.
"""

from __future__ import annotations

import itertools
import re
import secrets
import time

_RUN = re.compile(r"[0-9a-f]{20}")
_FILE = re.compile(r"f([0-9a-f]{20})-[0-9a-f]+")


def new_run() -> str:
    """A name for a run that no other run has."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(4)}"


def is_run(name: str) -> bool:
    """Whether `name` is the name of a run."""
    return _RUN.fullmatch(name) is not None


def is_inline(blob_id: str) -> bool:
    """Whether the bytes are in the catalog."""
    return blob_id.startswith("i")


def is_composite(blob_id: str) -> bool:
    """Whether the bytes are those of several blobs, one behind the other."""
    return blob_id.startswith("c")


def is_file(blob_id: str) -> bool:
    """Whether `blob_id` names a blob file, and is whole: it may become part of a path."""
    return _FILE.fullmatch(blob_id) is not None


def run_of(blob_id: str) -> str:
    """The run that wrote a blob file; ValueError if `blob_id` names none."""
    match = _FILE.fullmatch(blob_id)
    if match is None:
        raise ValueError(f"{blob_id!r} is not the id of a blob file")
    return match[1]


class BlobIds:
    """The ids of one run."""

    def __init__(self, run: str) -> None:
        self._run = run
        self._numbers = itertools.count(1)

    def inline(self) -> str:
        """An id for bytes that the catalog keeps."""
        return f"i{self._run}-{next(self._numbers):x}"

    def file(self) -> str:
        """An id for bytes that a file keeps."""
        return f"f{self._run}-{next(self._numbers):x}"

    def composite(self) -> str:
        """An id for a list of blobs."""
        return f"c{self._run}-{next(self._numbers):x}"
