"""What was asked of a bucket that keeps versions: from this follows what a crash may leave.

Each key is changed by one connection alone, one change after another, so at most the last one was
not answered. The versions of a key are a stack, the youngest first: the first is the current one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from pillarbox.model.versioning import NULL_VERSION, Versioning
from tests.crash.flaw import Flaw
from tests.crash.ledger import Content


@dataclass(frozen=True, slots=True)
class Version:
    """One version.

    Attributes:
        id: as answers tell it; None for any that no version of the key ever had.
        content: None for a delete marker.
    """

    id: str | None
    content: Content | None

    def __str__(self) -> str:
        return f"{self.id} ({'a delete marker' if self.content is None else self.content})"


Stack = tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Write:
    """A new version; without content a delete marker."""

    content: Content | None


@dataclass(frozen=True, slots=True)
class Removal:
    """The deletion of the version of an id."""

    id: str


Change = Write | Removal


@dataclass(frozen=True, slots=True)
class Expectation:
    """What may be found under a key.

    Attributes:
        stacks: one of these.
        known: ids that its versions have or had.
    """

    stacks: tuple[Stack, ...]
    known: frozenset[str]

    def flaws(self, key: str, found: Stack) -> Iterator[Flaw]:
        """What is wrong with what was found; nothing if it is one of the stacks."""
        if any(self._fits(stack, found) for stack in self.stacks):
            return
        flaws = [*self._missing(key, found), *self._unexpected(key, found)]
        if not flaws:
            flaws = [Flaw(f"the versions of {key} are {_words(found)}, not {self}")]
        yield from flaws

    def __str__(self) -> str:
        return " or ".join(map(_words, self.stacks))

    def _fits(self, stack: Stack, found: Stack) -> bool:
        return len(stack) == len(found) and all(map(self._is, stack, found))

    def _is(self, expected: Version, found: Version) -> bool:
        if expected.id is None:
            is_same = found.id != NULL_VERSION and found.id not in self.known
        else:
            is_same = found.id == expected.id
        return is_same and found.content == expected.content

    def _missing(self, key: str, found: Stack) -> Iterator[Flaw]:
        """Versions that each of the stacks has, and that are not there once, as they were."""
        allowed: dict[str | None, list[Version]] = {}
        for version in (version for stack in self.stacks for version in stack):
            allowed.setdefault(version.id, []).append(version)
        for version_id, versions in allowed.items():
            there = [one for one in found if one.id == version_id]
            is_loss = all(one.content is not None for one in versions)
            is_needed = len(versions) == len(self.stacks) and version_id is not None
            if is_needed and not there:
                yield Flaw(f"the version {versions[0]} of {key} is gone", is_loss=is_loss)
            if len(there) > 1:
                yield Flaw(f"the version {there[0]} of {key} is there {len(there)} times")
            for one in there:
                if one not in versions:
                    yield Flaw(f"a version of {key} is {one}, not {versions[0]}", is_loss=is_loss)

    def _unexpected(self, key: str, found: Stack) -> Iterator[Flaw]:
        expected = [version for stack in self.stacks for version in stack]
        for version in found:
            if any(version.id == one.id or self._is(one, version) for one in expected):
                continue
            what = "came back" if version.id in self.known else "was never sent"
            yield Flaw(f"the version {version} of {key} {what}")


@dataclass(slots=True)
class _History:
    """A key: what is settled or acknowledged, and the change that was not answered yet."""

    stack: Stack = ()
    known: set[str] = field(default_factory=set)
    open: Change | None = None
    modes: set[Versioning] = field(default_factory=set)  # that `open` may be decided by

    def expectation(self) -> Expectation:
        stacks = [self.stack]
        match self.open:
            case Write(content):
                stacks += [_written(self.stack, content, mode) for mode in sorted(self.modes)]
            case Removal(version_id):
                stacks.append(_without(self.stack, version_id))
        return Expectation(tuple(stacks), frozenset(self.known))


class VersionLedger:
    """Every change, for all threads that load the server.

    Attributes:
        acknowledged: how many changes were.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._histories: dict[str, _History] = {}
        self._modes: set[Versioning] = set()
        self.acknowledged = 0

    @property
    def modes(self) -> frozenset[Versioning]:
        """What the bucket may be set to: one of several if a switch was not answered."""
        with self._lock:
            return frozenset(self._modes)

    def stack(self, key: str) -> Stack:
        """The versions of a key none of whose changes is under way."""
        with self._lock:
            return self._histories.get(key, _History()).stack

    def begin(self, key: str, change: Change) -> None:
        """Note a change before its first byte is sent."""
        with self._lock:
            history = self._histories.setdefault(key, _History())
            history.open, history.modes = change, set(self._modes)

    def end(self, key: str, version_id: str) -> None:
        """Note that the key's change was acknowledged, and what id the answer told.

        Raises AssertionError for an id that can't be that of the version.
        """
        with self._lock:
            history = self._histories[key]
            match history.open:
                case Write(content):
                    mode = Versioning.SUSPENDED
                    if version_id != NULL_VERSION:
                        mode = Versioning.ENABLED
                        assert version_id not in history.known, f"{key} got {version_id} again"
                    assert mode in history.modes, f"{key} got {version_id} while {history.modes}"
                    first, *rest = _written(history.stack, content, mode)
                    history.stack = (replace(first, id=version_id), *rest)
                    history.known.add(version_id)
                case Removal(removed):
                    assert version_id == removed, f"{version_id} of {key} is gone, not {removed}"
                    history.stack = _without(history.stack, removed)
            history.open = None
            self.acknowledged += 1

    def begin_switch(self, mode: Versioning) -> None:
        """Note that the bucket is about to be set to something."""
        with self._lock:
            self._modes.add(mode)
            for history in self._histories.values():
                history.modes.add(mode)

    def end_switch(self, mode: Versioning) -> None:
        """Note that this was acknowledged; one connection alone does it."""
        with self._lock:
            self._modes = {mode}

    def expectations(self) -> dict[str, Expectation]:
        """What may be found under each key, now that the load has ended."""
        with self._lock:
            return {key: history.expectation() for key, history in self._histories.items()}

    def settle(self, found: Mapping[str, Stack], mode: Versioning) -> None:
        """Take what was found for the truth: the next crash may change nothing of it."""
        with self._lock:
            self._modes = {mode}
            for key, history in self._histories.items():
                history.stack, history.open = found.get(key, ()), None
                history.known |= {one.id for one in history.stack if one.id is not None}


def _written(stack: Stack, content: Content | None, mode: Versioning) -> Stack:
    """A stack when a version was written; its id is not known, unless it is the null version."""
    if mode is Versioning.ENABLED:
        return (Version(None, content), *stack)
    return (Version(NULL_VERSION, content), *_without(stack, NULL_VERSION))


def _without(stack: Stack, version_id: str) -> Stack:
    return tuple(one for one in stack if one.id != version_id)


def _words(stack: Iterable[Version]) -> str:
    return ", ".join(map(str, stack)) or "none"
