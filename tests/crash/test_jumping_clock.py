"""The wall clock jumps, years ahead and hours back, while uploads and reads run.

Each time the keeper is killed as well, so that a new one sweeps and reaps by the clock as it is
then. That a keeper which sees a jump doesn't believe it at once is shown by
`tests/jobs/test_steady_clock.py`; one that is started by a wrong clock has to.
"""

from __future__ import annotations

import http.client
import os
import signal
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import requests

from pillarbox.forms.post_form import Credentials, PostForm, SignedForm
from tests.crash.client import Answer, Client
from tests.crash.comparison import compare
from tests.crash.fault_shim import FaultShim
from tests.crash.half_upload import HalfUpload
from tests.crash.ledger import Ledger
from tests.crash.parted import bucket_of
from tests.crash.parted_comparison import compare_parted
from tests.crash.rounds import reap_and_compare
from tests.crash.serving import BUCKET, DoomedServer
from tests.server_process import PATIENCE, wait_until
from tests.storage.stores import rows

YEARS = 3 * 365 * 24 * 3600.0
HOURS = 5 * 3600.0

#: More than a connection's buffers hold.
HUGE = bytes(range(256)) * (128 << 10)
LARGE = HUGE[: 1 << 20]


def test_a_clock_that_jumps_loses_nothing(tmp_path: Path, fault_library: Path) -> None:
    data_dir, ledger = tmp_path / "data", Ledger()
    with (
        FaultShim(fault_library, tmp_path / "faults") as shim,
        DoomedServer(data_dir, ("--upload-expiry", "0s"), shim=shim) as server,
    ):
        client = Client(bucket_of(server), ledger)
        begun = client.begin("parts")
        assert client.put_part(begun, 1, LARGE) == Answer(200)
        form = signed_form(server)
        for number, shift in enumerate((YEARS, -HOURS, 0.0)):
            assert client.put("read", HUGE) == Answer(200)
            reading = OpenRead(server, "read")
            assert client.put("read", LARGE) == Answer(200)  # what is being read is garbage now
            half = HalfUpload(server, ledger, f"half/{number}", LARGE)
            shim.shift_clock(shift)
            round_of_a_new_keeper(server)
            if shift == YEARS:
                wait_until(lambda: is_reaped(data_dir), "the end of what was overwritten")
            assert post(server, form) == (403 if shift == YEARS else 204)
            assert half.finish()
            assert reading.rest() == HUGE
            assert abs(last_modified(server, f"half/{number}") - shift) < HOURS / 2
            shim.shift_clock(0)  # the client's own requests are signed by the real time
        ledger_of_form(client)
        assert list(compare_parted(server, ledger, [begun])) == []
        assert compare(server, data_dir, ledger) == []
        server.stop()
    assert reap_and_compare(data_dir) == []


class OpenRead:
    """A download of which the first piece has come."""

    def __init__(self, server: DoomedServer, key: str) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        self._http.request("GET", f"/{BUCKET}/{key}")
        self._answer = self._http.getresponse()
        self._begin = self._answer.read(1000)

    def rest(self) -> bytes:
        """All bytes."""
        try:
            return self._begin + self._answer.read()
        finally:
            self._http.close()


def round_of_a_new_keeper(server: DoomedServer) -> None:
    """Kill the keeper; returns when another one has come."""
    keeper = server.keeper_pid
    assert keeper is not None
    os.kill(keeper, signal.SIGKILL)
    wait_until(lambda: server.keeper_pid not in (None, keeper), "another keeper")


def is_reaped(data_dir: Path) -> bool:
    return rows(data_dir, "SELECT count(*) FROM garbage") == [(0,)]


def signed_form(server: DoomedServer) -> SignedForm:
    """A form that is good for an hour."""
    form = PostForm(
        endpoint=server.base_url, bucket=BUCKET, key="form", max_size=1, expires=timedelta(hours=1)
    )
    return form.sign_v1(Credentials(server.access_key.id, server.access_key.secret))


def post(server: DoomedServer, form: SignedForm) -> int:
    """Send it; the status."""
    answer = requests.post(
        f"{server.base_url}/{BUCKET}", data=form.fields, files={"file": b"x"}, timeout=PATIENCE
    )
    return answer.status_code


def ledger_of_form(client: Client) -> None:
    """Let the ledger know what the form has left."""
    assert client.put("form", b"x") == Answer(200)


def last_modified(server: DoomedServer, key: str) -> float:
    """How far ahead of the real time an object was stored, in seconds."""
    head = requests.head(f"{server.base_url}/{BUCKET}/{key}", timeout=PATIENCE)
    stored = parsedate_to_datetime(head.headers["Last-Modified"])
    return (stored - datetime.now(UTC)).total_seconds()
