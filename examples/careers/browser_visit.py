"""A visitor with a real browser: headless Chromium, driven by Playwright."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from examples.careers.http_visit import VisitFailedError, compare, expect_forgeries_refused

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = Path("/usr/bin/chromium")

#: Nothing of it speaks to anybody but the pages that it opens.
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

_WIDTH = 960

#: The upload element's file chooser.
FILES = "pillarbox-upload .box > input:not([webkitdirectory])"


def is_there() -> bool:
    """Whether this machine has Chromium, and this environment Playwright."""
    return CHROMIUM.exists() and find_spec("playwright") is not None


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*_ARGUMENTS])
        try:
            yield browser
        finally:
            browser.close()


def visit(
    browser: Browser, url: str, files: dict[str, Path], pictures: Path | None = None
) -> dict[str, dict[str, float]]:
    """Upload both ways, and once without script; download all as the recruiter, compare.

    Args:
        files: by way: `through`, `straight`, and `plain` for the visitor without script.
        pictures: folder for a picture of the page and of the recruiter's list.

    Returns:
        What the site's server carried for the visitor with script, by way.

    Raises:
        VisitFailedError: a step went wrong, or the bytes differ.
    """
    page = browser.new_page(viewport={"width": _WIDTH, "height": 720})
    page.goto(url)
    send_through(page, files["through"])
    upload(page, files["straight"])
    if pictures is not None:
        _shrink(page)
        page.screenshot(path=pictures / "careers.png")
    carried: dict[str, dict[str, float]] = json.loads(
        page.evaluate("fetch('/carried').then((answer) => answer.text())")
    )
    context = browser.new_context(java_script_enabled=False)
    come_back(context.new_page(), url, "straight", files["plain"])
    context.close()
    expect_forgeries_refused(url)
    page.goto(f"{url}/recruiter")
    if pictures is not None:
        _shrink(page)
        page.screenshot(path=pictures / "recruiter.png")
    downloaded = {}
    for link in page.locator("td a").all():
        with page.expect_download() as download:
            link.click()
        downloaded[link.inner_text()] = download.value.path().read_bytes()
    compare(downloaded, {file.name: file.read_bytes() for file in files.values()})
    return carried


def send_through(page: Page, file: Path) -> None:
    """Send a file through the site, by the script of the page."""
    page.locator("#through input[type=file]").set_input_files(file)
    page.locator("#through button").click()
    page.wait_for_function(
        "(form) => form.querySelector('output').textContent"
        " && !form.querySelector('button').disabled",
        arg=page.locator("#through").element_handle(),
    )
    said = page.locator("#through output").inner_text()
    if said != f"{file.name} has arrived.":
        raise VisitFailedError(f"the page says: {said}")


def upload(page: Page, file: Path) -> None:
    """Upload a file by `<pillarbox-upload>`; the site is told before the script hears of it."""
    page.wait_for_selector("pillarbox-upload .pick button:enabled")
    page.set_input_files(FILES, file)
    row = page.locator("pillarbox-upload li")
    page.wait_for_selector(
        "pillarbox-upload li:not([data-state=waiting]):not([data-state=sending])"
    )
    said = row.locator(".say").inner_text()
    # `::before` puts a tick in front of it, which is no text.
    if row.get_attribute("data-state") != "uploaded" or said != "Uploaded":
        raise VisitFailedError(f"the page says: {said}")
    page.wait_for_function(
        "document.querySelector('[data-way=\"form upload\"] td').textContent !== '–'"
    )


def come_back(page: Page, url: str, form: str, file: Path) -> None:
    """Upload by a form of the page without script, and see that the site says thanks."""
    page.goto(url)
    page.locator(f"#{form} input[type=file]").set_input_files(file)
    page.locator(f"#{form} button").click()
    page.wait_for_load_state()
    said = page.locator("main p").first.inner_text()
    if "has arrived" not in said:
        raise VisitFailedError(f"the page says: {said}")


def _shrink(page: Page) -> None:
    """Make the window as high as what the page shows."""
    box = page.locator("main").bounding_box()
    assert box is not None
    page.set_viewport_size({"width": _WIDTH, "height": int(box["y"] + box["height"]) + 24})
