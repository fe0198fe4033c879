"""From a host's name to the addresses that may be called.

A name is resolved once for each call and the call goes to the very addresses that were judged: a
name that resolves otherwise a moment later (DNS rebinding) changes nothing.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from pillarbox.callback.addresses import AddressRules
from pillarbox.callback.target import Target

Resolver = Callable[[str, int], Sequence[str]]
"""The addresses of a host, best first; OSError or UnicodeError if there are none. May block."""

#: Names that are looked up at once. A lookup may take long, and can't be broken off.
_THREADS = 8
_SECONDS = 5.0
#: Addresses of a name that are tried.
_MOST_ADDRESSES = 4


class UnknownHostError(Exception):
    """No name of a callback resolves."""


class ForbiddenAddressError(Exception):
    """A name of a callback leads to where the store may not call."""


@dataclass(frozen=True, slots=True)
class PinnedTarget:
    """A URL and the addresses that stand for its host from now on, all of them allowed."""

    target: Target
    addresses: tuple[str, ...]


def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a host by the system's resolver, which reads `0x7f.1` as 127.0.0.1 too."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for _, _, _, _, address in found]


class Resolution:
    """Pins targets to addresses.

    Args:
        rules: which addresses may be called.
        resolver: the system's, but for tests.
    """

    def __init__(self, rules: AddressRules, resolver: Resolver = resolve) -> None:
        self._rules = rules
        self._resolver = resolver
        self._threads = ThreadPoolExecutor(_THREADS, "resolver")

    def close(self) -> None:
        """Forget what is still being looked up."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def pin(self, targets: Sequence[Target]) -> tuple[PinnedTarget, ...]:
        """The targets that can be called, in order; one whose name doesn't resolve is left out.

        Raises:
            ForbiddenAddressError: a name has only addresses that may not be called.
            UnknownHostError: no name resolves.
        """
        pinned = []
        for target, addresses in zip(
            targets, await asyncio.gather(*map(self._addresses, targets)), strict=True
        ):
            if not addresses:
                continue
            allowed = self._rules.allowed_of(addresses)
            if not allowed:
                raise ForbiddenAddressError(target.host)
            pinned.append(PinnedTarget(target, allowed[:_MOST_ADDRESSES]))
        if not pinned:
            raise UnknownHostError(targets[0].host)
        return tuple(pinned)

    async def _addresses(self, target: Target) -> tuple[str, ...]:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_SECONDS):
                found = await loop.run_in_executor(
                    self._threads, self._resolver, target.host, target.port
                )
        except (OSError, UnicodeError, TimeoutError):
            return ()
        return tuple(dict.fromkeys(found))
