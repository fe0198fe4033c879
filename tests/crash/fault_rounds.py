"""Rounds in which a server, or what its keeper does, is crashed at a chosen point."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from sqlalchemy import insert

from pillarbox.storage.blobs.blob_id import BlobIds, new_run
from pillarbox.storage.blobs.run_folder import sync_folder
from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.catalog.schema import garbage
from pillarbox.storage.layout import Layout
from tests.crash.bounds import Kind
from tests.crash.fault_points import Point
from tests.crash.fault_shim import Action, FaultShim
from tests.crash.flaw import Flaw
from tests.crash.load import AtFault, Moment
from tests.crash.rounds import Crash, Rounds
from tests.server_process import PATIENCE

#: One round of the keeper's jobs.
_JOBS = """
import sys, threading
from pathlib import Path
from pillarbox.jobs import keeper
stop = threading.Event()
threading.Timer(10, stop.set).start()
keeper.run(Path(sys.argv[1]), stop, interval_seconds=10)
"""


class FaultRounds:
    """A data directory whose servers crash themselves.

    Attributes:
        ledger: what was sent in all rounds so far.
        versions: what was asked of the bucket that keeps versions.
    """

    def __init__(
        self, data_dir: Path, crash: Crash, action: Action, shim: FaultShim, seed: int
    ) -> None:
        """
        Args:
            crash: what `action` amounts to; it is not asked to strike.
            action: of the rules.
        """
        self._data_dir = data_dir
        self._crash = crash
        self._action = action
        self._shim = shim
        self._seed = seed
        self._rounds = Rounds(data_dir, crash, shim=shim)
        self.ledger = self._rounds.ledger
        self.versions = self._rounds.versions

    def run(self, points: Iterable[tuple[Point, Kind]]) -> list[Flaw]:
        """Crash a server under load at each point; see `Rounds.run`."""
        moments = [self._moment(point, kind) for point, kind in points]
        return self._rounds.run(moments, seed=self._seed)

    def crash_and_leave(self, point: Point, kind: Kind) -> None:
        """Crash a server under load, and compare nothing yet."""
        self._rounds.crash_and_leave(self._moment(point, kind), seed=self._seed)

    def start_and_compare(self) -> list[Flaw]:
        """What a server that is started now lacks, and what is left behind it."""
        return [*self._rounds.start_and_compare(), *self._rounds.reap_and_compare()]

    def reap_and_compare(self) -> list[Flaw]:
        """See the function of this name."""
        return self._rounds.reap_and_compare()

    def _moment(self, point: Point, kind: Kind) -> Moment:
        return AtFault(self._shim, point.rule(self._action), kind, point.name)

    def crash_in_the_jobs(self, point: Point) -> None:
        """Crash what the keeper does in the background, with no server beside it."""
        self._shim.arm(point.rule(self._action))
        died = subprocess.run(
            [sys.executable, "-c", _JOBS, str(self._data_dir)],
            env={**os.environ, **self._shim.environment},
            start_new_session=True,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert died.returncode == -signal.SIGKILL, f"{point.name} never came: {died.stderr}"
        self._crash.clear_up()

    def leave_empty_run(self) -> None:
        """Leave the folder of a server that was killed before anything was uploaded."""
        layout = Layout(self._data_dir)
        (layout.blobs / new_run()).mkdir()
        sync_folder(layout.blobs)

    def leave_garbage(self) -> None:
        """Leave the blob of an object that was overwritten long ago."""
        layout, run = Layout(self._data_dir), new_run()
        blob_id = BlobIds(run).file()
        (layout.blobs / run).mkdir()
        with open(layout.blobs / run / blob_id, "wb") as file:
            file.write(b"overwritten")
            file.flush()
            os.fsync(file.fileno())
        sync_folder(layout.blobs / run)
        sync_folder(layout.blobs)
        with closing(Catalog(layout)) as catalog, catalog.writing() as connection:
            connection.execute(insert(garbage).values(blob_id=blob_id, since_ms=0))
