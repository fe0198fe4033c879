"""Ceilings: what an operator lets any policy allow, and any upload be, at most.

A site signs what it likes; a policy that lives for years or caps no size is its neighbours' trouble
too. These are not OSS's: it trusts whoever holds a key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pillarbox.model.limits import MAX_FILE_SIZE
from pillarbox.model.refusals import (
    ACCESS_DENIED,
    ENTITY_TOO_LARGE,
    POLICY_ALLOWS_TOO_MUCH,
    POLICY_LIVES_TOO_LONG,
    Refusal,
)
from pillarbox.model.spans import span_in_words
from pillarbox.policy.document import PostPolicy


@dataclass(frozen=True, slots=True)
class Ceilings:
    """The operator's bounds.

    Attributes:
        lifetime: how far ahead of a form's arrival its policy may expire; None for any time.
        size: bytes of one upload; None for what the protocol allows.
    """

    lifetime: timedelta | None = None
    size: int | None = None

    @property
    def is_bound(self) -> bool:
        """Whether they bound anything."""
        return self.lifetime is not None or self.size is not None


#: Those of a store where nobody set any.
NO_CEILINGS = Ceilings()


def check_policy_ceilings(policy: PostPolicy, ceilings: Ceilings, now: datetime) -> None:
    """Refuse `AccessDenied` for a policy that allows more than the operator does.

    Its expiration lies too far ahead of `now` (aware), or no content-length-range of it keeps the
    file small enough.
    """
    lifetime = policy.expiration - now
    if ceilings.lifetime is not None and lifetime > ceilings.lifetime:
        raise _denied(
            POLICY_LIVES_TOO_LONG,
            f"an expiration within {_seconds(ceilings.lifetime)} seconds",
            f"one in {_seconds(lifetime)} seconds",
            f"The policy is good for another {span_in_words(lifetime)} and this store takes "
            f"{span_in_words(ceilings.lifetime)}: sign one shortly before it is used.",
        )
    maximum = policy.size_range.maximum
    if ceilings.size is not None and (maximum is None or maximum > ceilings.size):
        raise _denied(
            POLICY_ALLOWS_TOO_MUCH,
            f"a content-length-range up to {ceilings.size} bytes",
            "none" if maximum is None else f"one up to {maximum} bytes",
            f'Sign the condition ["content-length-range", 1, {ceilings.size}], or a narrower one.',
        )


def _denied(message: str, expected: str, received: str, hint: str) -> Refusal:
    """OSS knows no such refusal, so there is no EC."""
    details = {"Expected": expected, "Received": received}
    return Refusal(ACCESS_DENIED.code, ACCESS_DENIED.status, message, None, details, hint=hint)


def check_upload_size(size: int, ceilings: Ceilings, most: int = MAX_FILE_SIZE) -> None:
    """Refuse `EntityTooLarge` if `size` bytes are more than the operator or the protocol allows.

    For whatever makes an object: forms, PutObject, copies, multipart uploads and each of their
    parts.

    Args:
        most: bytes that the protocol allows.
    """
    allowed = upload_ceiling(ceilings, most)
    if size > allowed:
        raise ENTITY_TOO_LARGE(ProposedSize=str(size), MaxSizeAllowed=str(allowed))


def upload_ceiling(ceilings: Ceilings, most: int = MAX_FILE_SIZE) -> int:
    """The bytes that one upload may have: what the operator and the protocol both allow."""
    return most if ceilings.size is None else min(most, ceilings.size)


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
