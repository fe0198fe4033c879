"""Which addresses a store may call.

A form says whom the store calls, so a visitor could make it call what only the store reaches: its
own machine, its network, the cloud's metadata service. So only addresses of the public internet are
called, and what the operator allows besides. Names are resolved by who calls; what counts is the
address, in whatever spelling it came.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: Not of the public internet (IANA, special-purpose address registry). Written out, for Python's
#: own lists change with its versions; the last is Azure's host agent, public by its number alone.
_INSIDE = tuple(
    ipaddress.ip_network(text)
    for text in """
    0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
    192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24
    224.0.0.0/4 240.0.0.0/4 2001:db8::/32 3fff::/20 168.63.129.16/32
    """.split()  # noqa: SIM905 (so many words read better as text)
)
#: All of IPv6 that is given out (RFC 4291, section 2.4).
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
#: IPv6 addresses that stand for an IPv4 one: NAT64 (RFC 6052). Not 64:ff9b:1::/48, which is no
#: address of the internet: where in it the IPv4 address stands is up to the network (RFC 8215).
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")


@dataclass(frozen=True, slots=True)
class AddressRules:
    """What may be called.

    Attributes:
        allowed: networks that the operator allows besides the public internet.
    """

    allowed: tuple[Network, ...] = ()

    @classmethod
    def of(cls, networks: Iterable[str]) -> AddressRules:
        """The rules that allow these networks, in CIDR notation; ValueError for what is none."""
        return cls(tuple(ipaddress.ip_network(text) for text in networks))

    def allow(self, text: str) -> bool:
        """Whether an address may be called; what is no address may not."""
        try:
            address = ipaddress.ip_address(text.partition("%")[0])
        except ValueError:
            return False
        # Both the address itself and what it stands for must be harmless.
        return all(self._allows(meant) for meant in meanings(address))

    def allowed_of(self, addresses: Sequence[str]) -> tuple[str, ...]:
        """Those of `addresses` that may be called, in order."""
        return tuple(text for text in addresses if self.allow(text))

    def _allows(self, address: Address) -> bool:
        if any(address in network for network in self.allowed):
            return True
        if address.version == 6 and address not in _GLOBAL_UNICAST:
            return False
        return address.is_global and not any(address in network for network in _INSIDE)


def meanings(address: Address) -> tuple[Address, ...]:
    """What is reached by an address: itself, or the IPv4 addresses that an IPv6 one stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return (address,)
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    low = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _NAT64:
        return (low,)
    if address.sixtofour is not None:
        return (address, address.sixtofour)
    if address.teredo is not None:
        return (address, *address.teredo)
    if address in _COMPATIBLE and int(address) > 1:
        return (address, low)
    return (address,)
