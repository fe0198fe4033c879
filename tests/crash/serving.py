"""A server whose end will be sudden: `pillarbox serve` with its keeper and its worker."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from tests.crash.fault_shim import FaultShim
from tests.server_process import ServerProcess, wait_until

BUCKET = "crash"

#: One that is set to keep versions by who uses it.
VERSIONED_BUCKET = "crash-versions"

#: `pillarbox serve`, but that it dies with the test that started it, however that ends.
_SERVE = """
import os
from pillarbox.server.lifeline import die_with_parent
die_with_parent(os.getppid())
from pillarbox.cli.main import main
main()
"""


class DoomedServer(ServerProcess):
    """A running server. As a context manager it kills what still runs when it is left."""

    def __init__(
        self,
        data_dir: Path,
        options: Sequence[str] = (),
        *,
        left_out: str = "",
        workers: int = 1,
        shim: FaultShim | None = None,
    ) -> None:
        """Start it and wait until it accepts connections.

        Args:
            options: further ones of `pillarbox serve`.
            left_out: steps of durability that it is to leave out, such as `no-fdatasync`.
            workers: how many are to serve.
            shim: makes its system calls fail, or kills it.

        Raises:
            ServerEndedError: it could not make sense of the directory.
        """
        serve = ("serve", "--data", str(data_dir), "--listen", "127.0.0.1:0")
        super().__init__(
            data_dir,
            environment={
                "PILLARBOX_TEST_UNSAFE": left_out,
                **({} if shim is None else shim.environment),
            },
            command=(
                *("-c", _SERVE, *serve, "--init-bucket", f"{BUCKET}:public-read"),
                *("--init-bucket", f"{VERSIONED_BUCKET}:public-read"),
                *("--workers", str(workers), *options),
            ),
            own_group=True,
        )

    def __enter__(self) -> DoomedServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill_all()

    def pids(self) -> list[int]:
        """Every living process of the server: the supervisor, the keeper, the worker.

        The server was started as the leader of a new session, to which nobody else belongs.
        """
        return [pid for pid in _all_pids() if _living_session(pid) == self.pid]

    def kill_all(self) -> None:
        """SIGKILL to every process of the server at once; returns when they are gone."""
        if self._process.poll() is None:
            os.killpg(self.pid, signal.SIGKILL)
        self.wait()
        wait_until(lambda: not self.pids(), "the end of the killed server's processes")


def _all_pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _living_session(pid: int) -> int | None:
    """The session of a process (proc(5), `stat`, field 6); None if it has ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    state, _parent, _group, session = stat.rpartition(")")[2].split()[:4]
    return None if state in "ZX" else int(session)
