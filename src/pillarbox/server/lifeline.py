"""A process that must not outlive its parent.

A killed server's worker would go on serving the port, and a keeper would go on deleting in a
directory that another server has taken over.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 1.0


def die_with_parent(parent_pid: int) -> None:
    """Have this process killed as soon as `parent_pid`, which must be its parent, is gone.

    Linux: the kernel sends SIGKILL when the thread that forked us ends (prctl(2),
    PR_SET_PDEATHSIG), so the parent forks from its main thread only. Elsewhere a thread asks once
    a second who the parent is.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    else:
        threading.Thread(target=_watch, args=(parent_pid,), daemon=True).start()
    # The parent may have died before we asked.
    if os.getppid() != parent_pid:
        os._exit(1)


def _watch(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(_POLL_SECONDS)
    os._exit(1)
