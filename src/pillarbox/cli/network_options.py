"""Options of `pillarbox serve` about who may connect, and how."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pillarbox.server.listening import ListenAddress, parse_listen
from pillarbox.server.settings import TlsFiles


def read_networks(option: str, given: Sequence[str]) -> tuple[str, ...]:
    """The networks that an option names; ValueError for what is none."""
    networks = []
    for text in given:
        try:
            networks.append(str(ipaddress.ip_network(text)))
        except ValueError as error:
            reason = "its host bits are set" if "host bits" in str(error) else "it is no network"
            raise ValueError(
                f"{option} {text!r} can't be read, {reason}: write it like 10.0.0.0/8, "
                "127.0.0.1 or ::1"
            ) from None
    return tuple(dict.fromkeys(networks))


def read_admin(text: str | None, listen: ListenAddress) -> ListenAddress | None:
    """The address of `--admin`, loopback if it names no host; ValueError for one that can't be."""
    if text is None:
        return None
    try:
        admin = parse_listen(f"127.0.0.1{text}" if text.startswith(":") else text)
    except ValueError as error:
        raise ValueError(f"--admin: {error}") from None
    if admin.port and admin.port == listen.port:
        raise ValueError(
            f"--admin {text!r} has the port of --listen: clients must not find it there, "
            "give another port"
        )
    return admin


def read_tls_files(cert: str | None, key: str | None) -> TlsFiles | None:
    """The files of `--tls-cert` and `--tls-key`, judged; ValueError for what can't serve."""
    if cert is None and key is None:
        return None
    if not cert or not key:
        raise ValueError("--tls-cert and --tls-key belong together: give a file for both")
    # It imports what the extra `server` brings.
    from pillarbox.server.tls import read_tls

    files = TlsFiles(Path(cert).absolute(), Path(key).absolute())
    read_tls(files, datetime.now(UTC))
    return files
