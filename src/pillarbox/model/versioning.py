"""Whether a bucket keeps former versions of its objects, and how versions are named.

OSS: "Versioning", "PutBucketVersioning"; S3: "Using versioning in S3 buckets".
"""

from __future__ import annotations

import re
from enum import StrEnum
from http import HTTPStatus as Status
from typing import NamedTuple

from pillarbox.model import refusals
from pillarbox.model.refusals import Refusal, RefusalKind

#: Names the version that was written while the bucket kept none, of which a key has at most one.
NULL_VERSION = "null"

_VERSION_ID = re.compile(r"[0-9A-F]{32}")


class Versioning(StrEnum):
    """What becomes of an object when another takes its place."""

    #: It is gone. Where a bucket once kept versions there is no way back here.
    NEVER = ""
    #: It stays, as a version that is no longer the current one.
    ENABLED = "Enabled"
    #: It stays if it has a version id; what is written has none, so only the last of those stays.
    SUSPENDED = "Suspended"

    def shown_id(self, version_id: str | None) -> str | None:
        """A version id as headers tell it; None where the bucket never kept versions."""
        return None if self is Versioning.NEVER else version_id or NULL_VERSION


NO_SUCH_VERSION = RefusalKind(
    "NoSuchVersion", Status.NOT_FOUND, "The specified version does not exist."
)


class NamedVersion(NamedTuple):
    """A version that a request names; elsewhere the current one is meant.

    Attributes:
        id: None for the null version.
    """

    id: str | None


def read_version_id(text: str) -> NamedVersion:
    """The version that a parameter `versionId` names.

    Raises:
        Refusal: `InvalidArgument` for what no version was ever called (OSS: "GetObject").
    """
    if text == NULL_VERSION:
        return NamedVersion(None)
    if not text:
        raise refusals.INVALID_ARGUMENT(
            "Version id can not be the empty string.", ArgumentName="versionId", ArgumentValue=""
        )
    if _VERSION_ID.fullmatch(text) is None:
        raise refusals.INVALID_ARGUMENT(
            "Invalid version id specified.",
            ArgumentName="versionId",
            ArgumentValue=text[:128],
        )
    return NamedVersion(text)


def missing_version(key: bytes, named: NamedVersion | None) -> Refusal:
    """The refusal `NoSuchVersion` or, of who named none, `NoSuchKey`.

    Args:
        key: UTF-8 bytes of the object key.
    """
    text = key.decode("utf-8", "replace")
    if named is None:
        return refusals.NO_SUCH_KEY(Key=text)
    return NO_SUCH_VERSION(Key=text, VersionId=named.id or NULL_VERSION)


def delete_marker_named(version_id: str | None) -> Refusal:
    """The refusal `MethodNotAllowed` of who names a delete marker, which may be deleted alone."""
    refusal = refusals.METHOD_NOT_ALLOWED(
        ResourceType="DELETE_MARKER", VersionId=version_id or NULL_VERSION
    )
    refusal.headers["Allow"] = "DELETE"
    return refusal
