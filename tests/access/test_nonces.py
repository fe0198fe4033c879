"""Nonces that were used."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pillarbox.access.caller import Caller
from pillarbox.access.nonces import Nonces
from pillarbox.access.ram import Requester
from pillarbox.storage.nonces import UsedNonces

NOW = datetime(2030, 1, 1, tzinfo=UTC)
ONE, ANOTHER = Caller(Requester("1"), "a"), Caller(Requester("1"), "b")
KEPT = timedelta(minutes=30)


class Memory:
    """The nonces of a directory, for who doesn't wait by a loop."""

    def __init__(self, data_dir: Path, capacity: int = 50_000) -> None:
        self._used = UsedNonces(data_dir)
        self._nonces = Nonces(self._used, capacity)

    def use(self, caller: Caller, nonce: str, now: datetime) -> bool:
        return asyncio.run(self._nonces.use(caller, nonce, now))

    def count(self) -> int:
        return self._used.count()


def session(key_id: str, role: str = "uploader") -> Caller:
    return Caller(Requester("1", role=role, session="app"), key_id)


def test_a_nonce_is_good_once_for_a_signer(tmp_path: Path) -> None:
    nonces = Memory(tmp_path)
    assert nonces.use(ONE, "n", NOW)
    assert nonces.use(ANOTHER, "n", NOW)
    assert not nonces.use(ONE, "n", NOW + timedelta(minutes=1))
    assert not nonces.use(ONE, "n", NOW + KEPT)
    assert nonces.use(ONE, "n", NOW + KEPT + timedelta(seconds=1))


def test_so_many_are_remembered_and_the_oldest_goes(tmp_path: Path) -> None:
    nonces = Memory(tmp_path, capacity=2)
    assert [nonces.use(ONE, name, NOW) for name in "123"] == [True, True, True]
    assert not nonces.use(ONE, "3", NOW)
    assert nonces.use(ONE, "1", NOW)


def test_nobody_makes_another_forget(tmp_path: Path) -> None:
    nonces = Memory(tmp_path, capacity=2)
    for caller in (ONE, session("STS.a")):
        assert nonces.use(caller, "n", NOW)
    for name in "12345":
        assert nonces.use(ANOTHER, name, NOW)
        assert nonces.use(session("STS.b", "another"), name, NOW)
    for caller in (ONE, session("STS.a")):
        assert not nonces.use(caller, "n", NOW)


def test_sessions_of_a_role_share_what_is_remembered_and_no_nonce(tmp_path: Path) -> None:
    nonces = Memory(tmp_path, capacity=2)
    assert nonces.use(session("STS.a"), "n", NOW)
    assert nonces.use(session("STS.b"), "n", NOW)
    assert not nonces.use(session("STS.a"), "n", NOW)
    assert nonces.use(session("STS.c"), "n", NOW)
    assert nonces.use(session("STS.a"), "n", NOW)


def test_who_has_called_long_ago_takes_no_room(tmp_path: Path) -> None:
    nonces = Memory(tmp_path)
    for number in range(100):
        assert nonces.use(Caller(Requester("1"), f"key-{number}"), "n", NOW)
    assert nonces.use(ONE, "n", NOW + KEPT)
    assert nonces.count() == 101
    assert nonces.use(ONE, "m", NOW + KEPT + timedelta(seconds=1))
    assert nonces.count() == 2


def test_what_one_process_heard_no_other_hears_again(tmp_path: Path) -> None:
    one, another = Memory(tmp_path), Memory(tmp_path)
    assert one.use(ONE, "n", NOW)
    assert not another.use(ONE, "n", NOW)
    assert another.use(ONE, "m", NOW)
    assert not one.use(ONE, "m", NOW)


def test_of_many_who_use_a_nonce_at_once_one_is_the_first(tmp_path: Path) -> None:
    memories = [UsedNonces(tmp_path) for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        for number in range(20):
            found = threads.map(lambda one, n=number: one.use("a", f"{n}", 0, 1, 100), memories)
            assert sum(found) == 1


def test_only_the_owner_reads_what_was_used(tmp_path: Path) -> None:
    Memory(tmp_path).use(ONE, "n", NOW)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("nonces*")} == {0o600}
