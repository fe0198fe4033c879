"""What was sent and what was answered: from this follows what must be found after a crash."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field, replace
from enum import Enum


class Outcome(Enum):
    """How an attempt ended, as far as its client knows."""

    #: No answer, or one that admits not to know (5xx): the upload is whole or absent.
    UNANSWERED = "unanswered"
    #: 2xx: it is there.
    ACKNOWLEDGED = "acknowledged"
    #: 4xx, or a form that was never finished: it is not there.
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of an upload, by which they are known again."""

    size: int
    md5: str
    sha256: str

    @classmethod
    def of(cls, data: bytes) -> Content:
        """The content that `data` is."""
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest().upper()
        return cls(len(data), md5, hashlib.sha256(data).hexdigest())

    def __str__(self) -> str:
        return f"{self.size} bytes with MD5 {self.md5}"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One upload of one content to one key.

    Attributes:
        is_exclusive: sent with forbid-overwrite.
    """

    key: str
    content: Content
    is_exclusive: bool = False
    outcome: Outcome = Outcome.UNANSWERED


@dataclass(frozen=True, slots=True)
class Expectation:
    """What may be found under a key: one of `contents`, or nothing if `may_be_absent`."""

    contents: tuple[Content, ...]
    may_be_absent: bool


@dataclass(slots=True)
class _History:
    """A key since the last settlement, its attempts in the order in which they began.

    A key without forbid-overwrite is written by one connection alone, one attempt after another.
    """

    settled: Content | None = None
    attempts: list[Attempt] = field(default_factory=list)
    is_taken: bool = False  # somebody was told so

    def expectation(self) -> Expectation:
        contents = [] if self.settled is None else [self.settled]
        may_be_absent = self.settled is None and not self.is_taken
        for attempt in self.attempts:
            if attempt.outcome is Outcome.ACKNOWLEDGED:
                contents, may_be_absent = [attempt.content], False
                if attempt.is_exclusive:  # nobody else can have come before or after
                    break
            elif attempt.outcome is Outcome.UNANSWERED:
                contents.append(attempt.content)
        return Expectation(tuple(contents), may_be_absent)


class Ledger:
    """Every attempt, for all threads that load the server."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._histories: dict[str, _History] = {}
        self.acknowledged = 0

    def begin(self, attempt: Attempt) -> None:
        """Note an attempt before its first byte is sent."""
        with self._lock:
            self._histories.setdefault(attempt.key, _History()).attempts.append(attempt)

    def end(self, attempt: Attempt, outcome: Outcome) -> None:
        """Note how a begun attempt ended."""
        with self._lock:
            history = self._histories[attempt.key]
            at = next(i for i, one in enumerate(history.attempts) if one is attempt)
            history.attempts[at] = replace(attempt, outcome=outcome)
            if outcome is Outcome.ACKNOWLEDGED:
                self.acknowledged += 1

    def note_taken(self, key: str) -> None:
        """Note that a client was told that there is an object under `key`."""
        with self._lock:
            self._histories[key].is_taken = True

    def note_deleted(self, key: str) -> None:
        """Note an acknowledged deletion; all attempts so far had ended."""
        with self._lock:
            self._histories[key] = _History()

    def expectations(self) -> dict[str, Expectation]:
        """What may be found under each key that was ever sent, now that the load has ended."""
        with self._lock:
            return {key: history.expectation() for key, history in self._histories.items()}

    def settle(self, found: dict[str, Content]) -> None:
        """Take what was found for the truth: the next crash may change nothing of it."""
        with self._lock:
            for key, history in self._histories.items():
                self._histories[key] = replace(
                    history, settled=found.get(key), attempts=[], is_taken=False
                )
