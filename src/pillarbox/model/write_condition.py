"""Conditions of writes: only if no object is there, or only if the one that is there is this.

AWS: "Conditional writes", "Conditional deletes". They are judged in the transaction that writes.
"""

from __future__ import annotations

from dataclasses import dataclass

from pillarbox.model import refusals

_ANY = "*"
_IF_MATCH = "If-Match"
_IF_NONE_MATCH = "If-None-Match"


@dataclass(frozen=True, slots=True)
class WriteCondition:
    """What must stand under a key for a write to be done: `ABSENT`, `PRESENT` or `if_match`.

    Attributes:
        is_present: whether there must be an object, or none.
        etag: that it must have, upper case without quotes; None if it may be any.
    """

    is_present: bool
    etag: str | None = None

    @classmethod
    def if_match(cls, header: str) -> WriteCondition:
        """Of the header If-Match: an ETag, quoted or not, in any case, or `*`."""
        return PRESENT if header.strip() == _ANY else cls(is_present=True, etag=_plain(header))

    def check(self, key: bytes, etag: str | None) -> None:
        """Judge by what stands.

        Args:
            key: UTF-8 bytes of the object key, for the refusal.
            etag: of the object under the key, None if there is none.

        Raises:
            Refusal: `PreconditionFailed`, or `NoSuchKey` if an object must be there and none is.
        """
        if not self.is_present:
            if etag is not None:
                raise refusals.PRECONDITION_FAILED(Condition=_IF_NONE_MATCH)
        elif etag is None:
            raise refusals.NO_SUCH_KEY(Key=key.decode("utf-8", "replace"))
        elif self.etag is not None and self.etag != _plain(etag):
            raise refusals.PRECONDITION_FAILED(Condition=_IF_MATCH)


#: `If-None-Match: *`.
ABSENT = WriteCondition(is_present=False)

#: `If-Match: *`.
PRESENT = WriteCondition(is_present=True)


def read_write_condition(if_match: str | None, if_none_match: str | None) -> WriteCondition | None:
    """The condition that the headers of these names ask for, None without any.

    Raises:
        Refusal: `NotImplemented` for an ETag in If-None-Match, and for both headers (versitygw's
            tests, which run against Amazon S3 too).
    """
    if if_none_match is not None:
        if if_match is not None or if_none_match.strip() != _ANY:
            raise refusals.NOT_IMPLEMENTED(Header=_IF_NONE_MATCH)
        return ABSENT
    return None if if_match is None else WriteCondition.if_match(if_match)


def _plain(etag: str) -> str:
    return etag.strip().strip('"').upper()
