"""What the form allows is shown, checked before anything is sent, and told when refused."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Request, expect

from pillarbox.forms.page import render_page
from tests.page.conftest import OpenPage
from tests.page.test_uploading import MIB, made
from tests.page.visit import signed_form
from tests.server_process import ServerProcess

TYPES = ("application/pdf", "image/png")


def test_limits_are_shown_and_checked_beforehand(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path
) -> None:
    form = signed_form(store, max_size=2 * MIB, min_size=3, content_types=TYPES)
    visit = open_page(render_page(form))
    sent: list[Request] = []
    visit.page.on("request", lambda request: sent.append(request))
    note = visit.page.locator(".note").first
    expect(note).to_contain_text(
        "At most 2 MB per file · at least 3 bytes per file · Allowed: PDF, PNG · Open until "
    )
    accept = visit.page.locator(".box > input").first.get_attribute("accept")
    assert accept == "application/pdf,image/png"
    visit.choose(
        made(tmp_path, "long.pdf", 3 * MIB),
        made(tmp_path, "just-too-long.pdf", 2 * MIB + 1),
        made(tmp_path, "short.pdf", 2),
        made(tmp_path, "page.html", 10),
        made(tmp_path, "none", 10),
    )
    visit.wait_for("unfit", 5)
    said = {one["name"]: (one["code"], one["sentence"]) for one in visit.fired("refused")}
    assert said == {
        "long.pdf": (
            "EntityTooLarge",
            "The file is too large: it has 3 MB, and 2 MB are allowed.",
        ),
        "just-too-long.pdf": (
            "EntityTooLarge",
            "The file is too large: it has 2,097,153 bytes, and 2,097,152 bytes are allowed.",
        ),
        "short.pdf": (
            "EntityTooSmall",
            "The file is too small: it has 2 bytes, and the least is 3 bytes.",
        ),
        "page.html": (
            "TypeNotAllowed",
            "Files of the type text/html are not allowed here. Allowed: PDF, PNG.",
        ),
        "none": (
            "TypeNotAllowed",
            "Files of the type ? are not allowed here. Allowed: PDF, PNG.",
        ),
    }
    for name, (_, sentence) in said.items():
        expect(visit.row(name)).to_contain_text(sentence)
    visit.wait_to_hear(said["none"][1])
    assert not sent


def test_a_range_of_types_and_an_empty_file(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path
) -> None:
    visit = open_page(render_page(signed_form(store, content_types=("image/*",))))
    expect(visit.page.locator(".note").first).to_contain_text("Allowed: image/*")
    visit.choose(made(tmp_path, "a.gif", 5), made(tmp_path, "b.pdf", 5), made(tmp_path, "c.png", 0))
    visit.wait_for("uploaded")
    visit.wait_for("unfit", 2)


def test_a_refusal_has_a_sentence_and_its_request_id(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path
) -> None:
    page = render_page(signed_form(store)).replace('"Signature": "', '"Signature": "x')
    visit = open_page(page)
    visit.choose(made(tmp_path, "a.txt", 5))
    visit.wait_for("refused")
    (told,) = visit.fired("refused")
    sentence = "The upload form of this page is faulty (its signature). Please tell the site."
    assert (told["code"], told["status"], told["sentence"]) == (
        "SignatureDoesNotMatch",
        403,
        sentence,
    )
    assert told["message"].startswith("The request signature we calculated")
    assert len(told["requestId"]) == 24
    expect(visit.row("a.txt")).to_contain_text(f"{sentence} request {told['requestId']}")
    store.wait_for_output(told["requestId"])
    visit.wait_to_hear(f"{sentence} request {told['requestId']}")


def test_what_the_policy_refuses_is_told_in_the_stores_words(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path
) -> None:
    form = signed_form(store, metadata={"applicant": "4711"})
    page = render_page(form).replace(
        '"x-oss-meta-applicant": "4711"', '"x-oss-meta-applicant": "1"'
    )
    visit = open_page(page)
    visit.choose(made(tmp_path, "a.txt", 5))
    visit.wait_for("refused")
    expect(visit.row("a.txt")).to_contain_text("The store does not allow this upload.")
    expect(visit.row("a.txt")).to_contain_text('["eq", "$x-oss-meta-applicant", "4711"]')
