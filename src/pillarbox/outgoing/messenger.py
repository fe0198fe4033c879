"""Calls to web sites after an upload (OSS: "Callback").

Each goes to an address that was judged before, and ends after five seconds, or one mebibyte. How it
is sent, `pillarbox.outgoing.site_http` says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pillarbox.callback.addresses import AddressRules
from pillarbox.callback.answer import CallFailure, too_many, unreachable
from pillarbox.callback.call import Call
from pillarbox.callback.signature import SigningKey
from pillarbox.callback.target import Target
from pillarbox.model.metrics import CALLBACK_ATTEMPTS, NO_METER, Meter
from pillarbox.outgoing.resolution import PinnedTarget, Resolution, Resolver, resolve

if TYPE_CHECKING:
    from pillarbox.outgoing.site_http import SiteHttp

#: Seconds that one URL gets, from the connection to the last byte of its answer ("Callback").
SECONDS = 5.0
#: Calls that run at once; as many seconds as above does another wait for its turn.
MOST_CALLS = 64


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """What became of a call.

    Attributes:
        answer: the site's JSON, None if no URL answered well.
        failures: of the URLs that were tried before that, in order.
    """

    answer: bytes | None
    failures: tuple[CallFailure, ...] = ()

    @property
    def message(self) -> str:
        """Why the last URL failed."""
        return self.failures[-1].message

    @property
    def is_over(self) -> bool:
        """Whether trying again is of no use: some URL took it, or all refuse it for good."""
        if self.answer is not None or any(failure.was_taken for failure in self.failures):
            return True
        return not any(failure.may_pass for failure in self.failures)


class Messenger:
    """Makes calls, signed with the store's key. For one event loop; `close` when done.

    Args:
        key: of the store.
        key_url: where sites fetch its public half.
        rules: which addresses may be called.
        resolver: the system's, but for tests.
        seconds: for each URL.
        most_calls: at once.
        meter: is told of each call.
    """

    def __init__(
        self,
        key: SigningKey,
        key_url: str,
        rules: AddressRules,
        *,
        resolver: Resolver = resolve,
        seconds: float = SECONDS,
        most_calls: int = MOST_CALLS,
        meter: Meter = NO_METER,
    ) -> None:
        self._key = key
        #: The public half of the key, for the sites.
        self.public_pem = key.public_pem()
        self._key_url = key_url
        self._resolution = Resolution(rules, resolver)
        self._seconds = seconds
        self._running = asyncio.Semaphore(most_calls)
        self._opening = asyncio.Lock()
        self._meter = meter
        self._http: SiteHttp | None = None

    async def close(self) -> None:
        """Let go of everything."""
        self._resolution.close()
        if self._http is not None:
            await self._http.close()

    async def pin(self, targets: Sequence[Target]) -> tuple[PinnedTarget, ...]:
        """See `Resolution.pin`."""
        return await self._resolution.pin(targets)

    async def call(self, call: Call, targets: Sequence[PinnedTarget]) -> CallOutcome:
        """Try the URLs in turn until one answers well."""
        outcome = await self._call(call, targets)
        word = "failed" if outcome.answer is None else "answered"
        self._meter.add(CALLBACK_ATTEMPTS, 1, (word,))
        return outcome

    async def _call(self, call: Call, targets: Sequence[PinnedTarget]) -> CallOutcome:
        try:
            async with asyncio.timeout(self._seconds):
                await self._running.acquire()
        except TimeoutError:
            return CallOutcome(None, (too_many(),))
        failures: list[CallFailure] = []
        try:
            http = await self._opened()
            for pinned in targets:
                result = await http.call(call, pinned)
                if isinstance(result, bytes):
                    return CallOutcome(result, tuple(failures))
                failures.append(result)
        except OSError:  # SSL_CERT_FILE names what can't be read
            return CallOutcome(None, tuple(unreachable() for _ in targets))
        finally:
            self._running.release()
        return CallOutcome(None, tuple(failures))

    async def _opened(self) -> SiteHttp:
        async with self._opening:
            if self._http is None:
                self._http = await asyncio.to_thread(self._open)
        return self._http

    def _open(self) -> SiteHttp:
        # Most servers never call a site: httpx, a fifth of what a start would import, can wait.
        from pillarbox.outgoing.site_http import SiteHttp

        return SiteHttp(self._key, self._key_url, self._seconds)
