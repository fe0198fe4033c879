"""Who sent a request that came through a proxy, and over http or https.

A proxy appends the address that it was connected from to X-Forwarded-For, and says in
X-Forwarded-Proto how. Anybody can send both headers, so they count only if the connection itself
comes from a trusted proxy, and of X-Forwarded-For only what trusted proxies appended: read from the
right, the first address that is none of theirs is the client. What stands left of it is the
client's own word::

    X-Forwarded-For: 6.6.6.6, 198.51.100.7, 10.0.0.2      from 10.0.0.1, trusted: 10.0.0.0/8
                     a lie    the client    a proxy

No RFC describes these headers (RFC 7239 made `Forwarded` in their stead, which few proxies send by
default); this reading is that of nginx with `real_ip_recursive on`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: More proxies in a row than anybody has: what follows is not looked at.
_MAX_HOPS = 32
#: `192.0.2.1:4711`, `[2001:db8::1]`, `[2001:db8::1]:4711`; a bare IPv6 address has no port.
_WITH_PORT = re.compile(r"(?:\[([^\[\]]+)\]|([^:\[\]]+))(?::[0-9]{1,5})?")
_SCHEMES = ("http", "https")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from.

    Attributes:
        address: of the client, None if it is not known.
        scheme: `http` or `https`, as the client spoke it.
    """

    address: str | None
    scheme: str


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """Whose word counts."""

    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, networks: Iterable[str]) -> TrustedProxies:
        """Those of these networks, in CIDR notation; ValueError for what is none."""
        return cls(tuple(ipaddress.ip_network(text) for text in networks))

    def trust(self, address: Address) -> bool:
        """Whether a proxy has this address."""
        return any(address in network for network in self.networks)

    def origin(
        self, peer: str | None, scheme: str, headers: Sequence[tuple[bytes, bytes]]
    ) -> Origin:
        """Where a request comes from.

        Args:
            peer: address of the connection's other end, None if there is none.
            scheme: what is spoken on the connection.
            headers: of the request, names in lower case.
        """
        hop = _address(peer or "") if self.networks else None
        if hop is None or not self.trust(hop):
            return Origin(peer, scheme)
        passed = 0
        for text in _from_the_right(headers, b"x-forwarded-for"):
            address = _address(text)
            if address is None or passed == _MAX_HOPS:
                # `unknown`, a name, nonsense: nothing is known beyond the last proxy.
                break
            hop = address
            if not self.trust(hop):
                break
            passed += 1
        return Origin(str(hop), _scheme(headers, passed) or scheme)


def _scheme(headers: Sequence[tuple[bytes, bytes]], passed: int) -> str | None:
    """What the proxy says that heard the client, `passed` proxies in front of ours.

    A list that is shorter was not added to by all of them: then its first value counts.
    """
    found = None
    for place, text in enumerate(_from_the_right(headers, b"x-forwarded-proto")):
        if place > passed:
            break
        found = text.lower()
    return found if found in _SCHEMES else None


def _from_the_right(headers: Sequence[tuple[bytes, bytes]], name: bytes) -> Iterator[str]:
    """The elements of a list that may stand in several header lines; empty ones are none."""
    for header, value in reversed(headers):
        if header == name:
            rest = value
            while rest:
                rest, _, element = rest.rpartition(b",")
                if text := element.strip(b" \t"):
                    yield text.decode("latin-1")


def _address(text: str) -> Address | None:
    """The address in one element, None if there is none; an IPv4 one in IPv6's dress is itself."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        match = _WITH_PORT.fullmatch(text)
        try:
            address = ipaddress.ip_address((match[1] or match[2]) if match else "")
        except ValueError:
            return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            # A zone means something on the machine that named it, and it may hold any character.
            return None
        return address.ipv4_mapped or address
    return address
