"""Deleting objects and versions: what is asked, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from pillarbox.model.acl import WriteRule
from pillarbox.model.versioning import NamedVersion


class Removal(NamedTuple):
    """What is to be deleted, and the rule that it is judged by in the transaction.

    Attributes:
        version: None for the object, which leaves a delete marker where versions are kept.
        rule: None for who always may.
    """

    key: bytes
    rule: WriteRule | None = None
    version: NamedVersion | None = None


@dataclass(frozen=True, slots=True)
class Deletion:
    """What became of a version, or of an object, that was to be deleted.

    Attributes:
        was_there: whether anything is gone that was there before.
        version_id: of the version that is gone, or of the delete marker that was written; None for
            the null version, and where nothing was there.
        is_delete_marker: whether that version is a delete marker.
    """

    was_there: bool
    version_id: str | None = None
    is_delete_marker: bool = False
