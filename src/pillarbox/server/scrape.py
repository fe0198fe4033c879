"""What a scrape finds: the tallies of all processes, and what is looked up when it is asked for."""

from __future__ import annotations

import asyncio
import os
import platform
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pillarbox
from pillarbox.model import metrics
from pillarbox.model.metrics import METRICS, Metric
from pillarbox.model.refusals import Refusal
from pillarbox.server.connections import count_connections
from pillarbox.server.metrics_text import metrics_text
from pillarbox.server.process_numbers import process_numbers
from pillarbox.server.settings import Settings
from pillarbox.server.tally import Numbers, TallyOwner, read_tallies, with_zeros
from pillarbox.storage.layout import Layout
from pillarbox.storage.store import Store

_COUNTED = tuple(
    metric
    for metric in METRICS
    if metric not in (metrics.CALLBACKS_WAITING, metrics.OPEN_CONNECTIONS, metrics.DISK_FREE_BYTES)
)


async def scrape(store: Store, settings: Settings) -> str:
    """The text of a scrape; what can't be known at the moment is left out."""
    numbers = await asyncio.to_thread(_numbers, settings)
    # Last, and alone on the loop: a catalog that fails leaves the rest.
    with suppress(Refusal):
        numbers[metrics.CALLBACKS_WAITING] = _one(await store.callbacks.count())
    return await asyncio.to_thread(metrics_text, numbers)


def _numbers(settings: Settings) -> Numbers:
    told, owners = read_tallies(Layout(settings.data_dir).metrics)
    numbers = with_zeros(told, _COUNTED)
    numbers[metrics.OPEN_CONNECTIONS] = _one(count_connections(settings.port))
    with suppress(OSError):
        numbers[metrics.DISK_FREE_BYTES] = _one(_free_bytes(settings.data_dir))
    numbers[metrics.BUILD_INFO] = {_versions(): [1.0]}
    numbers.update(_of_processes([*owners, TallyOwner("supervisor", os.getppid())]))
    return numbers


def _one(value: float) -> dict[tuple[str, ...], list[float]]:
    return {(): [float(value)]}


def _free_bytes(directory: Path) -> int:
    found = os.statvfs(directory)
    return found.f_bavail * found.f_frsize


@cache
def _versions() -> tuple[str, str, str]:
    return pillarbox.__version__, platform.python_version(), version("granian")


def _of_processes(owners: list[TallyOwner]) -> Numbers:
    numbers: Numbers = {}

    def note(metric: Metric, process: str, value: float | None) -> None:
        if value is not None:
            numbers.setdefault(metric, {})[process,] = [float(value)]

    for owner in owners:
        if (found := process_numbers(owner.pid)) is None:
            continue
        note(metrics.PROCESS_CPU_SECONDS, owner.name, found.cpu_seconds)
        note(metrics.PROCESS_MEMORY_BYTES, owner.name, found.memory_bytes)
        note(metrics.PROCESS_DESCRIPTORS, owner.name, found.descriptors)
        note(metrics.PROCESS_MAX_DESCRIPTORS, owner.name, found.max_descriptors)
        note(metrics.PROCESS_START, owner.name, found.started)
    return numbers
