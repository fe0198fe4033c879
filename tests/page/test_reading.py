"""By keyboard, by screen reader, on a phone, in either language, without script."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page, expect

from pillarbox.forms.page import render_page, render_plain_page
from tests.page.conftest import OpenPage
from tests.page.form_site import FormSite
from tests.page.test_uploading import MIB, made
from tests.page.visit import Visit, keys_in, signed_form
from tests.server_process import ServerProcess

AXE = Path(__file__).parents[1] / "clients" / "node_modules" / "axe-core" / "axe.min.js"
LONG = "a very long name of a very long document-" + "that_has_no_blank_" * 6 + ".pdf"

LOOKS: dict[str, dict[str, Any]] = {
    "desktop": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True},
    "chinese": {"locale": "zh-CN"},
    "contrast": {"forced_colors": "active"},
}


def page_in_every_state(visit: Visit, tmp_path: Path) -> None:
    """One file sending, one refused beforehand, one cancelled, one stored under another name."""
    visit.choose(made(tmp_path, "first.pdf", 10), made(tmp_path, LONG, 11))
    visit.wait_for("uploaded", 2)
    visit.limit_upload(MIB // 4)
    visit.choose(made(tmp_path, "first.pdf", 12), made(tmp_path, "page.html", 10))
    visit.choose(*[made(tmp_path, f"{number}.pdf", 3 * MIB) for number in range(4)])
    visit.wait_for("uploaded", 3)
    visit.wait_for("waiting")
    visit.row("0.pdf").get_by_role("button").click()
    visit.wait_for("cancelled")
    visit.wait_for("sending", 3)
    visit.wait_for_progress(0.01)


def findings(page: Page) -> list[str]:
    """What axe-core finds, all of its rules."""
    page.evaluate(AXE.read_text("utf-8"))
    found: list[dict[str, Any]] = page.evaluate("axe.run().then(({violations}) => violations)")
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    ]


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (make services)")
@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path, look: str
) -> None:
    form = signed_form(store, key_prefix=f"{look}/", content_types=("application/pdf",))
    visit = open_page(render_page(form), **LOOKS[look])
    expect(visit.page.locator(".box button").first).to_be_enabled()
    assert findings(visit.page) == []
    page_in_every_state(visit, tmp_path)
    assert findings(visit.page) == []
    width = visit.page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert width[0] <= width[1]


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (make services)")
def test_axe_finds_nothing_without_script(open_page: OpenPage, store: ServerProcess) -> None:
    page = re.sub(
        r'<script type="module">.*</script>', "", render_page(signed_form(store)), flags=re.S
    )
    for text in (page, render_plain_page(signed_form(store))):
        visit = open_page(text)
        expect(visit.page.get_by_label("File")).to_be_visible()
        assert findings(visit.page) == []


def test_by_keyboard_alone(open_page: OpenPage, store: ServerProcess, tmp_path: Path) -> None:
    form = signed_form(store, key_prefix="keys/", content_types=("application/pdf",))
    visit = open_page(render_page(form))
    keyboard = visit.page.keyboard
    visit.page.on("filechooser", lambda _: None)  # from now on the browser asks us, not the desktop
    expect(visit.button("Choose files")).to_be_enabled()
    keyboard.press("Tab")
    expect(visit.button("Choose files")).to_be_focused()
    with visit.page.expect_file_chooser() as chooser:
        keyboard.press("Enter")
    visit.limit_upload(MIB)
    chooser.value.set_files(
        [made(tmp_path, "bad.html", 10), made(tmp_path, "a.pdf", 8 * MIB)]
    )  # fmt: skip
    visit.wait_to_hear("2 files added.")
    visit.wait_for("unfit")
    keyboard.press("Tab")
    expect(visit.button("Choose a folder")).to_be_focused()
    keyboard.press("Tab")
    expect(visit.button("Remove bad.html")).to_be_focused()
    keyboard.press("Space")
    expect(visit.row("bad.html")).to_have_count(0)
    # The focus stays where it was: on the file that moved up.
    expect(visit.row("a.pdf")).to_be_focused()
    visit.wait_for_progress(0.05)
    keyboard.press("Tab")
    expect(visit.button("Cancel a.pdf")).to_be_focused()
    keyboard.press("Enter")
    expect(visit.button("Try again a.pdf")).to_be_focused()
    visit.limit_upload(-1)
    keyboard.press("Enter")
    visit.wait_for("uploaded")
    expect(visit.row("a.pdf")).to_be_focused()
    visit.wait_to_hear("a.pdf: Uploaded")
    assert keys_in(store, prefix="keys/") == {"keys/a.pdf"}


def test_roles_and_names(open_page: OpenPage, store: ServerProcess, tmp_path: Path) -> None:
    visit = open_page(render_page(signed_form(store, key_prefix="roles/")))
    visit.limit_upload(MIB)
    visit.choose(made(tmp_path, "a.pdf", 4 * MIB), made(tmp_path, "b.pdf", 4 * MIB))
    visit.wait_for_progress(0.05)
    page = visit.page
    expect(page.get_by_role("group", name="Upload files")).to_be_visible()
    expect(page.get_by_role("list", name="Files").get_by_role("listitem")).to_have_count(2)
    expect(page.get_by_role("progressbar", name="a.pdf")).to_be_visible()
    expect(page.get_by_role("progressbar", name="All files")).to_be_visible()
    expect(page.get_by_role("status")).to_be_attached()
    expect(page.get_by_role("heading", name="Upload files", level=1)).to_be_visible()


@pytest.mark.parametrize(
    ("locale", "attribute", "language", "title", "button"),
    [
        ("en-US", None, "en", "Upload files", "Choose files"),
        ("zh-CN", None, "zh-Hans", "上传文件", "选择文件"),
        ("en-US", "zh-CN", "zh-Hans", "上传文件", "选择文件"),
        ("zh-CN", "en", "en", "Upload files", "Choose files"),
        ("fr-FR", None, "en", "Upload files", "Choose files"),
    ],
)
def test_the_language_is_the_visitors(
    open_page: OpenPage,
    store: ServerProcess,
    tmp_path: Path,
    locale: str,
    attribute: str | None,
    language: str,
    title: str,
    button: str,
) -> None:
    visit = open_page(render_page(signed_form(store), language=attribute), locale=locale)
    expect(visit.button(button)).to_be_enabled()
    assert visit.page.title() == title
    expect(visit.page.locator("h1")).to_have_text(title)
    assert visit.page.evaluate("document.documentElement.lang") == language


def test_a_title_of_the_sites_own(open_page: OpenPage, store: ServerProcess) -> None:
    visit = open_page(render_page(signed_form(store), title="Your résumé"), locale="zh-CN")
    expect(visit.button("选择文件")).to_be_enabled()
    assert visit.page.title() == "Your résumé"
    inside = visit.page.locator("pillarbox-upload div[lang]").first
    assert inside.get_attribute("lang") == "zh-Hans"


@pytest.mark.parametrize("plain", [True, False])
def test_without_javascript(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path, plain: bool
) -> None:
    form = signed_form(store, key_prefix=f"without-{plain}/")
    page = render_plain_page(form) if plain else render_page(form)
    visit = open_page(page, java_script_enabled=False)
    button = visit.page.get_by_role("button", name="Upload")
    button.click()  # nothing happens: the browser asks for a file
    visit.page.get_by_label("File").set_input_files(made(tmp_path, "cv.pdf", 7))
    with visit.page.expect_navigation() as navigation:
        button.click()
    answer = navigation.value
    assert answer.status == 201
    assert ElementTree.fromstring(answer.body()).findtext("Key") == f"without-{plain}/cv.pdf"
    assert keys_in(store, prefix=f"without-{plain}/") == {f"without-{plain}/cv.pdf"}


def test_without_javascript_the_redirect_is_followed(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path, form_site: FormSite
) -> None:
    thanks = form_site.page("/thanks", "<!doctype html><title>thanks</title>")
    form = signed_form(store, key_prefix="thanks/", success_redirect=thanks)
    visit = open_page(render_page(form), java_script_enabled=False)
    visit.page.get_by_label("File").set_input_files(made(tmp_path, "cv.pdf", 7))
    visit.page.get_by_role("button", name="Upload").click()
    visit.page.wait_for_url(f"{thanks}?bucket=inbox&key=thanks%2Fcv.pdf&etag=*")
