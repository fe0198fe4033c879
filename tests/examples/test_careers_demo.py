"""`python -m examples.careers`, as `make demo` runs it, and the comparison."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from examples.careers import browser_visit, http_visit
from examples.careers.carriage import FORM_UPLOAD, THROUGH_SITE
from examples.careers.running import Careers
from pillarbox.cli.sample_pdf import make_pdf
from tests.server_process import PATIENCE, wait_until

ROOT = Path(__file__).parents[2]
DEMO = [sys.executable, "-m", "examples.careers"]

with_chromium = pytest.mark.skipif(
    not browser_visit.is_there(), reason="Chromium is not installed (make services, as root)"
)


def test_check_drives_both_ways_and_exits_0() -> None:
    done = subprocess.run([*DEMO, "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^   through the site +\d{6} bytes in", done.stdout, re.MULTILINE)
    assert re.search(r"^   form upload +\d{2,3} bytes in", done.stdout, re.MULTILINE)
    assert done.stdout.rstrip().endswith("equal to what was sent, both ways.")


def test_a_visit_over_http_where_there_is_no_browser(careers: Careers) -> None:
    carried = http_visit.visit(careers.url, "over-http.pdf", make_pdf("A resume", 10_000))
    assert carried.keys() == {THROUGH_SITE, FORM_UPLOAD}


def test_a_visit_notices_bytes_that_differ() -> None:
    with pytest.raises(http_visit.VisitFailedError, match=r"the bytes of a\.pdf differ"):
        http_visit.compare({"a.pdf": b"one"}, {"a.pdf": b"another"})
    with pytest.raises(http_visit.VisitFailedError, match="the list has"):
        http_visit.compare({}, {"a.pdf": b"one"})


@with_chromium
def test_both_ways_work_in_a_browser(careers: Careers, tmp_path: Path) -> None:
    pdf = tmp_path / "browser.pdf"
    pdf.write_bytes(make_pdf("A resume", 50_000))
    with browser_visit.chromium() as browser:
        page = browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(careers.url)
        browser_visit.send_through(page, pdf)
        page.goto(careers.url)
        page.locator("pillarbox-upload .pick button:enabled").first.wait_for()
        page.set_input_files(browser_visit.FILES, pdf)
        # The name is taken: it came through the site.
        page.locator(".say", has_text="Uploaded as browser (2).pdf").wait_for()
        page.goto(f"{careers.url}/recruiter")
        for name in ("browser.pdf", "browser (2).pdf"):
            assert page.get_by_role("link", name=name, exact=True).count() == 1
    # That name's refusal is all that the console knows.
    assert [text for text in complaints if "409 (Conflict)" not in text] == []


@with_chromium
@pytest.mark.parametrize("form", ["through", "straight"])
def test_both_forms_work_without_script(careers: Careers, tmp_path: Path, form: str) -> None:
    pdf = tmp_path / f"plain-{form}.pdf"
    pdf.write_bytes(make_pdf("A resume", 50_000))
    with browser_visit.chromium() as browser:
        page = browser.new_context(java_script_enabled=False).new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        browser_visit.come_back(page, careers.url, form, pdf)
        page.goto(f"{careers.url}/recruiter")
        assert page.get_by_role("link", name=pdf.name).count() == 1
    assert not complaints


@with_chromium
def test_the_page_says_why_a_file_is_refused(careers: Careers, tmp_path: Path) -> None:
    picture = tmp_path / "photo.png"
    picture.write_bytes(b"\x89PNG")
    with browser_visit.chromium() as browser:
        page = browser.new_page()
        page.goto(careers.url)
        with pytest.raises(http_visit.VisitFailedError, match="PDF, DOC, DOCX, ODT, TXT"):
            browser_visit.upload(page, picture)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_all_stays_until_the_demo_is_ended(tmp_path: Path, ending: signal.Signals) -> None:
    log = tmp_path / "output"
    with log.open("w") as output:
        process = subprocess.Popen(DEMO, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    try:
        wait_until(lambda: "Ctrl-C stops" in log.read_text(), "the site's address")
        found = re.search(r"^Open (http://\S+)$", log.read_text(), re.MULTILINE)
        assert found is not None
        assert httpx.get(found[1]).status_code == httpx.codes.OK
    finally:
        process.send_signal(ending)
        assert process.wait(PATIENCE) == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(found[1])


def test_the_comparison_counts_what_the_site_carried() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "examples.careers.comparison", "--count", "6", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    costs = json.loads(done.stdout)
    assert costs[THROUGH_SITE]["received"] > 6 * 600_000
    assert 0 < costs[FORM_UPLOAD]["received"] < 6 * 1024  # the callbacks
    assert 0 < costs[FORM_UPLOAD]["sent"] < 6 * 4096
    assert costs[THROUGH_SITE]["cpuSeconds"] > 0
