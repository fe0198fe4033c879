"""Coroutines that wait for nothing: an event loop for each would cost more than they do."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def finished(step: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never waits; AssertionError if it does."""
    try:
        step.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    raise AssertionError("it waits for something")
