"""The pytest plugin: `pillarbox_store`, a store of the test's own.

pytest finds it by the entry point `pytest11` wherever Pillarbox is installed, and loads it in each
of its runs. So it imports nothing of the server before a test asks for a store.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pillarbox.testing.store import RunningStore


@pytest.fixture
def pillarbox_store_options() -> Mapping[str, Any]:
    """Arguments of `pillarbox.testing.running_store` for `pillarbox_store`: override it."""
    return {}


@pytest.fixture
def pillarbox_store(pillarbox_store_options: Mapping[str, Any]) -> Iterator[RunningStore]:
    """A running store of this test's own, with the buckets of `pillarbox_store_options`.

    Of scope function: no test finds what another has left, and a start is cheap.
    """
    with ExitStack() as stack:
        try:
            from pillarbox.testing import running_store

            store = stack.enter_context(running_store(**pillarbox_store_options))
        except (ImportError, ValueError) as error:
            # Without traceback or cause: the line says how to mend it.
            raise pytest.fail.Exception(f"pillarbox_store: {error}", pytrace=False) from None
        yield store
