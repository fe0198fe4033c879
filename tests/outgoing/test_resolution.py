"""Every way that is known to make a store call its own inside."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from pillarbox.callback.addresses import AddressRules
from pillarbox.callback.target import Target
from pillarbox.outgoing import resolution
from pillarbox.outgoing.resolution import (
    ForbiddenAddressError,
    PinnedTarget,
    Resolution,
    UnknownHostError,
    resolve,
)

NAMES = {
    "public.example": ["93.184.215.14", "2606:4700:4700::1111"],
    "other.example": ["1.1.1.1"],
    "loopback.example": ["127.0.0.1"],
    "loopback6.example": ["::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "metadata.example": ["169.254.169.254"],
    "mixed.example": ["10.0.0.1", "1.1.1.1", "127.0.0.1"],
    "scoped.example": ["fe80::1%eth0"],
    "many.example": [f"1.1.1.{n}" for n in range(20)],
}


def fake(host: str, port: int) -> Sequence[str]:
    """A resolver that knows `NAMES`, and what the system's makes of odd spellings."""
    try:
        return NAMES[host]
    except KeyError:
        if host.endswith(".example"):
            raise OSError("no such name") from None
        return resolve(host, port)


def pin(*urls: str, allowed: Sequence[str] = ()) -> tuple[PinnedTarget, ...]:
    async def run() -> tuple[PinnedTarget, ...]:
        found = Resolution(AddressRules.of(allowed), fake)
        try:
            return await found.pin([Target.parse(url) for url in urls])
        finally:
            found.close()

    return asyncio.run(run())


def test_a_public_name_is_pinned() -> None:
    (pinned,) = pin("https://public.example/x")
    assert pinned.addresses == ("93.184.215.14", "2606:4700:4700::1111")
    assert pinned.target.host == "public.example"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "017700000001",
        "0177.0.0.1",
        "127.000.000.001",
        "0",
        "0.0.0.0",
        "169.254.169.254",
        "2852039166",
        "localhost",
        "LOCALHOST",
        "loopback.example",
        "loopback6.example",
        "mapped.example",
        "metadata.example",
        "scoped.example",
    ],
)
def test_the_inside_is_forbidden_in_any_spelling(host: str) -> None:
    # Where the system's resolver doesn't know a spelling, nobody is called either.
    with pytest.raises((ForbiddenAddressError, UnknownHostError)):
        pin(f"http://{host}/")


def test_one_forbidden_url_spoils_the_list() -> None:
    with pytest.raises(ForbiddenAddressError):
        pin("http://public.example/", "http://metadata.example/")


def test_of_a_names_addresses_the_forbidden_ones_are_left_out() -> None:
    (pinned,) = pin("http://mixed.example/")
    assert pinned.addresses == ("1.1.1.1",)
    (pinned,) = pin("http://mixed.example/", allowed=["127.0.0.0/8"])
    assert pinned.addresses == ("1.1.1.1", "127.0.0.1")


def test_what_the_operator_allows() -> None:
    assert pin("http://127.1/", allowed=["127.0.0.0/8"])[0].addresses == ("127.0.0.1",)
    assert pin("http://mapped.example/", allowed=["127.0.0.1/32"])
    with pytest.raises(ForbiddenAddressError):
        pin("http://metadata.example/", allowed=["127.0.0.0/8"])


def test_names_that_do_not_resolve() -> None:
    with pytest.raises(UnknownHostError):
        pin("http://none.example/", "http://neither.example/")
    with pytest.raises(UnknownHostError):
        pin(f"http://{'a' * 64}.invalid/")
    found = pin("http://none.example/", "http://other.example/", "http://public.example/")
    assert [pinned.target.host for pinned in found] == ["other.example", "public.example"]


def test_only_so_many_addresses_are_kept() -> None:
    assert len(pin("http://many.example/")[0].addresses) == 4


def test_a_name_is_asked_for_once() -> None:
    """DNS rebinding: the second answer, which would be loopback, is never asked for."""
    asked: list[str] = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["1.1.1.1"] if len(asked) == 1 else ["127.0.0.1"]

    async def run() -> tuple[PinnedTarget, ...]:
        found = Resolution(AddressRules(), rebinding)
        try:
            return await found.pin([Target.parse("http://rebinding.example/")])
        finally:
            found.close()

    assert asyncio.run(run())[0].addresses == ("1.1.1.1",)
    assert asked == ["rebinding.example"]


def test_a_resolver_that_hangs_does_not_hang_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolution, "_SECONDS", 0.05)
    release = threading.Event()

    def hanging(host: str, port: int) -> Sequence[str]:
        release.wait(60)
        return ["1.1.1.1"]

    async def run() -> None:
        found = Resolution(AddressRules(), hanging)
        try:
            with pytest.raises(UnknownHostError):
                await found.pin([Target.parse("http://slow.example/")])
        finally:
            release.set()
            found.close()

    asyncio.run(run())
