"""Real form posts and other uploads over real connections, until the moment of the crash.

Each connection is a thread that sends one upload after another and notes every answer: most post
forms, one sends uploads in parts (`parted`), some write and delete versions (`versioned`). It ends
at the first request that is not answered, since nobody can then say in which order the next would
be done.
"""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.crash.bounds import Kind
from tests.crash.fault_shim import FaultShim, Rule
from tests.crash.ledger import Attempt, Content, Ledger, Outcome
from tests.crash.parted import PartedConnection, PartedUpload
from tests.crash.posted_form import CONTENT_TYPE, PostedForm
from tests.crash.serving import BUCKET, DoomedServer
from tests.crash.version_ledger import VersionLedger
from tests.crash.versioned import SwitchingConnection, VersionedConnection

KIB = 1024

#: An answer that comes after this many seconds comes never.
_ANSWER_SECONDS = 30.0

#: Clients that post forms, and that change versions.
_FORM_CONNECTIONS = 4
_VERSIONED_CONNECTIONS = 2

#: Bounds of one load, whatever its moment: connections end when they are reached.
_MAX_UPLOADS = 2000
_MAX_BYTES = 256 * 1024 * KIB


@dataclass(frozen=True, slots=True)
class AfterSeconds:
    """The crash comes some time after the load began."""

    seconds: float


@dataclass(frozen=True, slots=True)
class AtLargeAnswer:
    """The crash comes at once when the `count`-th large upload is acknowledged.

    That is the moment at which a forgotten sync of the blob's folder shows. ext4 commits all of
    its journal or nothing, so whatever syncs a file that has grown makes the new name durable by
    the way. Two things do, and both are kept out here: the sync of the next large upload's bytes
    (one connection alone sends large uploads), and that of SQLite's log while it grows. So an
    answer counts only if the log did not grow since the one before: after its first checkpoint
    the log is written from its beginning again, which is how it is nearly always.
    """

    count: int


@dataclass(frozen=True, slots=True)
class AtFault:
    """The server crashes itself, at a system call.

    Attributes:
        shim: that is preloaded into it.
        rule: armed when a request of the kind `during` is about to be sent; others are in flight.
        name: of the call.
    """

    shim: FaultShim
    rule: Rule
    during: Kind
    name: str

    def __str__(self) -> str:
        return f"{self.name}, with {self.during.value} in flight"


Moment = AfterSeconds | AtLargeAnswer | AtFault

#: Requests of a kind that are answered before a rule is armed: some objects are there by then.
_BEFORE_FAULT = 2


class _Connection(Protocol):
    """One client of a load."""

    def run(self) -> None:
        """Send until something is not answered or the load has ended."""

    def close(self) -> None:
        """Let go of its connections."""


class Load:
    """Connections that post forms to one server, upload in parts, and change versions."""

    def __init__(
        self,
        server: DoomedServer,
        ledger: Ledger,
        strike: Callable[[], None],
        moment: Moment,
        *,
        late_answers_count: bool,
        data_dir: Path,
        parted: list[PartedUpload],
        versions: VersionLedger,
        seed: int,
    ) -> None:
        """
        Args:
            strike: makes the crash happen; called once, from any thread.
            late_answers_count: whether what is acknowledged when the crash has begun is
                acknowledged; else nobody has heard it.
            data_dir: the server's.
            parted: uploads in parts are noted there.
            versions: what is asked of the bucket that keeps versions is noted there.
            seed: of all that is random, but the order of the threads.
        """
        self._server = server
        self._ledger = ledger
        self._strike = strike
        self._late_answers_count = late_answers_count
        self._moment = moment
        self._seed = seed
        self._parted = parted
        self._versions = versions
        self._lock = threading.Lock()
        self._large_answers = 0
        self._of_kind = 0
        self._log = data_dir / "catalog.sqlite3-wal"
        self._log_size = 0
        self._uploads = 0
        self._bytes = 0
        self._stop = threading.Event()
        self._struck = threading.Event()
        self._errors: list[BaseException] = []

    def run(self) -> None:
        """Load the server and crash it at the moment.

        The connections end when the server is killed: do that next, then call `join`.
        """
        if isinstance(self._moment, AtFault):
            self._moment.shim.clear()
        self._threads = [
            threading.Thread(target=self._run_connection, args=(connection,), daemon=True)
            for connection in self._connections()
        ]
        for thread in self._threads:
            thread.start()
        if isinstance(self._moment, AfterSeconds):
            time.sleep(self._moment.seconds)
            self._crash()
        elif not self._wait_for_moment():
            self._stop.set()
            raise AssertionError(f"{self._moment} never came") from self._first_error()
        self._stop.set()

    def join(self) -> None:
        """Wait for the connections' end; raises what went wrong in them."""
        self._stop.set()
        for thread in self._threads:
            thread.join(2 * _ANSWER_SECONDS)
            assert not thread.is_alive(), "a connection of the load does not end"
        if self._errors:
            raise self._errors[0]

    def about_to_send(self, kind: Kind) -> None:
        """Arm the rule of a fault, if it is for requests of this kind."""
        if not isinstance(self._moment, AtFault) or kind is not self._moment.during:
            return
        with self._lock:
            self._of_kind += 1
            if self._of_kind == _BEFORE_FAULT + 1:
                self._moment.shim.arm(self._moment.rule)

    def note_large_answer(self) -> None:
        """Count an acknowledged large upload; the crash, if this is its moment."""
        if not isinstance(self._moment, AtLargeAnswer):
            return
        before, self._log_size = self._log_size, self._log.stat().st_size
        self._large_answers += self._log_size == before
        if self._large_answers == self._moment.count and not self.is_struck:
            self._crash()

    def may_send(self, size: int) -> bool:
        """Whether one more upload of `size` bytes is within bounds."""
        with self._lock:
            self._uploads += 1
            self._bytes += size
            return (
                not self._stop.is_set()
                and self._uploads <= _MAX_UPLOADS
                and self._bytes <= _MAX_BYTES
            )

    @property
    def is_struck(self) -> bool:
        """Whether the crash has begun: from now on failures are no surprise."""
        if isinstance(self._moment, AtFault):
            return self._moment.shim.strikes > 0
        return self._struck.is_set()

    @property
    def hears_nothing(self) -> bool:
        """Whether answers are no longer to be believed."""
        return self.is_struck and not self._late_answers_count

    def _wait_for_moment(self) -> bool:
        if not isinstance(self._moment, AtFault):
            return self._struck.wait(2 * _ANSWER_SECONDS)
        deadline = time.monotonic() + 2 * _ANSWER_SECONDS
        while not self.is_struck:
            if self._errors or time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        return True

    def _crash(self) -> None:
        self._struck.set()
        self._strike()

    def _connections(self) -> Iterator[_Connection]:
        """All that are to be run; in half of the loads one switches the keeping of versions."""
        has_files = not isinstance(self._moment, AtLargeAnswer)
        for number in range(_FORM_CONNECTIONS):
            yield _FormConnection(
                self, self._server, self._ledger, number, self._seed, has_files or number == 0
            )
        yield PartedConnection(
            self, self._server, self._ledger, self._parted, self._seed, has_files=has_files
        )
        for number in range(_VERSIONED_CONNECTIONS):
            yield VersionedConnection(
                self, self._server, self._versions, number, self._seed, has_large=has_files
            )
        if self._seed % 2:
            yield SwitchingConnection(self, self._server, self._versions, self._seed)

    def _run_connection(self, connection: _Connection) -> None:
        try:
            connection.run()
        except BaseException as error:
            self._errors.append(error)
        finally:
            connection.close()

    def _first_error(self) -> BaseException | None:
        return self._errors[0] if self._errors else None


class _FormConnection:
    """One client: a mix of new keys, overwrites, contested keys and forms cut short."""

    def __init__(
        self,
        load: Load,
        server: DoomedServer,
        ledger: Ledger,
        number: int,
        seed: int,
        has_large: bool,
    ) -> None:
        self._load = load
        self._ledger = ledger
        self._random = random.Random(f"{seed}/{number}")
        self._name = f"load/{seed:08x}/{number}"
        self._contested = f"load/{seed:08x}/contested"
        self._overwritten = f"load/overwritten/{number}"
        self._has_large = has_large
        self._number = 0
        self._form = PostedForm.of(server, BUCKET)
        self._http = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_ANSWER_SECONDS)

    def run(self) -> None:
        """Send until something is not answered or the load has ended."""
        while True:
            self._number += 1
            is_large = self._has_large and self._random.random() < 0.2
            size = self._large_size() if is_large else self._random.randint(KIB, 60 * KIB)
            if not self._load.may_send(size):
                return
            data = self._random.randbytes(size)
            self._load.about_to_send(Kind.LARGE if is_large else Kind.SMALL)
            match self._random.random():
                case luck if luck < 0.05:
                    outcome = self._cut_short(data)
                case luck if luck < 0.12:
                    outcome = self._contest(data)
                case luck if luck < 0.5:
                    key = f"{self._overwritten}/{self._random.randrange(4)}"
                    outcome = self._post(Attempt(key, Content.of(data)), data)
                case _:
                    key = f"{self._name}/{self._number}"
                    outcome = self._post(Attempt(key, Content.of(data)), data)
            if outcome is Outcome.UNANSWERED:
                return
            if outcome is Outcome.ACKNOWLEDGED and is_large:
                self._load.note_large_answer()

    def close(self) -> None:
        self._http.close()

    def _large_size(self) -> int:
        """From 100 KiB to 8 MiB, the smaller the likelier."""
        return int(100 * KIB * 82 ** self._random.random())

    def _contest(self, data: bytes) -> Outcome:
        """Post with forbid-overwrite under a key for which others post as well."""
        key = f"{self._contested}/{self._number // 4}"
        return self._post(Attempt(key, Content.of(data), is_exclusive=True), data)

    def _post(self, attempt: Attempt, data: bytes) -> Outcome:
        """Send a form and note its outcome."""
        self._ledger.begin(attempt)
        fields = {"x-oss-forbid-overwrite": "true"} if attempt.is_exclusive else {}
        try:
            self._http.request(
                "POST",
                f"/{BUCKET}",
                body=self._form.body(attempt.key, data, fields),
                headers={"Content-Type": CONTENT_TYPE},
            )
            answer = self._http.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            if not self._load.is_struck:
                raise
            return Outcome.UNANSWERED
        if self._load.hears_nothing:
            return Outcome.UNANSWERED
        outcome = self._outcome(attempt, answer, text)
        if outcome is not Outcome.UNANSWERED:
            self._ledger.end(attempt, outcome)
        return outcome

    def _outcome(self, attempt: Attempt, answer: http.client.HTTPResponse, text: bytes) -> Outcome:
        if answer.status == 204:
            etag = answer.headers["ETag"]
            assert etag == f'"{attempt.content.md5}"', f"{etag} for {attempt.content}"
            return Outcome.ACKNOWLEDGED
        if answer.status == 409 and attempt.is_exclusive and b"FileAlreadyExists" in text:
            self._ledger.note_taken(attempt.key)
            return Outcome.REFUSED
        assert answer.status >= 500, f"{answer.status}: {text!r}"
        assert self._load.is_struck, f"{answer.status} before the crash: {text!r}"
        return Outcome.UNANSWERED

    def _cut_short(self, data: bytes) -> Outcome:
        """Send all but the end of a form, then hang up: it must never be an object."""
        attempt = Attempt(f"{self._name}/{self._number}", Content.of(data))
        self._ledger.begin(attempt)
        self._ledger.end(attempt, Outcome.REFUSED)
        body = self._form.body(attempt.key, data)
        try:
            self._http.putrequest("POST", f"/{BUCKET}")
            self._http.putheader("Content-Type", CONTENT_TYPE)
            self._http.putheader("Content-Length", str(len(body)))
            self._http.endheaders(body[:-10])
        except (OSError, http.client.HTTPException):
            if not self._load.is_struck:
                raise
            return Outcome.UNANSWERED
        self._http.close()  # the next request opens a connection anew
        return Outcome.REFUSED
