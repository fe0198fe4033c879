import asyncio
import threading
from collections.abc import MutableMapping
from typing import Any

import pytest

from pillarbox.model import refusals
from pillarbox.model.refusals import Refusal
from pillarbox.server import body as body_module
from pillarbox.server.allocator import give_back
from pillarbox.server.body import Body
from pillarbox.server.body_watch import BodyWatch
from tests.refusing import refused
from tests.server.requests import disconnect, piece, receiver
from tests.server_process import PATIENCE

INCOMPLETE = "You did not provide the number of bytes specified by the Content-Length HTTP header."


async def read_to_end(body: Body) -> list[bytes]:
    pieces = []
    while data := await body.read():
        pieces.append(data)
    return pieces


def test_pieces_until_the_end() -> None:
    body = Body(receiver(piece(b"ab"), piece(b""), piece(b"c", more=False)), 3, empty=False)
    assert asyncio.run(read_to_end(body)) == [b"ab", b"c"]
    assert (body.received, body.finished, body.cut) == (3, True, False)


def test_an_end_of_its_own() -> None:
    body = Body(receiver(piece(b"ab"), {"type": "http.request"}), None, empty=False)
    assert asyncio.run(read_to_end(body)) == [b"ab"]


def test_no_body_is_never_asked_for() -> None:
    assert asyncio.run(read_to_end(Body(receiver(), None, empty=True))) == []


def test_a_cut_body_is_no_end() -> None:
    body = Body(receiver(piece(b"ab"), disconnect()), 3, empty=False)

    async def read() -> None:
        assert await body.read() == b"ab"
        for _ in range(2):
            with refused("IncompleteBody", 400, INCOMPLETE):
                await body.read()

    asyncio.run(read())
    assert (body.finished, body.cut) == (True, True)


def test_read_all() -> None:
    too_large = refusals.MALFORMED_XML()
    small = Body(receiver(piece(b"ab"), piece(b"c", more=False)), 3, empty=False)
    assert asyncio.run(small.read_all(3, too_large)) == b"abc"
    large = Body(receiver(piece(b"ab"), piece(b"cd")), None, empty=False)
    with pytest.raises(Refusal) as caught:
        asyncio.run(large.read_all(3, too_large))
    assert caught.value is too_large


class TestDrain:
    def test_to_the_end(self) -> None:
        body = Body(receiver(piece(b"ab"), piece(b"c", more=False)), 3, empty=False)
        asyncio.run(body.drain(60))
        assert (body.received, body.finished, body.cut) == (3, True, False)

    def test_to_a_cut(self) -> None:
        body = Body(receiver(piece(b"ab"), disconnect()), 3, empty=False)
        asyncio.run(body.drain(60))
        assert (body.finished, body.cut) == (True, True)

    def test_a_bounded_amount(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(body_module, "DRAIN_BYTES", 3)
        body = Body(receiver(piece(b"ab"), piece(b"cd"), piece(b"never asked for")), 9, empty=False)
        asyncio.run(body.drain(60))
        assert (body.received, body.finished) == (4, False)

    def test_for_a_bounded_time(self) -> None:
        async def silent() -> MutableMapping[str, Any]:
            await asyncio.sleep(3600)
            raise AssertionError("waited for ever")

        body = Body(silent, 9, empty=False)
        asyncio.run(body.drain(0.01))
        assert not body.finished

    def test_who_asked_first_is_not_waited_for_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(body_module, "ASKED_DRAIN_SECONDS", 0.01)
        body = Body(_silent, 9, empty=False, asks_first=True)
        asyncio.run(body.drain(3600))
        assert not body.finished

    def test_who_asked_and_sends_all_the_same_is_read(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(body_module, "ASKED_DRAIN_SECONDS", 0.05)

        async def slow() -> MutableMapping[str, Any]:
            if body.received:
                await asyncio.sleep(0.1)
            return next(pieces)

        pieces = iter([piece(b"ab"), piece(b"c", more=False)])
        body = Body(slow, 3, empty=False, asks_first=True)
        asyncio.run(body.drain(3600))
        assert (body.received, body.finished) == (3, True)

    def test_a_cancellation_only_ends_it(self) -> None:
        async def drain() -> None:
            draining = asyncio.create_task(Body(_silent, 9, empty=False).drain(60))
            await asyncio.sleep(0)
            draining.cancel()
            await draining

        asyncio.run(drain())


async def _silent() -> MutableMapping[str, Any]:
    await asyncio.Event().wait()
    raise AssertionError("waited for ever")


class TestInterruption:
    def test_ends_a_read_that_waits(self) -> None:
        async def read() -> None:
            body = Body(_silent, 9, empty=False)
            reading = asyncio.create_task(body.read())
            await asyncio.sleep(0)
            assert body.waiting_since is not None
            body.interrupt(refusals.REQUEST_TIMEOUT())
            body.interrupt(refusals.INTERNAL_ERROR())
            with refused("RequestTimeout"):
                await reading
            assert body.waiting_since is None
            with refused("RequestTimeout"):
                await body.read()

        asyncio.run(read())

    def test_ends_the_next_read(self) -> None:
        async def read() -> None:
            body = Body(receiver(piece(b"a")), 9, empty=False)
            body.interrupt(refusals.REQUEST_TIMEOUT())
            with refused("RequestTimeout"):
                await body.read()

        asyncio.run(read())

    def test_is_too_late_at_the_end(self) -> None:
        body = Body(receiver(piece(b"a", more=False)), 1, empty=False)

        async def read() -> list[bytes]:
            first = await body.read()
            body.interrupt(refusals.REQUEST_TIMEOUT())
            return [first, await body.read()]

        assert asyncio.run(read()) == [b"a", b""]

    def test_a_cancelled_task_stays_cancelled(self) -> None:
        async def read() -> None:
            reading = asyncio.create_task(Body(_silent, 9, empty=False).read())
            await asyncio.sleep(0)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading

        asyncio.run(read())


class TestWatch:
    def test_only_who_waits_too_long_is_interrupted(self) -> None:
        async def watch() -> None:
            bodies = [Body(_silent, 9, empty=False) for _ in range(3)]
            watch = BodyWatch(idle_timeout=30, min_rate=0)
            for body in bodies:
                watch.add(body)
            watch.remove(bodies[2])
            watch.remove(bodies[2])
            now = asyncio.get_running_loop().time()
            bodies[0].waiting_since = now - 31
            bodies[1].waiting_since = now - 29
            bodies[2].waiting_since = now - 99
            watch.look(now)
            with refused("RequestTimeout"):
                await bodies[0].read()
            for body in bodies[1:]:
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(body.read(), 0.01)

        asyncio.run(watch())

    @pytest.mark.parametrize(
        ("age", "received", "refuses"),
        [(59, 0, False), (61, 62 * 1024, False), (61, 60 * 1024, True), (9999, 9_999_999, True)],
    )
    def test_who_drips_is_interrupted(self, age: int, received: int, refuses: bool) -> None:
        async def watch() -> None:
            body, watch = Body(_silent, 9, empty=False), BodyWatch(idle_timeout=30, min_rate=1024)
            watch.add(body)
            now = asyncio.get_running_loop().time() + age
            body.received, body.waiting_since = received, now - 1
            watch.look(now)
            with refused("RequestTimeout") if refuses else pytest.raises(TimeoutError):
                await asyncio.wait_for(body.read(), 0.01)

        asyncio.run(watch())

    def test_who_stands_still_holds_nothing_and_many_have_it_given_back(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        given_back = threading.Event()
        monkeypatch.setattr("pillarbox.server.body_watch.give_back", given_back.set)
        monkeypatch.setattr("pillarbox.server.body_watch._GIVE_BACK_DELAY", 0)
        rested: list[int] = []

        async def watch() -> None:
            watch = BodyWatch(idle_timeout=30, min_rate=0)
            now = asyncio.get_running_loop().time()
            for number, waits in enumerate([0.1, None, *[0.6] * 8]):
                body = Body(_silent, 9, empty=False)
                body.waiting_since = None if waits is None else now - waits

                def rest(number: int = number) -> bool:
                    rested.append(number)
                    return rested.count(number) == 1

                body.when_still = rest
                watch.add(body)
            watch.look(now)
            assert rested == list(range(2, 10))
            assert await asyncio.to_thread(given_back.wait, PATIENCE)
            given_back.clear()
            watch.look(now)
            await asyncio.sleep(0.05)
            assert not given_back.is_set(), "nobody had anything to let go of"

        asyncio.run(watch())

    def test_memory_is_given_back_where_the_system_can(self) -> None:
        give_back()

    def test_runs_until_it_is_cancelled(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("pillarbox.server.body_watch._INTERVAL", 0.001)

        async def watch() -> None:
            body = Body(_silent, 9, empty=False)
            watch = BodyWatch(idle_timeout=0, min_rate=0)
            watch.add(body)
            watching = asyncio.create_task(watch.run())
            with refused("RequestTimeout"):
                await body.read()
            watching.cancel()

        asyncio.run(watch())


class TestDust:
    """A body in many tiny pieces costs the processor far more than it brings."""

    @pytest.fixture(autouse=True)
    def few(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(body_module, "MANY_PIECES", 4)

    def test_many_tiny_pieces_are_refused(self) -> None:
        body = Body(receiver(*[piece(b"ab")] * 5), None, empty=False)
        message = "The body comes in too many too small pieces."
        with refused("InvalidRequest", 400, message):
            asyncio.run(read_to_end(body))
        assert body.pieces == 5

    @pytest.mark.parametrize("size", [256, 1000])
    def test_many_pieces_of_some_size_are_not(self, size: int) -> None:
        data = b"x" * size
        body = Body(receiver(*[piece(data)] * 9, piece(data, more=False)), None, empty=False)
        assert len(asyncio.run(read_to_end(body))) == 10

    def test_few_tiny_pieces_are_not(self) -> None:
        body = Body(receiver(*[piece(b"x")] * 3, piece(b"x", more=False)), None, empty=False)
        assert asyncio.run(read_to_end(body)) == [b"x"] * 4
