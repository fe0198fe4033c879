from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from pillarbox.callback.addresses import AddressRules
from pillarbox.callback.retry import Delivery, delivery_document
from pillarbox.callback.signature import SigningKey
from pillarbox.jobs import deliveries
from pillarbox.jobs.deliveries import next_due_ms
from pillarbox.model.metrics import CALLBACK_ATTEMPTS, CALLBACKS_GIVEN_UP, NO_METER, Meter
from pillarbox.outgoing.messenger import Messenger
from pillarbox.storage.clock import now_ms
from pillarbox.storage.outbox import NEVER_MS, Outbox, WaitingCallback
from tests.callback_site import answer, site, unused_port
from tests.outgoing.test_messenger import call_to
from tests.recording_meter import RecordingMeter
from tests.server_process import wait_until
from tests.storage.test_outbox import WAITING, put

KEY = SigningKey.generate()
DAY_MS = 24 * 3600 * 1000


def waiting_for(url: str, callback_id: int = 1, lifetime_ms: int = DAY_MS) -> WaitingCallback:
    """A callback that is due."""
    call = replace(call_to(url), id=f"{callback_id:016x}")
    document = delivery_document(Delivery(call, now_ms() + lifetime_ms, 60))
    return replace(WAITING, id=callback_id, request=document, due_ms=0)


@contextmanager
def delivering(data_dir: Path, *networks: str, meter: Meter = NO_METER) -> Iterator[Outbox]:
    """Deliver in the background, and look into the outbox."""
    stop = threading.Event()

    def make_messenger() -> Messenger:
        return Messenger(
            KEY, "http://s/k", AddressRules.of(networks or ["127.0.0.0/8"]), meter=meter
        )

    thread = threading.Thread(
        target=deliveries.run,
        args=(data_dir, stop, make_messenger),
        kwargs={"interval_seconds": 0.02, "meter": meter},
    )
    thread.start()
    outbox = Outbox(data_dir)
    try:
        yield outbox
    finally:
        stop.set()
        thread.join(30)
        outbox.close()
        assert not thread.is_alive()


def until(condition: Callable[[], bool]) -> None:
    wait_until(condition, "the outbox to change")


def test_what_is_due_is_delivered_and_forgotten(data_dir: Path) -> None:
    with site() as one:
        put(data_dir, *(waiting_for(one.url(f"/{n}"), n) for n in range(1, 51)))
        with delivering(data_dir) as outbox:
            until(lambda: outbox.all() == [])
    assert sorted(int(heard.target[1:]) for heard in one.heard) == list(range(1, 51))
    heard = one.heard[0]
    assert int(heard.headers["x-pillarbox-callback-id"], 16) == int(heard.target[1:])


def test_it_is_tried_again_after_a_pause_until_it_is_taken(data_dir: Path) -> None:
    with site(answer(status=503), answer(status=429), answer()) as one:
        put(data_dir, waiting_for(one.url()))
        with delivering(data_dir) as outbox:
            for tries in (1, 2):
                one.wait_for(tries)
                until(lambda: outbox.all()[0].attempts == 1)
                (waiting,) = outbox.all()
                assert waiting.due_ms > now_ms()
                # The test doesn't wait for the pause.
                outbox.replay({waiting.id: waiting.request}, 0)
            until(lambda: outbox.all() == [])
    ids = {heard.headers["x-pillarbox-callback-id"] for heard in one.heard}
    assert (len(one.heard), len(ids)) == (3, 1), "each try has the same id"


@pytest.mark.parametrize("status", [200, 201, 204, 301, 400, 404, 410])
def test_what_was_taken_or_is_refused_for_good_is_not_tried_again(
    data_dir: Path, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    with site(answer(b"no JSON", status)) as one:
        put(data_dir, waiting_for(one.url()))
        with delivering(data_dir) as outbox:
            until(lambda: outbox.all() == [])
    assert len(one.heard) == 1
    assert "ended badly" in caplog.text


def test_it_is_given_up_at_its_deadline(data_dir: Path, caplog: pytest.LogCaptureFixture) -> None:
    put(data_dir, waiting_for(f"http://127.0.0.1:{unused_port()}/", lifetime_ms=0))
    with delivering(data_dir) as outbox:
        until(lambda: outbox.all()[0].is_given_up)
        (waiting,) = outbox.all()
    assert waiting.last_error is not None
    assert "can not connect" in waiting.last_error
    assert "given up after 1 attempts" in caplog.text


def test_what_is_answered_fails_and_is_given_up_is_counted(data_dir: Path) -> None:
    nobody, meter = f"http://127.0.0.1:{unused_port()}/", RecordingMeter()
    with site(answer()) as good, site(answer(b"no JSON", 400)) as refusing:
        put(
            data_dir,
            waiting_for(good.url(), 1),
            waiting_for(refusing.url(), 2),
            waiting_for(nobody, 3, lifetime_ms=0),
            waiting_for(nobody, 4),
        )
        with delivering(data_dir, meter=meter) as outbox:
            until(lambda: [waiting.attempts for waiting in outbox.all()] == [1, 1])
    assert meter.added[CALLBACK_ATTEMPTS, ("answered",)] == 1
    assert meter.added[CALLBACK_ATTEMPTS, ("failed",)] == 3
    assert meter.added[CALLBACKS_GIVEN_UP, ()] == 2, "the one refused for good, the one too late"


def test_names_and_addresses_are_judged_anew_each_time(data_dir: Path) -> None:
    with site() as one:
        put(data_dir, waiting_for(one.url(), 1), waiting_for("http://none.invalid/", 2))
        with delivering(data_dir, "10.0.0.0/8") as outbox:
            until(lambda: all(waiting.attempts for waiting in outbox.all()))
            errors = {waiting.id: waiting.last_error for waiting in outbox.all()}
    assert errors == {
        1: "127.0.0.1 leads to an address that may not be called",
        2: "the name none.invalid does not resolve",
    }
    assert one.heard == []


def test_one_that_can_not_be_read_does_not_stop_the_others(data_dir: Path) -> None:
    with site() as one:
        broken = replace(WAITING, id=1, request="{", due_ms=0)
        put(data_dir, broken, waiting_for(one.url(), 2))
        with delivering(data_dir) as outbox:
            until(lambda: [waiting.id for waiting in outbox.all()] == [1])


def test_an_error_of_the_catalog_is_tried_again(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    claim, failed = Outbox.claim, threading.Event()

    def failing(outbox: Outbox, now: int, limit: int) -> list[WaitingCallback]:
        if not failed.is_set():
            failed.set()
            raise OSError(5, "Input/output error")
        return claim(outbox, now, limit)

    monkeypatch.setattr(Outbox, "claim", failing)
    with site() as one:
        put(data_dir, waiting_for(one.url()))
        with delivering(data_dir) as outbox:
            until(lambda: outbox.all() == [])
    assert "looking for callbacks to deliver failed" in caplog.text


def test_a_stop_does_not_wait_for_a_site(data_dir: Path) -> None:
    with site(None) as one:
        put(data_dir, waiting_for(one.url()))
        with delivering(data_dir):
            one.wait_for(1)
        with closing(Outbox(data_dir)) as outbox:
            (waiting,) = outbox.all()
    assert waiting.attempts == 0, "it comes again when its lease is over"


def test_the_next_time() -> None:
    delivery = Delivery(call_to("a.example"), deadline_ms=10_000, seconds=10)
    assert next_due_ms(delivery, 1, 8_000) == 10_000
    assert next_due_ms(delivery, 1, 9_999) == 10_000, "once more when the time is over"
    assert next_due_ms(delivery, 1, 10_000) == NEVER_MS
    assert next_due_ms(delivery, 2, 1_000) == 5_000
