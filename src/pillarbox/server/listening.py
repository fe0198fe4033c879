"""Where to listen: reading `HOST:PORT`, and keeping the port for one server.

granian binds with SO_REUSEPORT, so a second server on the same port would start unseen and take a
share of the requests. `hold_port` binds without it, which only one process can, and then lets the
workers of the same user in. The socket never listens, so it takes no connection; it also keeps the
port while a dead worker is being replaced.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import sys
from dataclasses import dataclass

_ANY_TO_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
#: Of a text that is no address, so many characters are shown.
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """An IP address and a port (0: any free one)."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it."""
        return ipaddress.ip_address(self.host).is_loopback

    @property
    def reachable(self) -> ListenAddress:
        """The same, but loopback instead of "every interface": what a local client connects to."""
        return ListenAddress(_ANY_TO_LOOPBACK.get(self.host, self.host), self.port)


def parse_listen(text: str) -> ListenAddress:
    """Read `HOST:PORT`: `127.0.0.1:9000`, `[::1]:9000`, `localhost:9000`; `:9000` is everywhere.

    Raises:
        ValueError: with a text that says what is wrong and how to mend it.
    """
    host, colon, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if not colon or (not bracketed and any(mark in host for mark in ":[]")):
        raise ValueError(f"{_shown(text)} is not HOST:PORT, such as 127.0.0.1:9000 or [::1]:9000")
    number = _port(port)
    if number is None:
        raise ValueError(
            f"{_shown(port)} in {_shown(text)} is not a port: give a number from 0 to 65535"
        )
    return ListenAddress(_address_of(host.removeprefix("[").removesuffix("]"), text), number)


def _port(text: str) -> int | None:
    digits = text.lstrip("0") or text[:1]
    # Python makes no number of more than 4,300 digits (its documentation: "Integer string
    # conversion length limitation"), so their count comes first.
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > 5 or int(digits) > 65535:
        return None
    return int(digits)


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")


def _address_of(host: str, text: str) -> str:
    if not host:
        return "0.0.0.0"  # noqa: S104
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ValueError(
            f"the host {_shown(host)} in {_shown(text)} is not known: "
            "give an address of this machine"
        ) from None
    families = {family: str(address[0]) for family, _, _, _, address in reversed(found)}
    return families.get(socket.AF_INET) or families[socket.AF_INET6]


class PortUnavailableError(Exception):
    """The address can't be listened on; the text says why and how to mend it."""


def hold_port(address: ListenAddress, option: str = "--listen") -> tuple[socket.socket, int]:
    """Take the port for this server; gives the socket that holds it and the real port.

    Args:
        option: which gave it, for the error.

    Raises:
        PortUnavailableError: somebody else has it, or it isn't ours to take.
    """
    held = _socket(address)
    try:
        held.bind((address.host, address.port))
    except OSError as error:
        held.close()
        raise PortUnavailableError(_why(address, option, error)) from None
    port = held.getsockname()[1]
    if sys.platform == "linux":
        _let_workers_in(held)
    else:
        held.close()  # elsewhere a port that is held could not be listened on
    return held, port


def rejoin_port(address: ListenAddress) -> socket.socket | None:
    """Hold the port again while workers listen on it; None where that can't be."""
    if sys.platform != "linux":
        return None
    held = _socket(address)
    _let_workers_in(held)
    try:
        held.bind((address.host, address.port))
    except OSError:
        held.close()
        return None
    return held


def _socket(address: ListenAddress) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    held = socket.socket(family, socket.SOCK_STREAM)
    # Without this the connections that a stopped server left in TIME_WAIT would count as a user.
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return held


def _let_workers_in(held: socket.socket) -> None:
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    # Else the next server's bind would be let in as well, until our worker listens.
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)


def _why(address: ListenAddress, option: str, error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"port {address.port} on {address.host} is in use by another program: "
                f"stop it, or choose another port with {option} (port 0 takes any free one)"
            )
        case errno.EADDRNOTAVAIL:
            return (
                f"{address.host} is not an address of this machine: "
                f"give one with {option}, or 0.0.0.0 for every interface"
            )
        case errno.EACCES:
            return f"port {address.port} needs root: choose one from 1024 up with {option}"
        case _:
            return f"can't listen on {address}: {os.strerror(error.errno or 0)}"
