"""A command that is killed in the midst of a change leaves no process with what was before."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pillarbox.storage.generation import Generation
from pillarbox.storage.identities import Identities
from pillarbox.storage.layout import Layout
from pillarbox.storage.store import Store
from tests.storage import dying_change
from tests.storage.stores import opened


async def is_enabled(store: Store, key_id: str) -> bool:
    found = await store.access_key(key_id)
    assert found is not None
    return found.enabled


@pytest.fixture
def key_id(data_dir: Path) -> str:
    """An AccessKey that is enabled."""
    with closing(Identities(data_dir)) as door:
        return door.create_key(door.root_account_id(), None).id


@pytest.fixture
def generation(data_dir: Path) -> Iterator[Generation]:
    with closing(Generation(Layout(data_dir).generation)) as found:
        yield found


def disable_and_die(data_dir: Path, key_id: str, point: str) -> None:
    command = [sys.executable, dying_change.__file__, str(data_dir), key_id, point]
    died = subprocess.run(command, timeout=60, check=False)
    assert died.returncode == -signal.SIGKILL


@pytest.mark.parametrize("point", dying_change.POINTS)
def test_what_it_committed_is_seen_at_once(
    data_dir: Path, key_id: str, generation: Generation, point: str
) -> None:
    async def watch() -> None:
        async with opened(data_dir) as (store, _):
            assert await is_enabled(store, key_id)  # and remembered
            disable_and_die(data_dir, key_id, point)
            assert await is_enabled(store, key_id) == (point == "applied")
            # Nobody has ended that change, so the catalog is asked each time; the next one ends it.
            assert generation.current() % 2 == 1
            with closing(Identities(data_dir)) as door:
                door.enable_key(key_id, enabled=False)
            assert generation.current() % 2 == 0
            assert not await is_enabled(store, key_id)

    asyncio.run(watch())


def test_the_next_start_ends_it(data_dir: Path, key_id: str, generation: Generation) -> None:
    disable_and_die(data_dir, key_id, "committed")
    assert generation.current() % 2 == 1

    async def start() -> None:
        async with opened(data_dir) as (store, _):
            assert generation.current() % 2 == 0
            assert not await is_enabled(store, key_id)

    asyncio.run(start())
