"""A filesystem of our own in a file, whose power can be cut.

ext4 in a sparse file, mounted through a loop device. `cut_power` stops it by the ioctl
FS_IOC_SHUTDOWN with the flag NOLOGFLUSH: from then on nothing reaches the image, neither dirty
pages nor the running transaction of the journal. Unmounted and mounted again, it replays its
journal and shows what a machine would find that had lost its power at that moment.

Two things differ from a real power cut. What the disk's own write cache would lose is kept: each
write that the kernel has sent counts. And programs run on: a sync that is under way at the moment
of the cut may even succeed although its bytes are lost (Linux 6.18 does so in one of seven tries
with nothing but write and fdatasync). So whatever is said after the cut began says nothing.

Needs root and loop devices. Nothing stays behind: `mount -o loop` frees the loop device with the
mount, and a guardian process unmounts should this one be killed.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import struct
import subprocess
import time
from pathlib import Path
from types import TracebackType

_FS_IOC_SHUTDOWN = 0x8004587D
_NOLOGFLUSH = 2

_SIZE = 8 << 30  # sparse: only what is written takes room

#: The journal's own commit, every 5 s unless told otherwise, and the writing back of dirty pages
#: would now and then save what the server forgot to sync. Seldom commits make the test sharper.
_MOUNT_OPTIONS = "loop,commit=300,noatime"

_UNMOUNT_SECONDS = 30.0


def why_impossible() -> str | None:
    """What is missing here for an image to be made and mounted; None if nothing is."""
    if os.geteuid() != 0:
        return "a filesystem can be mounted by root alone"
    for program in ("mkfs.ext4", "mount", "mountpoint", "umount"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    if not Path("/dev/loop-control").exists():
        return "there are no loop devices here"
    return None


class Image:
    """A mounted ext4 image; a context manager that leaves nothing behind.

    Attributes:
        mount_point: where it is mounted.
    """

    def __init__(self, folder: Path, size: int = _SIZE) -> None:
        """Make the image and its mount point in an existing `folder`; mounted when entered.

        Args:
            size: of the file system, in bytes.
        """
        self._size = size
        self._folder = folder
        self._number = 0
        self._file = self._next_file()
        self.mount_point = folder / "mount"
        self._switch: int | None = None
        self._guardian: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Image:
        self.mount_point.mkdir()
        with open(self._file, "wb") as file:
            file.truncate(self._size)
        _run("mkfs.ext4", "-q", "-F", str(self._file))
        self._guardian = _guard(self.mount_point)
        try:
            self._mount()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()

    def cut_power(self) -> None:
        """Stop the filesystem at once; may be called from any thread, and twice."""
        assert self._switch is not None
        fcntl.ioctl(self._switch, _FS_IOC_SHUTDOWN, struct.pack("=I", _NOLOGFLUSH))

    def restore_power(self) -> None:
        """Unmount and mount again. Nobody may have a file open there any more.

        What is mounted again is a copy of the image. A mount is copied into every mount namespace
        that another program makes (a browser's sandbox, for one), and until that ends the stopped
        filesystem lives on unseen; mounting the same file would then give it back, still stopped.
        """
        self._unmount()
        before, self._file = self._file, self._next_file()
        _run("cp", "--sparse=auto", str(before), str(self._file))
        before.unlink()
        self._mount()

    def _next_file(self) -> Path:
        self._number += 1
        return self._folder / f"image-{self._number}.ext4"

    def _mount(self) -> None:
        _run("mount", "-t", "ext4", "-o", _MOUNT_OPTIONS, str(self._file), str(self.mount_point))
        # Opened beforehand, so that the moment of the cut is the moment of the call.
        self._switch = os.open(self.mount_point, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def _unmount(self) -> None:
        if self._switch is not None:
            os.close(self._switch)
            self._switch = None
        deadline = time.monotonic() + _UNMOUNT_SECONDS
        # The kernel may still be closing the files of a process that has just been killed.
        while os.path.ismount(self.mount_point):
            done = subprocess.run(
                ["umount", str(self.mount_point)], capture_output=True, text=True, check=False
            )
            if done.returncode != 0 and time.monotonic() > deadline:
                raise OSError(errno.EBUSY, done.stderr.strip(), str(self.mount_point))
            if done.returncode != 0:
                time.sleep(0.05)

    def _end(self) -> None:
        try:
            self._unmount()
        finally:
            if self._guardian is not None:
                assert self._guardian.stdin is not None
                self._guardian.stdin.close()
                self._guardian.wait()
            self._file.unlink(missing_ok=True)


def _guard(mount_point: Path) -> subprocess.Popen[bytes]:
    """A process that waits for our end, however it comes, and unmounts what is left.

    In a session of its own, so that Ctrl-C does not end it before us.
    """
    return subprocess.Popen(
        ["sh", "-c", 'read -r _; ! mountpoint -q "$1" || umount -l "$1"', "sh", str(mount_point)],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip() or done.returncode}")
