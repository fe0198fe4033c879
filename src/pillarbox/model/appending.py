"""Adding to the end of an object: at which position, and what becomes of its ETag.

OSS: "AppendObject". An object that is appended to is `Appendable` from its beginning, or never.
"""

from __future__ import annotations

import hashlib

from pillarbox.model import refusals
from pillarbox.model.object_types import (
    OBJECT_NOT_APPENDABLE,
    POSITION_NOT_EQUAL_TO_LENGTH,
    ObjectType,
)

PARAMETER = "position"

#: Tells where the next append begins: in answers to appends and reads, and where one was wrong.
NEXT_POSITION = "x-oss-next-append-position"

_EC_MISSING = "0016-00000501"
_EC_NO_NUMBER = "0016-00000502"

#: Digits of the largest size that the catalog can hold.
_MOST_DIGITS = 18


def read_position(text: str | None) -> int:
    """The position that a request names, in bytes.

    Raises:
        Refusal: `MissingArgument` if it names none, `InvalidArgument` if that is no number.
    """
    if not text:
        raise refusals.MISSING_ARGUMENT(ec=_EC_MISSING, ArgumentName=PARAMETER)
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise refusals.INVALID_ARGUMENT(
            ec=_EC_NO_NUMBER, ArgumentName=PARAMETER, ArgumentValue=text[:128]
        )
    return int(text)


def check_position(position: int, object_type: str | None, size: int) -> None:
    """Raise why nothing can be added there.

    Args:
        position: in bytes, as the request names it.
        object_type: of the object under the key, None if there is none.
        size: of the same object in bytes, 0 if there is none.

    Raises:
        Refusal: `ObjectNotAppendable` for an object of another type, `PositionNotEqualToLength`
            for any position but the object's end, which it tells.
    """
    if object_type not in (None, ObjectType.APPENDABLE):
        raise OBJECT_NOT_APPENDABLE()
    if position != size:
        refusal = POSITION_NOT_EQUAL_TO_LENGTH(Position=str(position))
        refusal.headers[NEXT_POSITION] = str(size)
        raise refusal


def appended_etag(before: str | None, md5: bytes) -> str:
    """The ETag of an object that was added to, without quotes; opaque, and another each time.

    Like that of an object in parts it ends in `-` and a number, that of the appends: so no client
    takes it for the MD5 of the bytes, which nobody has read in a row.

    Args:
        before: the ETag so far, None for the first append.
        md5: 16 raw bytes, of what was added.
    """
    former, _, count = (before or "-0").rpartition("-")
    digest = hashlib.md5(bytes.fromhex(former) + md5, usedforsecurity=False)
    return f"{digest.hexdigest().upper()}-{int(count) + 1}"
