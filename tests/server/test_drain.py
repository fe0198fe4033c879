"""The time that running requests get; on a loop whose clock the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from pillarbox.model.refusals import Refusal
from pillarbox.server.drain import Drain


class Timers:
    """Stands in the loop's place for `call_later`, so that no test waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._due: list[tuple[float, Callable[[], None]]] = []
        monkeypatch.setattr(asyncio, "get_running_loop", lambda: self)

    def call_later(self, seconds: float, callback: Callable[[], None]) -> None:
        self._due.append((seconds, callback))

    def elapse(self) -> float:
        """Let the next timer fire; gives the seconds that it was set to."""
        seconds, callback = self._due.pop(0)
        callback()
        return seconds

    @property
    def pending(self) -> int:
        return len(self._due)


@pytest.fixture
def timers(monkeypatch: pytest.MonkeyPatch) -> Timers:
    return Timers(monkeypatch)


def test_begin_changes_nothing_for_those_who_finish(timers: Timers) -> None:
    drain, heard = Drain(30.0), list[Refusal]()
    with drain.interrupting(heard.append):
        drain.begin()
        assert drain.draining
        assert not drain.expired
    assert timers.elapse() == 30.0
    assert heard == []


def test_who_still_runs_is_interrupted_with_service_unavailable(timers: Timers) -> None:
    drain, heard = Drain(30.0), list[Refusal]()
    with drain.interrupting(heard.append):
        drain.begin()
        timers.elapse()
    assert [refusal.code for refusal in heard] == ["ServiceUnavailable"]
    assert drain.expired


def test_who_comes_late_is_interrupted_at_once(timers: Timers) -> None:
    drain, heard = Drain(30.0), list[Refusal]()
    drain.begin()
    timers.elapse()
    with drain.interrupting(heard.append):
        assert [refusal.code for refusal in heard] == ["ServiceUnavailable"]


def test_a_second_begin_sets_no_second_timer(timers: Timers) -> None:
    drain = Drain(30.0)
    drain.begin()
    drain.begin()
    assert timers.pending == 1


def test_who_does_not_hear_is_cancelled_in_the_end(timers: Timers) -> None:
    cancelled: list[str] = []
    deaf: Any = type("Task", (), {"cancel": lambda self: cancelled.append("deaf")})()
    done: Any = type("Task", (), {"cancel": lambda self: cancelled.append("done")})()
    drain = Drain(30.0)
    drain.add(deaf)
    drain.add(done)
    drain.remove(done)
    drain.begin()
    timers.elapse()
    assert cancelled == []
    timers.elapse()
    assert cancelled == ["deaf"]
    timers.elapse()
    assert not drain.over.is_set()


def test_it_is_over_when_nothing_runs_any_more(timers: Timers) -> None:
    drain = Drain(30.0)
    task: Any = type("Task", (), {"cancel": lambda self: drain.remove(self)})()
    drain.add(task)
    drain.begin()
    for _ in range(2):
        timers.elapse()
        assert not drain.over.is_set()
    timers.elapse()
    assert drain.over.is_set()
