"""Who a client is behind proxies, and who only says so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.server.forwarding import Origin, TrustedProxies

PROXIES = TrustedProxies.of(["10.0.0.0/8", "127.0.0.1", "2001:db8:1::/48"])


def origin(
    *forwarded: str,
    proto: tuple[str, ...] = (),
    peer: str | None = "10.0.0.1",
    proxies: TrustedProxies = PROXIES,
) -> Origin:
    """Of a request over http whose lists stand in these header lines."""
    headers = [(b"x-forwarded-for", line.encode()) for line in forwarded]
    headers += [(b"x-forwarded-proto", line.encode()) for line in proto]
    headers.insert(1, (b"host", b"files.example"))
    return proxies.origin(peer, "http", headers)


@pytest.mark.parametrize(
    ("lines", "address"),
    [
        ([], "10.0.0.1"),
        (["198.51.100.7"], "198.51.100.7"),
        (["6.6.6.6, 198.51.100.7"], "198.51.100.7"),
        (["6.6.6.6, 198.51.100.7, 10.0.0.2"], "198.51.100.7"),
        (["6.6.6.6", "198.51.100.7", "10.0.0.2"], "198.51.100.7"),
        (["198.51.100.7,10.0.0.2", "10.0.0.3 ,\t10.0.0.4"], "198.51.100.7"),
        (["10.0.0.9, 10.0.0.2"], "10.0.0.9"),
        (["  198.51.100.7  "], "198.51.100.7"),
        (["198.51.100.7, , ,"], "198.51.100.7"),
        (["198.51.100.7", ""], "198.51.100.7"),
        (["198.51.100.7:4711"], "198.51.100.7"),
        (["2001:db8::1"], "2001:db8::1"),
        (["[2001:db8::1]"], "2001:db8::1"),
        (["[2001:db8::1]:4711"], "2001:db8::1"),
        (["[2001:DB8:0::1]:4711, 2001:db8:1::5"], "2001:db8::1"),
        (["::ffff:198.51.100.7"], "198.51.100.7"),
        (["198.51.100.7, ::ffff:10.0.0.2"], "198.51.100.7"),
    ],
)
def test_the_rightmost_address_that_no_proxy_has(lines: list[str], address: str) -> None:
    assert origin(*lines).address == address


@pytest.mark.parametrize(
    "garbage",
    [
        *("unknown", "_hidden", "files.example", "198.51.100", "198.51.100.7.8", "0x7f.1"),
        *("198.51.100.007", "198.51.100.7:", "198.51.100.7:port", "198.51.100.7:123456"),
        *("[198.51.100.7", "[]", "[]:80", "fe80::1%eth0", "[fe80::1%25x]:1", '"198.51.100.7"'),
        *("198.51.100.7 198.51.100.8", "\x01", "é", "for=198.51.100.7", "10.0.0.0/8"),
    ],
)
def test_nonsense_ends_what_is_known(garbage: str) -> None:
    """The last proxy that is known counts then, never what stands left of nonsense."""
    assert origin(garbage).address == "10.0.0.1"
    assert origin(f"198.51.100.7, {garbage}, 10.0.0.2").address == "10.0.0.2"


@pytest.mark.parametrize("peer", ["198.51.100.1", "127.0.0.2", "::1", "2001:db8:2::1", "", None])
def test_others_are_not_believed(peer: str | None) -> None:
    assert origin("6.6.6.6", proto=("https",), peer=peer) == Origin(peer, "http")


def test_without_proxies_nobody_is_believed() -> None:
    found = origin("6.6.6.6", proto=("https",), peer="127.0.0.1", proxies=TrustedProxies())
    assert found == Origin("127.0.0.1", "http")


@pytest.mark.parametrize("peer", ["127.0.0.1", "2001:db8:1::1", "::ffff:10.0.0.1"])
def test_proxies_of_each_kind_are_believed(peer: str) -> None:
    assert origin("6.6.6.6", proto=("https",), peer=peer) == Origin("6.6.6.6", "https")


@pytest.mark.parametrize(
    ("lines", "proto", "scheme"),
    [
        (["198.51.100.7"], (), "http"),
        (["198.51.100.7"], ("https",), "https"),
        (["198.51.100.7"], ("HTTPS ",), "https"),
        (["198.51.100.7"], ("https, http",), "http"),
        (["198.51.100.7"], ("https", "http"), "http"),
        (["198.51.100.7, 10.0.0.2"], ("https, http",), "https"),
        (["198.51.100.7, 10.0.0.2"], ("https",), "https"),
        (["198.51.100.7, 10.0.0.2"], ("http, https, http",), "https"),
        (["198.51.100.7, 10.0.0.2"], ("https, , http",), "https"),
        (["198.51.100.7"], ("ftp",), "http"),
        (["198.51.100.7"], ("",), "http"),
        ([], ("https",), "https"),
    ],
)
def test_the_scheme_is_told_by_who_heard_the_client(
    lines: list[str], proto: tuple[str, ...], scheme: str
) -> None:
    assert origin(*lines, proto=proto).scheme == scheme


def test_a_scheme_that_is_none_leaves_that_of_the_connection() -> None:
    assert PROXIES.origin("10.0.0.1", "https", [(b"x-forwarded-proto", b"gopher")]).scheme == (
        "https"
    )


def test_a_chain_without_end_is_left() -> None:
    assert origin("6.6.6.6," + "10.0.0.2," * 5000).address == "10.0.0.2"


@given(st.lists(st.binary(max_size=40)), st.lists(st.binary(max_size=20)))
def test_no_header_breaks_it_or_lies(forwarded: list[bytes], proto: list[bytes]) -> None:
    headers = [(b"x-forwarded-for", line) for line in [*forwarded, b"198.51.100.7"]]
    headers += [(b"x-forwarded-proto", line) for line in proto]
    found = PROXIES.origin("10.0.0.1", "http", headers)
    assert found.address == "198.51.100.7"
    assert found.scheme in ("http", "https")
