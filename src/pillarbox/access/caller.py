"""Who is calling: an account, by one of its AccessKeys, or anybody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pillarbox.model import refusals
from pillarbox.model.names import is_access_key_id
from pillarbox.model.objects import AccessKey

KeyLookup = Callable[[str], Awaitable[AccessKey | None]]
"""Gives the AccessKey of an id, or None if there is none."""


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated account, or anybody if `account_id` is None."""

    account_id: str | None = None
    access_key_id: str | None = None

    @property
    def anonymous(self) -> bool:
        """Whether nobody signed the request."""
        return self.account_id is None


ANONYMOUS = Caller()


async def signing_key_of(access_key_id: str, lookup: KeyLookup) -> AccessKey:
    """The AccessKey that is said to have signed.

    Raises:
        Refusal: `InvalidAccessKeyId` if it is unknown, disabled or no id at all.
    """
    if not is_access_key_id(access_key_id):
        raise refusals.INVALID_ACCESS_KEY_ID(refusals.UNACCEPTABLE_KEY_ID)
    key = await lookup(access_key_id)
    if key is None:
        raise refusals.INVALID_ACCESS_KEY_ID()
    if not key.enabled:
        raise refusals.INVALID_ACCESS_KEY_ID(
            "The OSS Access Key Id you provided is disabled.", ec="0002-00000904"
        )
    return key
