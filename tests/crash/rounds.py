"""Rounds of load, crash, restart and comparison on one data directory."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol
from urllib.request import urlopen

from pillarbox.jobs.reaper import GRACE_SECONDS, reap
from pillarbox.storage.fsck.check import Check
from pillarbox.storage.upkeep import Upkeep
from tests.crash.comparison import compare, compare_blobs_to_objects
from tests.crash.fault_shim import FaultShim
from tests.crash.flaw import Flaw
from tests.crash.image import Image
from tests.crash.ledger import Ledger
from tests.crash.load import AfterSeconds, AtLargeAnswer, Load, Moment
from tests.crash.parted import PartedUpload
from tests.crash.parted_comparison import compare_parted
from tests.crash.serving import DoomedServer
from tests.crash.version_comparison import compare_versions
from tests.crash.version_ledger import VersionLedger
from tests.crash.versioned import keep_versions
from tests.server_process import PATIENCE, ServerEndedError, wait_until


class Crash(Protocol):
    """A way to end a server without warning.

    Attributes:
        late_answers_count: whether an answer that comes after the strike was honestly given.
    """

    late_answers_count: bool

    def strike(self, server: DoomedServer) -> None:
        """Make it happen, now."""

    def clear_up(self) -> None:
        """When the server is gone: make the data directory usable again."""


class PowerCut:
    """The filesystem below the data directory stops; what was not synced is lost."""

    late_answers_count = False  # `image` says why

    def __init__(self, image: Image) -> None:
        self._image = image

    def strike(self, server: DoomedServer) -> None:
        """See `Crash`."""
        self._image.cut_power()

    def clear_up(self) -> None:
        """See `Crash`."""
        self._image.restore_power()


class Kill:
    """Every process of the server gets SIGKILL at once; what was written is kept."""

    late_answers_count = True  # they were sent before the server died

    def strike(self, server: DoomedServer) -> None:
        """See `Crash`."""
        server.kill_all()

    def clear_up(self) -> None:
        """See `Crash`."""


class KillWorker:
    """One worker of several gets SIGKILL; another one serves on, and a new one comes."""

    late_answers_count = True

    def strike(self, server: DoomedServer) -> None:
        """See `Crash`. Returns when as many workers as before serve."""
        before = server.worker_pids
        victim = min(before)
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: victim not in server.pids(), "the worker's death")
        # Whoever connects now finds the other one, as soon as all threads of the victim are gone.
        wait_until(lambda: all(_serves(server) for _ in range(20)), "the other worker's answers")
        wait_until(lambda: len(server.worker_pids) == len(before), "another worker")

    def clear_up(self) -> None:
        """See `Crash`."""


def _serves(server: DoomedServer) -> bool:
    """Whether a new connection is answered; one that a dead worker has not yet let go is reset."""
    try:
        with urlopen(f"{server.base_url}/-/callback.pem", timeout=PATIENCE) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@dataclass
class Rounds:
    """Rounds on one data directory.

    The server that is started to compare what a crash has left is the next one to be loaded and
    crashed: a start takes longer than all the rest.

    Attributes:
        left_out: steps of durability that the servers leave out.
        workers: of each server.
        shim: of the servers, for moments of the kind `AtFault`.
        ledger: what was sent in all rounds so far.
        parted: uploads in parts since the last comparison.
        versions: what was asked of the bucket that keeps versions, in all rounds so far.
    """

    data_dir: Path
    crash: Crash
    left_out: str = ""
    workers: int = 1
    shim: FaultShim | None = None
    ledger: Ledger = field(default_factory=Ledger)
    parted: list[PartedUpload] = field(default_factory=list)
    versions: VersionLedger = field(default_factory=VersionLedger)

    def run(self, moments: Iterable[Moment], *, seed: int) -> list[Flaw]:
        """One round for each moment, until one shows a flaw; what it shows.

        Raises AssertionError if a moment never comes.
        """
        server = self._start()
        try:
            for number, moment in enumerate(moments):
                self._load_and_crash(server, moment, seed + number)
                try:
                    server = self._start()
                except ServerEndedError as error:
                    return [Flaw(f"after the crash {error}", is_loss=True)]
                if flaws := self._compare(server):
                    return [replace(flaw, what=f"{moment}: {flaw}") for flaw in flaws]
            server.stop()
        finally:
            server.kill_all()
        return []

    def start_and_compare(self) -> list[Flaw]:
        """What a server that is started now lacks."""
        with self._start() as server:
            flaws = self._compare(server)
            server.stop()
        return flaws

    def crash_and_leave(self, moment: Moment, *, seed: int) -> None:
        """Crash a server, and compare nothing yet."""
        self._load_and_crash(self._start(), moment, seed)

    def reap_and_compare(self) -> list[Flaw]:
        """See the function."""
        return reap_and_compare(self.data_dir)

    def _start(self) -> DoomedServer:
        if self.shim is not None:
            self.shim.clear()
        return DoomedServer(
            self.data_dir, left_out=self.left_out, workers=self.workers, shim=self.shim
        )

    def _load_and_crash(self, server: DoomedServer, moment: Moment, seed: int) -> None:
        keep_versions(server, self.versions)
        load = Load(
            server,
            self.ledger,
            lambda: self.crash.strike(server),
            moment,
            late_answers_count=self.crash.late_answers_count,
            data_dir=self.data_dir,
            parted=self.parted,
            versions=self.versions,
            seed=seed,
        )
        try:
            load.run()
        finally:
            server.kill_all()
        load.join()
        self.crash.clear_up()

    def _compare(self, server: DoomedServer) -> list[Flaw]:
        return [
            *compare_parted(server, self.ledger, self.parted),
            *compare_versions(server, self.versions),
            *compare(server, self.data_dir, self.ledger),
        ]


def reap_and_compare(data_dir: Path) -> list[Flaw]:
    """With no server running and the reaper's grace over: only the objects' blobs are left.

    Nor does `pillarbox fsck` find a fault.
    """
    upkeep = Upkeep(data_dir)
    try:
        long_after_ms = time.time_ns() // 1_000_000 + 10 * GRACE_SECONDS * 1000
        while reap(upkeep, long_after_ms):
            # The blobs of a list get a grace of their own when it is taken apart.
            long_after_ms += 10 * GRACE_SECONDS * 1000
    finally:
        upkeep.close()
    with closing(Check(data_dir)) as check:
        faults = [Flaw(fault.line()) for fault in check.faults()]
    return [*compare_blobs_to_objects(data_dir), *faults]


def random_moments(seed: int) -> Iterator[Moment]:
    """Moments without end: in turn any at all, and the very one at which a large upload is safe."""
    luck = random.Random(seed)
    while True:
        yield AfterSeconds(luck.uniform(0.05, 1.5))
        yield AtLargeAnswer(luck.randint(1, 8))
