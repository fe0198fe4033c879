"""The examples of `docs/page.md`, run as they stand, but for the port."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from pillarbox.cli.page_form import read_page
from pillarbox.forms import SignedForm
from pillarbox.forms.upload_module import upload_module
from pillarbox.model.objects import AccessKey
from tests.page.conftest import OpenPage
from tests.page.form_site import FormSite
from tests.page.test_uploading import made
from tests.page.visit import keys_in, signed_form
from tests.server_process import ServerProcess

PAGE = (Path(__file__).parents[2] / "docs" / "page.md").read_text("utf-8")
_EXAMPLES: dict[str, str] = dict(
    re.findall(r"<!-- example: (\S+) -->\n```\w+\n(.*?)```", PAGE, re.S)
)
HEAD = (
    '<!doctype html><meta charset="utf-8"><title>site</title><link rel="icon" href="data:,"><body>'
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    key = AccessKey("example", "example-secret", account_id="")
    options = ["--init-bucket", "inbox:private", "--cors", "*"]
    running = ServerProcess(tmp_path_factory.mktemp("store"), options, access_key=key)
    try:
        yield running
        running.stop()
    finally:
        running.end()


def example(name: str, store: ServerProcess, form: SignedForm | None = None) -> str:
    text = _EXAMPLES[name].replace("127.0.0.1:9000", f"127.0.0.1:{store.port}")
    if form is not None:
        # In HTML as it stands; in a script's text every backslash counts.
        json = form.to_json()
        text = text.replace("FORM<\\/", json.replace("\\", "\\\\") + "<\\/")
        text = text.replace("FORM", json).replace("ACTION", escape(form.action))
    return text


def test_the_command(open_page: OpenPage, store: ServerProcess, tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(sys.prefix)
    command = ["/bin/sh", "-eu", "-c", example("command", store)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    visit = open_page((tmp_path / "upload.html").read_text("utf-8"))
    expect(visit.page.locator(".note").first).to_contain_text("At most 10 MB")
    visit.choose(made(tmp_path, "a.pdf", 5))
    visit.wait_for("uploaded")
    assert "upload/a.pdf" in keys_in(store)


def test_the_python_examples(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(example("page", store), names)
    visit = open_page(Path("page.html").read_text("utf-8"))
    assert visit.page.title() == "Your résumé"
    visit.choose(made(tmp_path, "a.pdf", 5))
    visit.wait_for("uploaded")
    exec(example("redirect", store), names)
    assert dict(read_page(names["page"]).fields)["success_action_redirect"].endswith("/thanks")
    assert 'next="https://careers.example/thanks"' in names["page"]
    assert "2030/4711/a.pdf" in keys_in(store)


def test_the_element(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path, form_site: FormSite
) -> None:
    form = signed_form(store, key_prefix="element/")
    visit = open_page(form_site.page("/page", HEAD + example("element", store, form)))
    visit.choose(made(tmp_path, "a.txt", 5))
    expect(visit.page.locator("#arrived")).to_have_text("element/a.txt ")


def test_fresh_forms(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path, form_site: FormSite
) -> None:
    form = signed_form(store, key_prefix="fresh/")
    form_site.answers["/form"] = lambda: (200, "application/json", form.to_json())
    visit = open_page(form_site.page("/page", HEAD + example("policy-url", store)))
    visit.choose(made(tmp_path, "a.txt", 5))
    visit.wait_for("uploaded")
    assert keys_in(store, prefix="fresh/") == {"fresh/a.txt"}


def test_another_language(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path, form_site: FormSite
) -> None:
    form = signed_form(store, key_prefix="fr/")
    visit = open_page(form_site.page("/page", HEAD + example("texts", store, form)))
    expect(visit.button("Choisir des fichiers")).to_be_enabled()
    visit.choose(made(tmp_path, "a.txt", 5))
    visit.wait_for("uploaded")
    expect(visit.row("a.txt")).to_contain_text("Uploaded")


def test_the_tables_name_every_attribute_event_and_colour() -> None:
    script = upload_module()
    attributes = set(re.findall(r"[gh][ea][ts]Attribute\('([\w-]+)'\)", script)) | {"theme"}
    table = PAGE.partition("| attribute |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `([\w-]+)`", table, re.M)) == attributes
    events = set(re.findall(r"emit\('(\w+)'", script))
    table = PAGE.partition("| event |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `([\w-]+)`", table, re.M)) == events
    colours = set(re.findall(r"var\((--pillarbox-[\w-]+)", script))
    assert set(re.findall(r"^  (--pillarbox-[\w-]+):", PAGE, re.M)) == colours
