"""`pillarbox demo`, as a newcomer runs it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from pillarbox.cli.page_form import read_page, submit
from pillarbox.cli.sample_pdf import make_pdf
from tests.server_process import PATIENCE, wait_until

DEMO = [sys.executable, "-m", "pillarbox", "demo"]


def test_check_goes_through_every_step_and_exits_0() -> None:
    done = subprocess.run([*DEMO, "--check"], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    steps = re.findall(r"^\d\. .*", done.stdout, re.MULTILINE)
    assert [step[0] for step in steps] == ["1", "2", "3", "4"]
    assert "<Key>upload/resume.pdf</Key>" in done.stdout
    assert done.stdout.rstrip().endswith("The bytes are equal: form upload works.")


def test_a_store_that_can_not_start_is_told_in_one_line() -> None:
    done = subprocess.run(
        [*DEMO, "--check", "--listen", "127.0.0.1:99999"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("pillarbox demo: the store did not start:")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_store_stays_until_the_demo_is_ended(tmp_path: Path, ending: signal.Signals) -> None:
    log = tmp_path / "output"
    with log.open("w") as output:
        process = subprocess.Popen(DEMO, stdout=output, stderr=subprocess.STDOUT)
    try:
        wait_until(lambda: "Ctrl-C stops" in log.read_text(), "the page's address")
        found = re.search(r"(file://\S+)", log.read_text())
        assert found is not None
        page = Path(unquote(urlsplit(found[1]).path))
        form = read_page(page.read_text("utf-8"))
        status, _ = submit(form, "again.pdf", "application/pdf", make_pdf("again"))
        assert status == 201
    finally:
        process.send_signal(ending)
        assert process.wait(PATIENCE) == 0
    assert not page.parent.exists()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(form.action)


def test_a_page_without_a_form_is_refused() -> None:
    with pytest.raises(ValueError, match="no form with a file input"):
        read_page("<p>nothing here</p>")
