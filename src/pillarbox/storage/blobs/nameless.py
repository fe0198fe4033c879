"""Files without a name while they are written (O_TMPFILE): a crash leaves nothing of them.

Linux alone has them, on most of its file systems, and an ordinary process can name one only where
/proc is mounted.
"""

from __future__ import annotations

import os
from pathlib import Path

from pillarbox.storage.layout import FILE_MODE

_FLAGS = os.O_WRONLY | os.O_CLOEXEC | getattr(os, "O_TMPFILE", 0)

_DESCRIPTORS = "/proc/self/fd"

#: The dot makes it one of the unfinished files, which the sweep removes.
_PROBE = ".probe"


def open_nameless(folder: Path) -> int:
    """A descriptor of a new file to write, in the file system of `folder`; raises OSError."""
    return os.open(folder, _FLAGS, FILE_MODE)


def give_name(descriptor: int, name: str, folder_descriptor: int) -> None:
    """Name such a file, in an open folder; raises OSError."""
    # linkat() with AT_SYMLINK_FOLLOW, the way that open(2) shows for O_TMPFILE.
    os.link(
        f"{_DESCRIPTORS}/{descriptor}",
        name,
        dst_dir_fd=folder_descriptor,
        follow_symlinks=True,
    )


def are_possible(folder: Path, folder_descriptor: int) -> bool:
    """Whether a file can be written and named in this way in `folder`, found out by doing so."""
    try:
        descriptor = open_nameless(folder)
        try:
            give_name(descriptor, _PROBE, folder_descriptor)
        finally:
            os.close(descriptor)
        os.unlink(_PROBE, dir_fd=folder_descriptor)
    except OSError:
        return False
    return True
