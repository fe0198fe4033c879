"""Nonces of signed calls: what was heard once is not heard again while its time still holds."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

from pillarbox.access.caller import Caller
from pillarbox.model.limits import MAX_CLOCK_SKEW_SECONDS
from pillarbox.storage.nonces import UsedNonces

#: Characters; clients send UUIDs, digests and numbers.
MAX_NONCE_LENGTH = 128

#: A time may be ahead as long as it is heard afterwards.
_KEPT = timedelta(seconds=2 * MAX_CLOCK_SKEW_SECONDS)
_EPOCH = datetime.fromtimestamp(0, UTC)
_MICROSECOND = timedelta(microseconds=1)


class Nonces:
    """Nonces that were used lately, in any process of the store.

    Each AccessKey has a memory of its own, so that nobody can make it forget what another has
    signed. The temporary ones of a role share one: sessions are made by the thousand.
    """

    def __init__(self, used: UsedNonces, capacity: int = 50_000) -> None:
        """Remember at most `capacity` of each in `used`; the oldest goes first."""
        self._used = used
        self._capacity = capacity

    async def use(self, caller: Caller, nonce: str, now: datetime) -> bool:
        """Whether the nonce of a signer is new.

        Args:
            nonce: of `MAX_NONCE_LENGTH` characters at most.
            now: aware.

        Raises sqlite3.Error and OSError where the disk fails.
        """
        return await asyncio.to_thread(
            self._used.use,
            _holder(caller),
            json.dumps([caller.access_key_id, nonce]),
            (now - _EPOCH) // _MICROSECOND,
            _KEPT // _MICROSECOND,
            self._capacity,
        )


def _holder(caller: Caller) -> str:
    """Whose memory it is: that of an AccessKey, or of a role."""
    requester = caller.requester
    if requester.role is None:
        return json.dumps([caller.access_key_id])
    return json.dumps([requester.account_id, requester.role])
