"""A store with buckets of several kinds, a browser, and visits of the upload page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.clients.conftest import CHROMIUM, browser
from tests.page.form_site import FormSite
from tests.page.visit import Visit
from tests.server_process import ServerProcess

__all__ = ["browser"]

OpenPage = Callable[..., Visit]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here needs the browser."""
    missing = pytest.mark.skipif(
        not CHROMIUM.exists(), reason="Chromium is not installed (make services, as root)"
    )
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(missing)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A store whose buckets `inbox` and `strict` let every page read their answers."""
    buckets = ["--init-bucket", "inbox:private", "--init-bucket", "strict:private:strict"]
    running = ServerProcess(tmp_path_factory.mktemp("store"), [*buckets, "--cors", "*"])
    try:
        yield running
        running.stop()
    finally:
        running.end()


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[OpenPage]:
    """Opens pages: the text of one, from a file, or a URL. What the browser complains of fails."""
    visits: list[Visit] = []

    def open_one(page: str, **settings: Any) -> Visit:
        url = page
        if not page.startswith("http"):
            file = tmp_path / f"page-{len(visits)}.html"
            file.write_text(page, "utf-8")
            url = file.as_uri()
        visit = Visit(browser, url, **settings)
        visits.append(visit)
        return visit

    yield open_one
    for visit in visits:
        visit.close()


@pytest.fixture
def form_site() -> Iterator[FormSite]:
    """A web site of another origin than the store's, whose answers the test chooses."""
    with FormSite() as site:
        yield site
