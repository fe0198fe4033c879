"""A visitor with a real browser: headless Chromium, driven by Playwright."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from examples.careers.http_visit import VisitFailedError, compare

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
    """Upload by both forms of the page, download both as the recruiter, compare.

    Args:
        files: by the id of the form, `through` and `straight`.
        pictures: folder for a picture of the page and of the recruiter's list.

    Returns:
        What the site's server carried, by way.

    Raises:
        VisitFailedError: a step went wrong, or the bytes differ.
    """
    page = browser.new_page(viewport={"width": _WIDTH, "height": 720})
    page.goto(url)
    for form, file in files.items():
        _upload(page, form, file)
    if pictures is not None:
        page.screenshot(path=pictures / "careers.png")
    carried: dict[str, dict[str, float]] = json.loads(
        page.evaluate("fetch('/carried').then((answer) => answer.text())")
    )
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


def _upload(page: Page, form: str, file: Path) -> None:
    page.locator(f"#{form} input[type=file]").set_input_files(file)
    page.locator(f"#{form} button").click()
    said = page.locator(f"#{form} output")
    page.wait_for_function(
        "(form) => form.querySelector('output').textContent"
        " && !form.querySelector('button').disabled",
        arg=page.locator(f"#{form}").element_handle(),
    )
    if said.inner_text() != f"{file.name} has arrived.":
        raise VisitFailedError(f"the page says: {said.inner_text()}")


def _shrink(page: Page) -> None:
    """Make the window as high as what the page shows."""
    box = page.locator("main").bounding_box()
    assert box is not None
    page.set_viewport_size({"width": _WIDTH, "height": int(box["y"] + box["height"]) + 24})
