"""The examples of `docs/callbacks.md`, run as they stand: a real store calls each site."""

from __future__ import annotations

import base64
import importlib
import re
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpx
import pytest

from pillarbox.callback.signature import SigningKey
from tests.callback_site import Heard, site
from tests.server_process import TEST_KEY, ServerProcess, wait_until

PAGE = Path(__file__).parents[2] / "docs" / "callbacks.md"
_EXAMPLES = dict(
    re.findall(r"<!-- example: (\S+) -->\n```python\n(.*?)```\n", PAGE.read_text("utf-8"), re.S)
)
SITES = ("fastapi_site", "flask_site", "django_site")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    options = ["--init-bucket=inbox:private:strict", "--init-bucket=open:public-read-write"]
    options.append("--callback-allow=127.0.0.1")
    server = ServerProcess(tmp_path_factory.mktemp("store"), options)
    try:
        yield server
        server.stop()
    finally:
        server.end()


@pytest.fixture
def load(
    store: ServerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], ModuleType]]:
    """Imports an example, with all others beside it."""
    monkeypatch.setenv("PILLARBOX_ENDPOINT", store.base_url)
    monkeypatch.setenv("PILLARBOX_ACCESS_KEY_ID", TEST_KEY.id)
    monkeypatch.setenv("PILLARBOX_ACCESS_KEY_SECRET", TEST_KEY.secret)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name, text in _EXAMPLES.items():
        (tmp_path / name).write_text(text, "utf-8")
        sys.modules.pop(name.removesuffix(".py"), None)
    yield importlib.import_module
    for name in _EXAMPLES:
        sys.modules.pop(name.removesuffix(".py"), None)


@contextmanager
def serving(module: ModuleType) -> Iterator[str]:
    """The site of an example on a free port; its URL."""
    run = {"fastapi_site": _fastapi, "flask_site": _wsgi, "django_site": _django}
    with run[module.__name__](module) as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _fastapi(module: ModuleType) -> Iterator[int]:
    import uvicorn

    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(module.app, log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        wait_until(lambda: server.started, "uvicorn")
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def _wsgi(module: ModuleType) -> Iterator[int]:
    with make_server("127.0.0.1", 0, module.app, handler_class=_Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def _django(module: ModuleType) -> Iterator[int]:
    import django
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import override_settings

    if not settings.configured:
        settings.configure(ROOT_URLCONF=module.__name__)
        django.setup()
    with override_settings(ROOT_URLCONF=module, ALLOWED_HOSTS=["127.0.0.1"]):
        module.app = WSGIHandler()  # type: ignore[attr-defined]
        with _wsgi(module) as port:
            yield port


def test_every_example_is_run() -> None:
    assert {f"{name}.py" for name in (*SITES, "form", "arrivals")} == _EXAMPLES.keys()


def upload(
    load: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch, url: str
) -> httpx.Response:
    """What a browser gets that uploads by the form of the page."""
    monkeypatch.setenv("SITE_URL", url)
    form = load("form").upload_form("4711")
    file = {"file": ("é cv.pdf", b"%PDF-1.4", "application/pdf")}
    return httpx.post(form.action, data=dict(form.fields), files=file, timeout=60)


@pytest.mark.parametrize("name", SITES)
def test_a_site_hears_of_an_upload_and_its_answer_reaches_the_browser(
    load: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with serving(load(name)) as url:
        answer = upload(load, monkeypatch, url)
    assert (answer.status_code, answer.json()) == (
        200,
        {"Status": "OK", "key": "applicants/4711/é cv.pdf"},
    ), answer.text
    (told,) = load("arrivals").ARRIVED.values()
    assert told["applicant"] == "4711"
    assert told["size"] == "8"
    assert f'"{told["etag"]}"' == answer.headers["etag"]


@pytest.fixture
def heard(load: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch) -> Heard:
    """A callback that the store has signed."""
    with site() as one:
        assert upload(load, monkeypatch, one.url("")).status_code == 200
        (found,) = one.heard
    return found


def sent(headers: dict[str, str]) -> dict[str, str]:
    names = ("authorization", "x-oss-pub-key-url", "content-type")
    return {name: headers[name] for name in names if name in headers}


@pytest.mark.parametrize("name", SITES)
def test_a_site_takes_a_repeat_and_refuses_what_is_forged(
    load: Callable[[str], ModuleType], store: ServerProcess, heard: Heard, name: str
) -> None:
    own = SigningKey.generate()
    # A visitor's own key, on the very host of the store.
    beside = f"{store.base_url}/open/callback.pem"
    assert httpx.put(beside, content=own.public_pem()).status_code == 200
    good = sent(heard.headers)
    body = heard.body.replace(b"4711", b"0001")
    forged_text = b"/uploaded\n" + body

    def by_own_key(url: str) -> dict[str, str]:
        told = base64.b64encode(url.encode()).decode()
        return {**good, "authorization": own.sign(forged_text), "x-oss-pub-key-url": told}

    with serving(load(name)) as url:

        def ask(content: bytes, headers: dict[str, str], target: str = "/uploaded") -> int:
            return httpx.post(url + target, content=content, headers=headers).status_code

        arrived = load("arrivals").ARRIVED
        assert [ask(heard.body, good), ask(heard.body, good)] == [200, 200]
        assert len(arrived) == 1, "a repeat is not a second upload"
        refused = {
            "no signature": ask(body, {"content-type": good["content-type"]}),
            "another body": ask(body, good),
            "another query": ask(heard.body, good, "/uploaded?admin=1"),
            "another key, said to be the store's": ask(
                body, by_own_key(f"{store.base_url}/-/callback.pem")
            ),
            "a key on a foreign host": ask(body, by_own_key("http://127.0.0.1:9/callback.pem")),
            "a key beside the visitor's file": ask(body, by_own_key(beside)),
            "a key by a longer name": ask(
                body, by_own_key("http://gosspublic.alicdn.com.evil.example/k.pem")
            ),
            "no URL of a key": ask(body, {**good, "x-oss-pub-key-url": "?"}),
        }
        assert set(refused.values()) == {403}, refused
    assert len(arrived) == 1
