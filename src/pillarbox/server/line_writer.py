"""Writes lines to a descriptor without ever holding up who writes them."""

from __future__ import annotations

import os
import select
import stat
import threading
from collections import deque
from collections.abc import Iterator

from pillarbox.server.notices import notify

#: What waits at most for a reader that is slow or asleep, in batches of lines and in bytes.
_MAX_WAITING = 8 << 20
#: How long the end waits for the last lines, in seconds.
_LAST_WORDS = 1.0


class LineWriter:
    """Writes to one descriptor, by a thread where it might wait; what it can't take is counted.

    A pipe that nobody reads would otherwise stop the event loop, and with it the service.
    """

    def __init__(self, descriptor: int) -> None:
        """Write to `descriptor`; the thread begins when it is needed."""
        self._descriptor = descriptor
        self._is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLOUT)
        self._batches: deque[bytes] = deque()
        self._waiting = 0
        self._dropped = 0
        self._is_closed = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def write(self, lines: list[str]) -> None:
        """Write `lines`, each with its line end, soon; what UTF-8 can't say is escaped."""
        batch = "".join(lines).encode("utf-8", "backslashreplace")
        if not self._waiting and len(batch) <= select.PIPE_BUF and self._poll.poll(0):
            # There is room for so much at once, so this spares the thread's waking.
            self._write_all(batch)
            return
        with self._changed:
            if self._waiting + len(batch) > _MAX_WAITING:
                self._dropped += len(lines)
                return
            self._batches.append(batch)
            self._waiting += len(batch)
            self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="access log", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Write what is left, unless nobody reads it."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(_LAST_WORDS)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._batches and not self._is_closed:
                    self._changed.wait()
                if not self._batches:
                    return
                batch = b"".join(self._batches)
                self._batches.clear()
            # Past Python's buffer, whose lock would be held at the process's end.
            self._write_all(batch)
            with self._changed:
                self._waiting -= len(batch)
                dropped, self._dropped = self._dropped, 0
            if dropped:
                notify(f"{dropped} lines of the access log were dropped: nobody read them")

    def _write_all(self, data: bytes) -> None:
        try:
            for piece in self._pieces(data):
                view = memoryview(piece)
                while view:
                    view = view[os.write(self._descriptor, view) :]
        except OSError:
            # The reader is gone, or the disk is full; requests are served without a log.
            with self._changed:
                self._dropped += data.count(b"\n")

    def _pieces(self, data: bytes) -> Iterator[bytes]:
        """What goes out in one write: only a file keeps more than PIPE_BUF together (pipe(7)).

        Other workers write to it as well, and what they say must not land in the midst of a line.
        Only a line that is longer by itself can't be helped.
        """
        if self._is_file:
            yield data
            return
        start = 0
        while start < len(data):
            end = data.rfind(b"\n", start, start + select.PIPE_BUF) + 1
            if not end:
                end = data.find(b"\n", start) + 1 or len(data)
            yield data[start:end]
            start = end
