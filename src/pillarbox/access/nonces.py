"""Nonces of signed calls: what was heard once is not heard again while its time still holds."""

from __future__ import annotations

from datetime import datetime, timedelta

from pillarbox.access.caller import Caller
from pillarbox.model.limits import MAX_CLOCK_SKEW_SECONDS

#: Characters; clients send UUIDs, digests and numbers.
MAX_NONCE_LENGTH = 128

#: A time may be ahead as long as it is heard afterwards.
_KEPT = timedelta(seconds=2 * MAX_CLOCK_SKEW_SECONDS)

_Holder = tuple[str, ...]
_Used = dict[tuple[str, str], datetime]


class Nonces:
    """Nonces that were used lately.

    Each AccessKey has a memory of its own, so that nobody can make it forget what another has
    signed. The temporary ones of a role share one: sessions are made by the thousand.
    """

    def __init__(self, capacity: int = 50_000) -> None:
        """Remember at most `capacity` of each; the oldest goes first."""
        self._capacity = capacity
        #: Who called last comes last.
        self._used: dict[_Holder, _Used] = {}

    def use(self, caller: Caller, nonce: str, now: datetime) -> bool:
        """Whether the nonce of a signer is new.

        Args:
            nonce: of `MAX_NONCE_LENGTH` characters at most.
            now: aware.
        """
        self._forget_silent(now)
        holder, name = _holder(caller), (caller.access_key_id or "", nonce)
        used = self._used.pop(holder, {})
        self._used[holder] = used
        while used and now - used[oldest := next(iter(used))] > _KEPT:
            del used[oldest]
        if name in used:
            return False
        if len(used) >= self._capacity:
            del used[next(iter(used))]
        used[name] = now
        return True

    def count(self) -> int:
        """How many are remembered."""
        return sum(map(len, self._used.values()))

    def _forget_silent(self, now: datetime) -> None:
        """Forget who has not called for so long that nothing of theirs can hold."""
        while self._used:
            holder = next(iter(self._used))
            last = next(reversed(self._used[holder].values()), None)
            if last is not None and now - last <= _KEPT:
                break
            del self._used[holder]


def _holder(caller: Caller) -> _Holder:
    """Whose memory it is: that of an AccessKey, or of a role."""
    requester = caller.requester
    if requester.role is None:
        return (caller.access_key_id or "",)
    return (requester.account_id or "", requester.role)
