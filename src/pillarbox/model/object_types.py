"""The kinds of objects: what `x-oss-object-type` tells, and what is refused of another kind.

OSS: "Object types", "AppendObject", "PutSymlink", "GetSymlink". S3 has none of this.
"""

from __future__ import annotations

from enum import StrEnum
from http import HTTPStatus as Status

from pillarbox.model.refusals import RefusalKind


class ObjectType(StrEnum):
    """How an object came to be, by the word that headers and listings have for it."""

    #: In one request, or by a copy.
    NORMAL = "Normal"
    #: Of an upload in parts.
    MULTIPART = "Multipart"
    #: By AppendObject, and may grow.
    APPENDABLE = "Appendable"
    #: By PutSymlink: it has no bytes of its own, and is read as another object.
    SYMLINK = "Symlink"


OBJECT_NOT_APPENDABLE = RefusalKind(
    "ObjectNotAppendable",
    Status.CONFLICT,
    "The object is not appendable.",
    "0026-00000017",
)
POSITION_NOT_EQUAL_TO_LENGTH = RefusalKind(
    "PositionNotEqualToLength",
    Status.CONFLICT,
    "Position is not equal to file length.",
    "0026-00000016",
)
NOT_SYMLINK = RefusalKind(
    "NotSymlink", Status.BAD_REQUEST, "The object is not symlink.", "0043-00000101"
)
INVALID_TARGET_TYPE = RefusalKind(
    "InvalidTargetType",
    Status.BAD_REQUEST,
    "The symbolic's target file type is invalid.",
    "0026-00000011",
)
SYMLINK_TARGET_NOT_EXIST = RefusalKind(
    "SymlinkTargetNotExist",
    Status.NOT_FOUND,
    "The symlink target object does not exist.",
    "0026-00000012",
)

#: Of an object that needs no thawing (OSS: "RestoreObject").
OPERATION_NOT_SUPPORTED = RefusalKind(
    "OperationNotSupported",
    Status.BAD_REQUEST,
    "The operation is not supported for this resource",
    "0016-00000702",
)


def catalogue() -> tuple[RefusalKind, ...]:
    """Every refusal kind of this module."""
    return tuple(value for value in globals().values() if isinstance(value, RefusalKind))
