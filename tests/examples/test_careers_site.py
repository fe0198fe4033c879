"""The careers site takes a résumé both ways, and refuses what is none."""

from __future__ import annotations

import re

import httpx
import pytest

from examples.careers.carriage import FORM_UPLOAD, THROUGH_SITE
from examples.careers.http_visit import Visit
from examples.careers.resume_rules import MAX_SIZE
from examples.careers.running import Careers
from pillarbox.cli.sample_pdf import make_pdf

WAYS = ("through", "straight")
PDF = make_pdf("A resume", 100_000)


@pytest.mark.parametrize("way", WAYS)
def test_a_resume_arrives_as_it_was_sent(visit: Visit, way: str) -> None:
    name = f"résumé {way} <b>.pdf"
    visit.upload(visit.forms()[way], name, "application/pdf", PDF)
    assert visit.download_all()[name] == PDF


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("name", "content_type", "content"),
    [
        ("page.html", "text/html", b"<script>alert(1)</script>"),
        ("unknown", "application/octet-stream", b"unknown"),
        ("empty.pdf", "application/pdf", b""),
        ("large.pdf", "application/pdf", bytes(MAX_SIZE + 1)),
    ],
)
def test_what_is_no_resume_is_refused(
    visit: Visit, way: str, name: str, content_type: str, content: bytes
) -> None:
    answer = visit.send(visit.forms()[way], name, content_type, content)
    assert answer.status_code in (400, 403, 413)
    assert name not in visit.download_all()


@pytest.mark.parametrize("way", WAYS)
def test_a_resume_of_the_largest_size_is_taken(visit: Visit, way: str) -> None:
    visit.upload(visit.forms()[way], f"largest-{way}.pdf", "application/pdf", bytes(MAX_SIZE))


def test_the_server_carries_the_file_one_way_and_a_form_the_other(visit: Visit) -> None:
    forms = visit.forms()
    visit.upload(forms["through"], "carried.pdf", "application/pdf", PDF)
    visit.upload(forms["straight"], "straight.pdf", "application/pdf", PDF)
    carried = visit.carried()
    assert carried[THROUGH_SITE]["received"] > len(PDF)
    assert carried[THROUGH_SITE]["sent"] >= len(PDF)  # on to the store
    assert carried[FORM_UPLOAD]["received"] == 0
    assert carried[FORM_UPLOAD]["sent"] < 4096


def test_what_a_script_uploads_costs_the_server_a_form_and_a_callback(visit: Visit) -> None:
    visit.forms()  # the page, which says who visits
    visit.upload_by_script("script.pdf", "application/pdf", PDF)
    carried = visit.carried()
    assert carried.keys() == {FORM_UPLOAD}
    assert 0 < carried[FORM_UPLOAD]["received"] < 1024
    assert 1024 < carried[FORM_UPLOAD]["sent"] < 4096


def test_each_visitor_has_a_prefix_that_no_other_can_write(careers: Careers) -> None:
    visitors = [Visit(careers.url) for _ in range(2)]
    try:
        mine, others = (dict(visitor.forms()["straight"].fields)["key"] for visitor in visitors)
        assert re.fullmatch(r"applications/[0-9a-f]{32}/\$\{filename\}", mine)
        assert mine != others
        form = visitors[0].forms()["straight"]
        form.fields = [(n, others if n == "key" else v) for n, v in form.fields]
        answer = visitors[0].send(form, "cv.pdf", "application/pdf", PDF)
        assert answer.status_code == httpx.codes.FORBIDDEN
        assert '["starts-with", "$key"' in answer.text
    finally:
        for visitor in visitors:
            visitor.close()


def test_a_cookie_that_is_none_of_ours_makes_a_new_visitor(careers: Careers) -> None:
    page = httpx.get(careers.url, cookies={"visitor": "../../etc"}).text
    assert "../../etc" not in page
    assert re.search(r'value="applications/[0-9a-f]{32}/', page)


def test_no_page_holds_the_secret(careers: Careers) -> None:
    for path in ("/", "/form", "/carried", "/recruiter", "/received", "/static/careers.js"):
        page = httpx.get(careers.url + path).text
        assert careers.store.secret not in page
        assert careers.role.access_key_secret not in page
