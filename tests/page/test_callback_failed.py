"""A file that is stored while the site could not be told of it (203 CallbackFailed)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from pillarbox.forms import Callback
from pillarbox.forms.page import render_page
from tests.callback_site import answer, site
from tests.page.conftest import OpenPage
from tests.page.test_uploading import made
from tests.page.visit import keys_in, signed_form
from tests.server_process import ServerProcess

SAID = {
    "en-US": "Uploaded. The file is stored, but the site could not be told of it yet.",
    "zh-CN": "已上传。文件已保存，但暂时未能通知网站。",
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A store that may call sites on this machine."""
    options = ["--init-bucket", "inbox:private", "--cors", "*", "--callback-allow", "127.0.0.1"]
    running = ServerProcess(tmp_path_factory.mktemp("store"), options)
    try:
        yield running
        running.stop()
    finally:
        running.end()


@pytest.mark.parametrize("language", SAID)
def test_the_visitor_reads_that_the_file_is_stored_and_the_site_not_told(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path, language: str
) -> None:
    with site(answer(b"no", 500)) as failing:
        callback = Callback(url=failing.url(), body="key=${object}")
        form = signed_form(store, key_prefix=f"{language}/", callback=callback)
        visit = open_page(render_page(form), locale=language)
        visit.choose(made(tmp_path, "a.txt", 5))
        visit.wait_for("uploaded")
        expect(visit.row("a.txt").locator(".say")).to_contain_text(SAID[language])
        visit.wait_to_hear(SAID[language])
        (told,) = visit.fired("uploaded")
        assert (told["status"], told["key"]) == (203, f"{language}/a.txt")
        assert "<Code>CallbackFailed</Code>" in told["body"]
        assert told["requestId"] in visit.row("a.txt").inner_text()
        assert not visit.fired("refused")
        # It is not sent again: stored is stored.
        assert len(failing.heard) == 1
    assert keys_in(store, prefix=f"{language}/") == {f"{language}/a.txt"}


def test_the_sites_answer_reaches_the_page(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path
) -> None:
    with site(answer(b'{"number":17}')) as told:
        callback = Callback(url=told.url(), body="key=${object}")
        form = signed_form(store, key_prefix="told/", callback=callback)
        visit = open_page(render_page(form))
        visit.choose(made(tmp_path, "a.txt", 5))
        visit.wait_for("uploaded")
        expect(visit.row("a.txt").locator(".say")).to_have_text("Uploaded")
        assert [one["body"] for one in visit.fired("uploaded")] == ['{"number":17}']
