"""What can be wrong with a store, in words and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class FaultKind(StrEnum):
    """What is wrong; the values are for machines too."""

    CATALOG = "damaged-catalog"
    LOST = "lost-blob"
    SIZE = "wrong-size"
    CRC = "wrong-crc"
    UNREADABLE = "unreadable-blob"
    NO_BUCKET = "no-bucket"
    NO_UPLOAD = "no-upload"
    NO_CURRENT = "no-current-version"
    DOOMED = "doomed-blob"
    ORPHAN_FILE = "orphan-file"
    ORPHAN_LIST = "orphan-list"
    ORPHAN_BYTES = "orphan-bytes"
    TEMPORARY = "temporary-file"
    FOREIGN = "foreign-file"
    COUNTERS = "wrong-counters"


class RepairKind(StrEnum):
    """What mends a fault.

    Attributes:
        MOVE_FILE: a file goes into the quarantine; its path below the data directory.
        MOVE_ROW: a row goes there, with the bytes that no other row names; its table, its key,
            the blob that it named.
        DROP_LOST: the same for a row whose bytes are lost or spoiled.
        MOVE_LIST: a list of blobs that no row names goes there with its blobs; its id.
        MOVE_BYTES: bytes in the catalog that no row names go there; their id.
        PROMOTE: the youngest version of a key that has no current one becomes that; the id of its
            bucket, the key.
        KEEP_BLOB: a blob is taken off the reaper's list; its id.
        RECOUNT: the counters of a bucket are set to what is there; its id.
    """

    MOVE_FILE = "move-file"
    MOVE_ROW = "move-row"
    DROP_LOST = "drop-lost"
    MOVE_LIST = "move-list"
    MOVE_BYTES = "move-bytes"
    PROMOTE = "promote-version"
    KEEP_BLOB = "keep-blob"
    RECOUNT = "recount"

    @property
    def is_safe_beside_servers(self) -> bool:
        """Whether it may be done while a server has the directory."""
        return self in (RepairKind.PROMOTE, RepairKind.KEEP_BLOB, RepairKind.RECOUNT)


#: What each repair does, for people.
REPAIR_WORDS = {
    RepairKind.MOVE_FILE: "move the file into the quarantine",
    RepairKind.MOVE_ROW: "move the row, and bytes that no other row names, into the quarantine",
    RepairKind.DROP_LOST: "take the row out of the catalog, and keep it and what is left of its "
    "bytes in the quarantine",
    RepairKind.MOVE_LIST: "move the list, and blobs that no other row names, into the quarantine",
    RepairKind.MOVE_BYTES: "move the bytes out of the catalog into the quarantine",
    RepairKind.PROMOTE: "make the youngest version the current one",
    RepairKind.KEEP_BLOB: "take the blob off the list of what will be deleted",
    RepairKind.RECOUNT: "set the counters to what is there",
}

_LOST_ADVICE = (
    "upload it again, or take it from a backup; --repair --drop-lost takes it out of the catalog"
)


@dataclass(frozen=True, slots=True)
class Repair:
    """One repair: its kind, and what it is about (see `RepairKind`); bytes are hexadecimal."""

    kind: RepairKind
    target: tuple[str | int, ...]

    def to_json(self) -> str:
        """One line."""
        return json.dumps([self.kind, *self.target])

    @classmethod
    def from_json(cls, line: str) -> Repair:
        """The inverse of `to_json`."""
        kind, *target = json.loads(line)
        return cls(RepairKind(kind), tuple(target))


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    Attributes:
        where: an object as `bucket/"key"`, or what else it is about.
        expected: what should be there.
        found: what is there.
        repair: what `--repair` would do, if anything.
        advice: what else mends it.
    """

    kind: FaultKind
    where: str
    expected: str
    found: str
    repair: Repair | None = None
    advice: str = ""

    @property
    def mending(self) -> str:
        """How to mend it."""
        if self.advice:
            return self.advice
        if self.repair is None:
            return "nothing here mends it: see docs/backup.md"
        if self.repair.kind is RepairKind.DROP_LOST:
            return _LOST_ADVICE
        return f"--repair would {REPAIR_WORDS[self.repair.kind]}"

    def line(self) -> str:
        """The fault as one line, but for characters that a terminal must not see."""
        return (
            f"{self.kind}  {self.where}: expected {self.expected}; found {self.found}; "
            f"to mend: {self.mending}"
        )

    def members(self) -> dict[str, Any]:
        """As JSON shows it."""
        return {
            "fault": str(self.kind),
            "where": self.where,
            "expected": self.expected,
            "found": self.found,
            "mend": self.mending,
            "repair": None if self.repair is None else str(self.repair.kind),
        }


def row_target(table: str, key: Iterable[Any], blob_id: str | None) -> tuple[str | int, ...]:
    """What a repair of a row is about: the table, the values of its key, the blob or nothing."""
    return (table, *map(_plain, key), blob_id or "")


def _plain(value: Any) -> str | int:
    plain: str | int = value.hex() if isinstance(value, bytes) else value
    return plain


def quoted(key: bytes) -> str:
    """A key, which is whatever a visitor chose, as a fault shows it."""
    return json.dumps(key.decode("utf-8", "backslashreplace"), ensure_ascii=False)
