"""Rounds in which a server is crashed at a chosen point, one after another on one data directory.

The server that is started to compare what a crash has left is the next one to be crashed: a start
takes longer than all the rest.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from sqlalchemy import insert

from pillarbox.storage.blobs.blob_id import BlobIds, new_run
from pillarbox.storage.blobs.run_folder import sync_folder
from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.catalog.schema import garbage
from pillarbox.storage.layout import Layout
from tests.crash.comparison import compare
from tests.crash.fault_points import Point
from tests.crash.fault_shim import Action, FaultShim
from tests.crash.flaw import Flaw
from tests.crash.ledger import Ledger
from tests.crash.load import AtFault, Load
from tests.crash.parted import Kind, PartedUpload
from tests.crash.parted_comparison import compare_parted
from tests.crash.rounds import Crash, reap_and_compare
from tests.crash.serving import DoomedServer
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
    """

    def __init__(
        self, data_dir: Path, crash: Crash, action: Action, shim: FaultShim, seed: int
    ) -> None:
        """
        Args:
            crash: what `action` amounts to; it is not asked to strike.
            action: of the rules.
        """
        self.ledger = Ledger()
        self._data_dir = data_dir
        self._crash = crash
        self._action = action
        self._shim = shim
        self._seed = seed
        self._parted: list[PartedUpload] = []

    def run(self, points: Iterable[tuple[Point, Kind]]) -> list[Flaw]:
        """Crash a server under load at each point; the flaws of the first that has some.

        Raises AssertionError if the load never comes to a point.
        """
        server = self._start()
        try:
            if flaws := self._compare(server):
                return flaws
            for point, kind in points:
                self._load_until_crash(server, point, kind)
                server = self._start()
                if flaws := self._compare(server):
                    at = f"{point.name}, {kind.value}"
                    return [replace(flaw, what=f"{at}: {flaw}") for flaw in flaws]
            server.stop()
        finally:
            server.kill_all()
        return []

    def crash_under_load(self, point: Point, kind: Kind) -> None:
        """Crash a server, and leave what is there as it is."""
        self._load_until_crash(self._start(), point, kind)

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

    def reap_and_compare(self) -> list[Flaw]:
        """With no server running and the reaper's grace over: only the objects' blobs are left."""
        return reap_and_compare(self._data_dir)

    def _start(self) -> DoomedServer:
        self._shim.clear()
        return DoomedServer(self._data_dir, shim=self._shim)

    def _load_until_crash(self, server: DoomedServer, point: Point, kind: Kind) -> None:
        self._seed += 1
        load = Load(
            server,
            self.ledger,
            lambda: None,
            AtFault(self._shim, point.rule(self._action), kind),
            late_answers_count=self._crash.late_answers_count,
            data_dir=self._data_dir,
            parted=self._parted,
            seed=self._seed,
        )
        try:
            load.run()
        except AssertionError as error:
            raise AssertionError(f"{point.name}, {kind.value}: {server.notices}") from error
        finally:
            server.kill_all()
        load.join()
        self._crash.clear_up()

    def _compare(self, server: DoomedServer) -> list[Flaw]:
        return [
            *compare_parted(server, self.ledger, self._parted),
            *compare(server, self._data_dir, self.ledger),
        ]
