"""The recipes of `docs/widgets.md`, run as they stand: real widgets, a real browser, a real store.

The form is that of `docs/recipes.md`, plain WSGI; the bucket is strict, and its CORS rule the least
that the page says.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from pillarbox.forms import Callback, Credentials, PostForm
from pillarbox.testing import RunningStore, running_store
from tests.clients.conftest import CHROMIUM, browser
from tests.clients.record.command_line import NODE_MODULES
from tests.docs.widget_site import App, WidgetSite, bundle
from tests.server_process import PATIENCE

__all__ = ["browser"]

pytestmark = [
    pytest.mark.skipif(
        not CHROMIUM.exists(), reason="Chromium is not installed (make services, as root)"
    ),
    pytest.mark.skipif(shutil.which("node") is None, reason="needs node: run make services"),
    pytest.mark.skipif(
        not (NODE_MODULES / "antd").exists(), reason="needs the npm packages: run make services"
    ),
]

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "widgets.md").read_text("utf-8")
RECIPES = (DOCS / "recipes.md").read_text("utf-8")
USER = "eric"
LIMIT = 10 * 1024 * 1024  # bytes, of the form in the recipes
ENDPOINT = "http://127.0.0.1:9000"

_EXAMPLE = re.compile(r"<!-- example: (\S+) -->\n```\w+\n(.*?)```\n", re.S)
EXAMPLES: dict[str, str] = dict(_EXAMPLE.findall(PAGE))

#: Each widget's script, and where in its own interface an error stands.
WIDGETS = {
    "antd.jsx": ".ant-tooltip",
    "dropzone.js": ".dz-error [data-dz-errormessage]",
    "filepond-ondata.js": ".filepond--file-status-main",
    "filepond-process.js": ".filepond--file-status-main",
    "plupload.js": "#upload li",
    "uppy.js": "#upload output",
}

#: Recipes changed in one place, to see what the page says of it: script, what, what instead.
CHANGED = {
    "keep-metadata.js": (
        "filepond-ondata.js",
        "body.append('file', file, file.name);",
        "for (const part of given.getAll('file')) body.append('file', part);",
    ),
    "params-object.js": ("dropzone.js", "params: ([file]) => file.form.fields", "params: {key: 1}"),
    "send-file-name.js": ("plupload.js", "send_file_name: false,", ""),
    "all-meta-fields.js": ("uppy.js", ", allowedMetaFields: Object.keys(form.fields)", ""),
    "get-no-response-data.js": ("uppy.js", "getResponseData(", "ignored("),
    "always-retry.js": ("uppy.js", "shouldRetry:", "ignored:"),
    "after-no-response.js": ("uppy.js", "onAfterResponse(", "ignored("),
}


@pytest.fixture(scope="module")
def store() -> Iterator[RunningStore]:
    credentials = Credentials("example", "example-secret")
    with running_store(buckets={"inbox": "private:strict"}, credentials=credentials) as running:
        yield running


@pytest.fixture(scope="module")
def form_app(store: RunningStore) -> Iterator[App]:
    """The site of `docs/recipes.md`, by plain WSGI."""
    texts = dict(_EXAMPLE.findall(RECIPES))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PILLARBOX_ENDPOINT", store.endpoint)
        patch.setenv("PILLARBOX_ACCESS_KEY_ID", store.access_key_id)
        patch.setenv("PILLARBOX_ACCESS_KEY_SECRET", store.access_key_secret)
        for name in ("uploads", "wsgi_site"):
            module = ModuleType(name)
            patch.setitem(sys.modules, name, module)
            exec(texts[f"{name}.py"], vars(module))
        yield vars(module)["app"]


@pytest.fixture(scope="module")
def widget_site(
    store: RunningStore, form_app: App, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WidgetSite]:
    """The recipes' scripts, bundled as the page says, and a page for each."""
    folder = tmp_path_factory.mktemp("site")
    scripts = {name: EXAMPLES[name] for name in WIDGETS}
    for name, (of, what, instead) in CHANGED.items():
        assert EXAMPLES[of].count(what) == 1, name
        scripts[name] = EXAMPLES[of].replace(what, instead)
    for name, text in scripts.items():
        (folder / name).write_text(text.replace(ENDPOINT, store.endpoint), "utf-8")
    (folder / "store.js").write_text(EXAMPLES["store.js"], "utf-8")
    bundle(EXAMPLES["bundle"], folder, list(scripts))
    public = folder / "public"
    for name in scripts:
        stem = name.partition(".")[0]
        html = EXAMPLES["index.html"].replace("widget.", f"{stem}.")
        (public / f"{stem}.html").write_text(html, "utf-8")
        (public / f"{stem}.css").touch()
    with WidgetSite(public, form_app, USER) as site:
        allow_by_cors(site.url, store, folder)
        yield site


def allow_by_cors(origin: str, store: RunningStore, folder: Path) -> None:
    """Set the bucket's rule by the page's command."""
    (folder / ".venv").symlink_to(sys.prefix)
    command = EXAMPLES["cors"].replace("https://www.example.com", origin)
    command = command.replace(ENDPOINT, store.endpoint)
    subprocess.run(["/bin/sh", "-eu", "-c", command], cwd=folder, check=True, timeout=60)


#: Keeps the names of the fields of every form that a script sends, and of the headers it adds.
_WATCH = """
window.sent = [];
window.added = [];
const { send, setRequestHeader } = XMLHttpRequest.prototype;
XMLHttpRequest.prototype.send = function (body) {
  window.sent.push([...body.keys()]);
  return send.call(this, body);
};
XMLHttpRequest.prototype.setRequestHeader = function (name, value) {
  window.added.push(name);
  return setRequestHeader.call(this, name, value);
};
"""


class Visitor:
    """Somebody on a widget's page.

    Attributes:
        answers: of the store, preflights left out, in order.
    """

    def __init__(self, page: Page, script: str, store: RunningStore, site: str) -> None:
        self.page = page
        self.answers: list[Response] = []
        page.set_default_timeout(PATIENCE * 1000)
        page.on("response", lambda answer: self._note(answer, store))
        page.add_init_script(_WATCH)
        page.goto(f"{site}/{script.partition('.')[0]}.html")

    def _note(self, answer: Response, store: RunningStore) -> None:
        if answer.url.startswith(store.endpoint) and answer.request.method == "POST":
            self.answers.append(answer)

    def choose(self, *files: Path) -> None:
        self.page.locator("input[type=file]").first.set_input_files(files)

    def sent(self) -> list[list[str]]:
        """The names of each form's fields, in order."""
        names: list[list[str]] = self.page.evaluate("window.sent")
        return names

    def added(self) -> set[str]:
        """The names of the headers that it added, those left out that need no CORS rule."""
        return set(self.page.evaluate("window.added")) - {"Accept"}

    def arrived(self, count: int) -> list[str]:
        """The keys, once there are so many."""
        lines = self.page.locator("#arrived li")
        expect(lines).to_have_count(count, timeout=PATIENCE * 1000)
        return sorted(lines.all_inner_texts())

    def error(self, place: str, text: str) -> str:
        """What stands there, once it has this text."""
        if place == ".ant-tooltip":
            self.page.locator(".ant-upload-list-item-error").first.hover()
        shown = self.page.locator(place).first
        expect(shown).to_contain_text(text, timeout=PATIENCE * 1000)
        return shown.inner_text()


#: Opens a script's page, of the site under the address that the CORS rule names or another.
Visit = Callable[..., Visitor]


@pytest.fixture
def visit(browser: Browser, store: RunningStore, widget_site: WidgetSite) -> Iterator[Visit]:
    context = browser.new_context()
    yield lambda script, site=widget_site.url: Visitor(context.new_page(), script, store, site)
    context.close()


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    file = tmp_path / "my résumé.pdf"
    file.write_bytes(b"%PDF-1.7\r\n--\x00\xff" * 1000)
    return file


def headers_of(script: str) -> set[str]:
    """The headers that the page says a widget adds."""
    table = PAGE.partition("| widget | headers that it adds |")[2].partition("\n\n")[0]
    name = re.split(r"[.-]", script)[0]
    (line,) = (row for row in table.splitlines() if name in row.lower())
    return set(re.findall(r"`([\w-]+)`", line))


def answering(text: Callable[[], str], status: str = "200 OK") -> App:
    """An application that answers every request so."""

    def app(_: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response(status, [("Content-Type", "application/json")])
        return [text().encode()]

    return app


def test_every_example_is_run() -> None:
    shared = {"index.html", "store.js", "bundle", "cors"}
    assert EXAMPLES.keys() == WIDGETS.keys() | shared


def test_the_versions_are_those_that_are_installed() -> None:
    pinned = json.loads((NODE_MODULES.parent / "package.json").read_text())["devDependencies"]
    named = dict(re.findall(r"`([@\w/-]+)` (\d+\.\d+\.\d+)", PAGE.partition("Every recipe")[0]))
    assert named == {package: pinned[package] for package in named}
    assert len(named) == 6


@pytest.mark.parametrize("script", WIDGETS)
def test_files_arrive(visit: Visit, store: RunningStore, pdf: Path, script: str) -> None:
    other = pdf.with_name("100%.pdf")
    other.write_bytes(b"%PDF-1.4")
    visitor = visit(script)
    visitor.choose(pdf, other)
    keys = visitor.arrived(2)
    contents = {}
    for key in keys:
        found = re.fullmatch(rf"users/{USER}/[0-9a-f-]{{36}}/(.+)", key)
        assert found, key
        contents[found[1]] = store.read("inbox", key)
    assert contents == {file.name: file.read_bytes() for file in (pdf, other)}
    assert [answer.status for answer in visitor.answers] == [201, 201]
    # Nothing but what was signed, and then the file.
    signed = ["key", "x-oss-object-acl", "success_action_status"]
    signed += ["OSSAccessKeyId", "policy", "Signature"]
    assert visitor.sent() == [[*signed, "file"]] * 2
    assert visitor.added() == headers_of(script)


# Both for all would take long: they differ in how much of the file is sent before the answer comes.
@pytest.mark.parametrize(
    ("script", "name", "size", "status", "words"),
    [
        *[(script, "cv.pdf", LIMIT + 1, 400, ("EntityTooLarge",)) for script in WIDGETS],
        *[
            (script, "cv.txt", 7, 403, ("Policy Condition failed", "AccessDenied"))
            for script in ("dropzone.js", "plupload.js", "uppy.js")
        ],
    ],
)
def test_a_refusal_is_told(
    visit: Visit,
    tmp_path: Path,
    script: str,
    name: str,
    size: int,
    status: int,
    words: tuple[str, ...],
) -> None:
    file = tmp_path / name
    with file.open("wb") as writer:
        writer.truncate(size)
    visitor = visit(script)
    visitor.choose(file)
    told = visitor.error(WIDGETS[script], words[-1])
    (answer,) = visitor.answers
    assert answer.status == status
    assert all(word in told for word in words)
    assert str(answer.header_value("x-oss-request-id")) in told
    assert visitor.arrived(0) == []


@pytest.mark.parametrize("script", WIDGETS)
@pytest.mark.parametrize("status", [203, 204])
def test_other_statuses_of_success(
    visit: Visit,
    store: RunningStore,
    widget_site: WidgetSite,
    monkeypatch: pytest.MonkeyPatch,
    pdf: Path,
    script: str,
    status: int,
) -> None:
    # 203: the form's callback goes to the store itself, which gives no JSON.
    called = Callback(url=f"{store.endpoint}/inbox", body="key=${object}")
    form = PostForm(
        endpoint=store.endpoint,
        bucket="inbox",
        key_prefix=f"{script}/{status}/",
        max_size=LIMIT,
        expires=timedelta(minutes=10),
        success_status=204,
        callback=called if status == 203 else None,
    )
    signed = form.sign_v1(store.credentials)
    monkeypatch.setattr(widget_site, "app", answering(signed.to_json))
    visitor = visit(script)
    visitor.choose(pdf)
    told = visitor.arrived(1)
    assert [answer.status for answer in visitor.answers] == [status]
    (key,) = store.keys("inbox", f"{script}/{status}/")
    assert told == ([""] if script == "filepond-ondata.js" else [key])
    assert store.read("inbox", key) == pdf.read_bytes()


@pytest.mark.parametrize("script", [name for name in WIDGETS if name != "filepond-ondata.js"])
def test_a_site_without_a_form_is_told(
    visit: Visit,
    widget_site: WidgetSite,
    monkeypatch: pytest.MonkeyPatch,
    pdf: Path,
    script: str,
) -> None:
    busy = answering(lambda: "", status="503 Service Unavailable")
    monkeypatch.setattr(widget_site, "app", busy)
    visitor = visit(script)
    visitor.choose(pdf)
    place = ".ant-message" if script == "antd.jsx" else WIDGETS[script]
    visitor.error(place, "The site gave no form: 503 Service Unavailable")
    assert visitor.answers == []


@pytest.mark.parametrize(("script", "place"), WIDGETS.items())
def test_an_origin_without_a_rule_is_told(
    visit: Visit, widget_site: WidgetSite, pdf: Path, script: str, place: str
) -> None:
    visitor = visit(script, widget_site.url.replace("127.0.0.1", "localhost"))
    visitor.choose(pdf)
    visitor.error(place, "The connection was lost, or the bucket has no CORS rule for this site.")
    assert visitor.answers == []


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("keep-metadata.js", '"$content-type", "application/pdf"'),
        ("params-object.js", "must contain the specified 'key'"),
        ("get-no-response-data.js", "expects a JSON response"),
    ],
)
def test_what_fails_in_another_way(visit: Visit, pdf: Path, script: str, told: str) -> None:
    visitor = visit(script)
    visitor.choose(pdf)
    visitor.error(WIDGETS[CHANGED[script][0]], told)


@pytest.mark.parametrize("script", ["send-file-name.js", "all-meta-fields.js"])
def test_fields_that_nobody_knows_are_ignored(visit: Visit, pdf: Path, script: str) -> None:
    visitor = visit(script)
    visitor.choose(pdf)
    visitor.arrived(1)
    (names,) = visitor.sent()
    assert "name" in names


def test_uppy_sends_again_what_was_refused(visit: Visit, tmp_path: Path) -> None:
    file = tmp_path / "cv.txt"
    file.write_text("my life")
    visitor = visit("always-retry.js")
    visitor.choose(file)
    visitor.error(WIDGETS["uppy.js"], "AccessDenied")
    assert [answer.status for answer in visitor.answers] == [403] * 4

    visitor = visit("after-no-response.js")
    visitor.choose(file)
    visitor.error(WIDGETS["uppy.js"], "This looks like a network error")
