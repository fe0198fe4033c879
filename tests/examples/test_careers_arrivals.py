"""The recruiter's list shows what has arrived, and nothing that somebody says."""

from __future__ import annotations

import json
from base64 import b64encode
from urllib.parse import urlencode

import httpx
import pytest

from examples.careers.arrivals import Arrival, Arrivals, StrangeCallbackError, told_by_callback
from examples.careers.http_visit import Visit, expect_forgeries_refused
from examples.careers.running import Careers
from examples.careers.visitor import Visitor
from pillarbox.cli.page_form import PageForm
from pillarbox.cli.sample_pdf import make_pdf
from tests.callback_site import site

PDF = make_pdf("A resume")
ONE, OTHER = Visitor("1" * 32), Visitor("2" * 32)
TOLD = {
    "bucket": "resumes",
    "key": f"{ONE.key_prefix}my cv & é.pdf",
    "etag": "AB12",
    "size": "17",
    "application": ONE.application,
}


def changed(form: PageForm, name: str, value: str) -> PageForm:
    """The form with another value of one of its fields."""
    assert name in dict(form.fields)
    form.fields = [(n, value if n == name else v) for n, v in form.fields]
    return form


def test_a_callback_tells_of_a_resume() -> None:
    arrival = told_by_callback(urlencode(TOLD).encode(), "resumes")
    assert arrival == Arrival(TOLD["key"], "AB12", 17, ONE)
    assert arrival.name == "my cv & é.pdf"


@pytest.mark.parametrize(
    "other",
    [
        {"bucket": "elsewhere"},
        {"key": "cv.pdf"},
        {"key": f"{OTHER.key_prefix}cv.pdf"},
        {"key": f"{ONE.id}/cv.pdf"},
        {"application": OTHER.application},
        {"application": ""},
        {"size": "-1"},
    ],
    ids=str,
)
def test_what_does_not_fit_is_no_resume_of_this_site(other: dict[str, str]) -> None:
    with pytest.raises(StrangeCallbackError):
        told_by_callback(urlencode(TOLD | other).encode(), "resumes")


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b'{"bucket":"resumes"}'])
def test_a_body_of_another_shape_is_no_resume(body: bytes) -> None:
    with pytest.raises(StrangeCallbackError):
        told_by_callback(body, "resumes")


def test_a_late_callback_replaces_nothing() -> None:
    arrivals = Arrivals()
    key = f"{ONE.id}/cv.pdf"
    arrivals.tell(Arrival(key, "OLD", 1, ONE))
    arrivals.see(Arrival(key, "NEW", 2, ONE))
    arrivals.tell(Arrival(key, "OLD", 1, ONE))
    assert [arrival.etag for arrival in arrivals.all()] == ["NEW"]


def test_the_callback_puts_a_resume_on_the_list(visit: Visit) -> None:
    name = "by callback é & <b>.pdf"
    form = visit.scripted_form()
    answer = visit.send(form, name, "application/pdf", PDF)
    assert answer.status_code == httpx.codes.OK
    # What the site answers to the store is what the script gets.
    assert answer.json() == {"Status": "OK", "application": dict(form.fields)["x:application"]}
    assert visit.download_all()[name] == PDF


def test_a_name_that_is_taken_is_refused_to_the_script(visit: Visit) -> None:
    visit.upload_by_script("twice.pdf", "application/pdf", PDF)
    again = visit.send(visit.scripted_form(), "twice.pdf", "application/pdf", b"other")
    assert "<Code>FileAlreadyExists</Code>" in again.text
    assert visit.download_all()["twice.pdf"] == PDF


def test_a_visitor_can_not_forge_what_the_store_tells(visit: Visit) -> None:
    with site() as elsewhere:
        document = {"callbackUrl": elsewhere.url(), "callbackBody": "key=${object}"}
        for name, value in (
            ("x:application", OTHER.application),
            ("callback", b64encode(json.dumps(document).encode()).decode()),
            ("key", f"{OTHER.id}/" + "${filename}"),
        ):
            form = changed(visit.scripted_form(), name, value)
            answer = visit.send(form, "forged.pdf", "application/pdf", PDF)
            assert answer.status_code == httpx.codes.FORBIDDEN, answer.text
        form = visit.scripted_form()
        form.fields = [(n, v) for n, v in form.fields if n != "callback"]
        left_out = visit.send(form, "forged.pdf", "application/pdf", PDF)
        assert left_out.status_code == httpx.codes.FORBIDDEN, left_out.text
        assert not elsewhere.heard
    visit.get("/returned")
    assert "forged.pdf" not in visit.links()


def test_who_calls_without_a_signature_is_refused(careers: Careers, visit: Visit) -> None:
    expect_forgeries_refused(careers.url)
    # A key that lies beside a visitor's file, on the store's own host, is not the store's.
    told = visit.tell(
        urlencode(TOLD),
        **{
            "authorization": "AAAA",
            "x-oss-pub-key-url": "aHR0cDovLzEyNy4wLjAuMS9yZXN1bWVzL2tleS5wZW0=",
        },
    )
    assert told.status_code == httpx.codes.FORBIDDEN
    assert visit.tell("x" * 20_000).status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE
    assert "never-sent.pdf" not in visit.links()


def test_a_file_that_nobody_came_back_for_is_found_at_the_next_return(visit: Visit) -> None:
    form = visit.forms()["straight"]
    sent = visit.send(form, "closed the window.pdf", "application/pdf", PDF)
    assert sent.status_code == httpx.codes.SEE_OTHER
    assert "closed the window.pdf" not in visit.links()
    visit.upload(visit.forms()["straight"], "second.pdf", "application/pdf", PDF)
    assert {"closed the window.pdf", "second.pdf"} <= visit.links().keys()
