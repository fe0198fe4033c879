"""What the worker of a running server holds at the moment: descriptors, connections, memory."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from pillarbox.model.limits import KIB
from tests.server_process import ServerProcess


def anonymous_memory(server: ServerProcess) -> int:
    """What the worker holds now, in bytes, without files that it maps."""
    status = Path(f"/proc/{server.worker_pid}/status").read_text()
    found = re.search(r"RssAnon:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * KIB


def open_files(server: ServerProcess) -> list[str]:
    """What the worker's descriptors refer to."""
    found = []
    for link in Path(f"/proc/{server.worker_pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since
            found.append(str(link.readlink()))
    return found


def sockets(server: ServerProcess) -> int:
    """How many sockets the worker has open."""
    return sum(file.startswith("socket:") for file in open_files(server))


def descriptors(server: ServerProcess) -> int:
    """How many the worker has of anything but the catalog, which its readers open when needed."""
    return sum("/catalog.sqlite3" not in file for file in open_files(server))


def unfinished_uploads(server: ServerProcess) -> int:
    """How many files without a name the worker holds open: uploads that have not ended."""
    blobs = str(server.data_dir / "blobs")
    return sum(file.startswith(blobs) and "(deleted)" in file for file in open_files(server))
