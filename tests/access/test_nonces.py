"""Nonces that were used."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pillarbox.access.caller import Caller
from pillarbox.access.nonces import Nonces
from pillarbox.access.ram import Requester

NOW = datetime(2030, 1, 1, tzinfo=UTC)
ONE, ANOTHER = Caller(Requester("1"), "a"), Caller(Requester("1"), "b")
KEPT = timedelta(minutes=30)


def session(key_id: str, role: str = "uploader") -> Caller:
    return Caller(Requester("1", role=role, session="app"), key_id)


def test_a_nonce_is_good_once_for_a_signer() -> None:
    nonces = Nonces()
    assert nonces.use(ONE, "n", NOW)
    assert nonces.use(ANOTHER, "n", NOW)
    assert not nonces.use(ONE, "n", NOW + timedelta(minutes=1))
    assert not nonces.use(ONE, "n", NOW + KEPT)
    assert nonces.use(ONE, "n", NOW + KEPT + timedelta(seconds=1))


def test_so_many_are_remembered_and_the_oldest_goes() -> None:
    nonces = Nonces(capacity=2)
    assert [nonces.use(ONE, name, NOW) for name in "123"] == [True, True, True]
    assert not nonces.use(ONE, "3", NOW)
    assert nonces.use(ONE, "1", NOW)


def test_nobody_makes_another_forget() -> None:
    nonces = Nonces(capacity=2)
    for caller in (ONE, session("STS.a")):
        assert nonces.use(caller, "n", NOW)
    for name in "12345":
        assert nonces.use(ANOTHER, name, NOW)
        assert nonces.use(session("STS.b", "another"), name, NOW)
    for caller in (ONE, session("STS.a")):
        assert not nonces.use(caller, "n", NOW)


def test_sessions_of_a_role_share_what_is_remembered_and_no_nonce() -> None:
    nonces = Nonces(capacity=2)
    assert nonces.use(session("STS.a"), "n", NOW)
    assert nonces.use(session("STS.b"), "n", NOW)
    assert not nonces.use(session("STS.a"), "n", NOW)
    assert nonces.use(session("STS.c"), "n", NOW)
    assert nonces.use(session("STS.a"), "n", NOW)


def test_who_has_called_long_ago_takes_no_room() -> None:
    nonces = Nonces()
    for number in range(100):
        assert nonces.use(Caller(Requester("1"), f"key-{number}"), "n", NOW)
    assert nonces.use(ONE, "n", NOW + KEPT)
    assert nonces.count() == 101
    assert nonces.use(ONE, "m", NOW + KEPT + timedelta(seconds=1))
    assert nonces.count() == 2
