"""One server a data directory: an exclusive lock on `DIR/lock` that names its holder.

The lock is a `flock`: the kernel drops it with the last process that holds the file open, so no
crash leaves a stale one. Worker and keeper inherit the open file on purpose: as long as one of them
could still write, nobody else starts.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

LOCK_NAME = "lock"

#: A killed server's worker and keeper need a moment to die with it; seconds.
_ORPHANS_GRACE = 5.0
_RETRY_INTERVAL = 0.05


class DirectoryInUseError(Exception):
    """Another server holds the directory; the text names it."""


class DirectoryLock:
    """The lock of a data directory, held from construction until `release`.

    Raises:
        DirectoryInUseError: another living server holds it.
        OSError: the directory can't be written.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        path = data_dir / LOCK_NAME
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._acquire()
        except BaseException:
            os.close(self.fd)
            raise

    def write_holder(self, address: str) -> None:
        """Write this process's id and `address` (`HOST:PORT`) for those who find it locked."""
        os.ftruncate(self.fd, 0)
        os.pwrite(self.fd, f"{os.getpid()} {address}\n".encode(), 0)

    def release(self) -> None:
        """Let others have the directory."""
        os.ftruncate(self.fd, 0)
        os.close(self.fd)

    def _acquire(self) -> None:
        deadline = time.monotonic() + _ORPHANS_GRACE
        while not self._try():
            pid, address = self._holder()
            if pid is None or _is_alive(pid) or time.monotonic() > deadline:
                raise DirectoryInUseError(self._in_use(pid, address))
            time.sleep(_RETRY_INTERVAL)

    def _try(self) -> bool:
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _holder(self) -> tuple[int | None, str]:
        pid, _, address = os.pread(self.fd, 200, 0).decode(errors="replace").strip().partition(" ")
        return (int(pid) if pid.isdecimal() else None), address

    def _in_use(self, pid: int | None, address: str) -> str:
        holder = "another server" if pid is None else f"process {pid}"
        at = f" at {address}" if address else ""
        return (
            f"the data directory {self._data_dir} is in use by {holder}{at}: "
            "stop that server, or choose another directory with --data"
        )


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
