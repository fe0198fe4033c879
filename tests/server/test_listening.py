"""Reading HOST:PORT, and holding a port."""

from __future__ import annotations

import socket

import pytest

from pillarbox.server.listening import (
    ListenAddress,
    PortUnavailableError,
    hold_port,
    parse_listen,
    rejoin_port,
)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:9000", "127.0.0.1", 9000),
        ("127.0.0.1:0", "127.0.0.1", 0),
        ("[::1]:65535", "::1", 65535),
        (":8080", "0.0.0.0", 8080),
        ("[::]:80", "::", 80),
        ("localhost:9000", "127.0.0.1", 9000),
        ("127.0.0.1:" + "0" * 5000 + "80", "127.0.0.1", 80),
        ("127.0.0.1:00", "127.0.0.1", 0),
    ],
)
def test_reads(text: str, host: str, port: int) -> None:
    assert parse_listen(text) == ListenAddress(host, port)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9000",
        "127.0.0.1",
        "::1:9000",
        "[::1]",
        "[::1",
        "[::1:80",
        "::1]:80",
        "a[b]:80",
        "127.0.0.1:",
        "127.0.0.1:x",
        "127.0.0.1:65536",
        "127.0.0.1:-1",
        "127.0.0.1:\u0663",
        "no.such.host.invalid:80",
        "a b:80",
    ],
)
def test_refuses_in_one_line_that_names_the_text(text: str) -> None:
    with pytest.raises(ValueError) as raised:
        parse_listen(text)
    assert repr(text) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_is_too_long_to_show_is_cut() -> None:
    with pytest.raises(ValueError, match="is not a port: give a number") as raised:
        parse_listen("127.0.0.1:" + "9" * 5000)
    assert len(str(raised.value)) < 300


def test_prints_as_it_is_written() -> None:
    assert str(ListenAddress("::1", 9000)) == "[::1]:9000"
    assert str(ListenAddress("127.0.0.1", 9000)) == "127.0.0.1:9000"


def test_every_interface_is_reached_by_loopback() -> None:
    assert ListenAddress("0.0.0.0", 1).reachable == ListenAddress("127.0.0.1", 1)
    assert ListenAddress("::", 1).reachable == ListenAddress("::1", 1)
    assert ListenAddress("127.0.0.1", 1).is_loopback
    assert not ListenAddress("0.0.0.0", 1).is_loopback


def test_a_held_port_lets_workers_in_and_nobody_else() -> None:
    held, port = hold_port(ListenAddress("127.0.0.1", 0))
    with held:
        address = ListenAddress("127.0.0.1", port)
        with pytest.raises(PortUnavailableError, match=f"port {port} on 127.0.0.1 is in use"):
            hold_port(address)
        with socket.create_server(("127.0.0.1", port), reuse_port=True):
            with pytest.raises(PortUnavailableError):
                hold_port(address)
            rejoined = rejoin_port(address)
            assert rejoined is not None
            rejoined.close()


def test_a_held_port_takes_no_connection() -> None:
    held, port = hold_port(ListenAddress("127.0.0.1", 0))
    with held, pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_a_port_that_others_took_is_not_rejoined() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        assert rejoin_port(ListenAddress("127.0.0.1", other.getsockname()[1])) is None


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(PortUnavailableError, match=r"192\.0\.2\.1 is not an address of this"):
        hold_port(ListenAddress("192.0.2.1", 0))
