"""The examples of `docs/recipes.md`, run as they stand: the form of each framework uploads."""

from __future__ import annotations

import asyncio
import base64
import importlib
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from wsgiref.util import setup_testing_defaults

import httpx
import pytest

from pillarbox.model.objects import AccessKey
from tests.server_process import ServerProcess

PAGE = Path(__file__).parents[2] / "docs" / "recipes.md"
USER = "eric"
PATH = "/upload-form"
KEY = AccessKey("example", "example-secret", account_id="")

_EXAMPLES = dict(
    re.findall(r"<!-- example: (\S+) -->\n```python\n(.*?)```\n", PAGE.read_text("utf-8"), re.S)
)

#: Given a site's module and a user (None: nobody is logged in): status, headers and JSON.
Ask = Callable[[ModuleType, "str | None"], tuple[int, dict[str, str], Any]]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One for all sites: each form overwrites what was there."""
    options = ["--init-bucket", "inbox:private:strict"]
    running = ServerProcess(tmp_path_factory.mktemp("store"), options, access_key=KEY)
    try:
        yield running
        running.stop()
    finally:
        running.end()


@pytest.fixture
def load(
    store: ServerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], ModuleType]]:
    """Imports an example, with `uploads.py` beside it and a store that runs."""
    monkeypatch.setenv("PILLARBOX_ENDPOINT", store.base_url)
    monkeypatch.setenv("PILLARBOX_ACCESS_KEY_ID", KEY.id)
    monkeypatch.setenv("PILLARBOX_ACCESS_KEY_SECRET", KEY.secret)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name, text in _EXAMPLES.items():
        (tmp_path / name).write_text(text, "utf-8")
    yield lambda name: importlib.import_module(name)
    for name in _EXAMPLES:
        sys.modules.pop(name.removesuffix(".py"), None)


def _basic(user: str | None) -> dict[str, str]:
    if user is None:
        return {}
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:any".encode()).decode()}


def ask_fastapi(module: ModuleType, user: str | None) -> tuple[int, dict[str, str], Any]:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(module.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
            return await client.get(PATH, headers=_basic(user))

    answer = asyncio.run(ask())
    return answer.status_code, dict(answer.headers), answer.json()


def ask_flask(module: ModuleType, user: str | None) -> tuple[int, dict[str, str], Any]:
    answer = module.app.test_client().get(PATH, headers=_basic(user))
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return answer.status_code, headers, answer.get_json(silent=True)


def ask_django(module: ModuleType, user: str | None) -> tuple[int, dict[str, str], Any]:
    import django
    from django.conf import settings
    from django.test import Client, override_settings

    if not settings.configured:
        settings.configure(ALLOWED_HOSTS=["testserver"], ROOT_URLCONF=module.__name__)
        django.setup()
    with override_settings(ROOT_URLCONF=module):
        answer = Client().get(PATH, **({"REMOTE_USER": user} if user else {}))
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return answer.status_code, headers, answer.json() if answer.content else None


def ask_wsgi(module: ModuleType, user: str | None) -> tuple[int, dict[str, str], Any]:
    import json

    environ: dict[str, Any] = {"PATH_INFO": PATH, "REQUEST_METHOD": "GET"}
    setup_testing_defaults(environ)
    if user is not None:
        environ["REMOTE_USER"] = user
    told: list[Any] = []
    body = b"".join(module.app(environ, lambda *arguments: told.extend(arguments)))
    headers = {name.lower(): value for name, value in told[1]}
    return int(told[0][:3]), headers, json.loads(body) if body else None


SITES: dict[str, Ask] = {
    "fastapi_site": ask_fastapi,
    "flask_site": ask_flask,
    "django_site": ask_django,
    "wsgi_site": ask_wsgi,
}


def test_every_example_is_run() -> None:
    assert {f"{name}.py" for name in SITES} | {"uploads.py"} == _EXAMPLES.keys()


@pytest.mark.parametrize("name", SITES)
def test_the_form_that_a_site_hands_out_uploads(
    load: Callable[[str], ModuleType], name: str
) -> None:
    status, headers, form = SITES[name](load(name), USER)
    assert status == httpx.codes.OK
    assert headers["content-type"].startswith("application/json")
    assert "no-store" in headers["cache-control"]
    file = {"file": ("cv.pdf", b"%PDF-1.4", "application/pdf")}
    answer = httpx.post(form["url"], data=form["fields"], files=file)
    assert answer.status_code == httpx.codes.CREATED, answer.text
    assert f"<Key>users/{USER}/cv.pdf</Key>" in answer.text


@pytest.mark.parametrize("name", SITES)
def test_nobody_gets_a_form_without_a_login(load: Callable[[str], ModuleType], name: str) -> None:
    status, _, form = SITES[name](load(name), None)
    assert status == httpx.codes.UNAUTHORIZED
    assert not (form or {}).get("fields")
