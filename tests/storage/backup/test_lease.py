"""While a backup has a lease the reaper deletes nothing, and a dead one has none."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from pillarbox.jobs.reaper import reap
from pillarbox.storage.backup.lease import lease_to_read, leased, unleased
from pillarbox.storage.layout import Layout
from pillarbox.storage.upkeep import Upkeep
from tests.storage.filled import filled
from tests.storage.stores import rows

_HOLDER = """
import sys
from pathlib import Path
from pillarbox.storage.backup.lease import leased
from pillarbox.storage.layout import Layout
with leased(Layout(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.read()
"""


def reaped(data_dir: Path) -> int:
    with closing(Upkeep(data_dir)) as upkeep:
        return reap(upkeep, time.time_ns() // 1_000_000 + 1000, 0)


def test_the_reaper_waits_for_a_lease_however_long_it_is(data_dir: Path) -> None:
    filled(data_dir)
    ((garbage,),) = rows(data_dir, "SELECT COUNT(*) FROM garbage")
    assert garbage
    with leased(Layout(data_dir)):
        assert reaped(data_dir) == 0
        with leased(Layout(data_dir)):
            pass
        assert reaped(data_dir) == 0, "the other one still has it"
    assert reaped(data_dir) == garbage


def test_who_was_killed_holds_nothing_up(data_dir: Path) -> None:
    filled(data_dir)
    command = [sys.executable, "-c", _HOLDER, str(data_dir)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert reaped(data_dir) == 0
        holder.send_signal(signal.SIGKILL)
        holder.wait(60)
    assert reaped(data_dir) > 0


def test_reading_needs_no_file_and_writes_none(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    with lease_to_read(layout) as is_free:
        assert is_free
    assert list(tmp_path.iterdir()) == []
    with unleased(layout) as is_alone:
        assert is_alone
        with lease_to_read(layout) as is_free:
            assert not is_free
    with lease_to_read(layout) as is_free, unleased(layout) as is_alone:
        assert (is_free, is_alone) == (True, False)
