"""`GET /-/upload.js`: the upload page's script, from the server itself."""

import httpx
import pytest

from pillarbox.forms.upload_module import upload_module
from tests.server_process import ServerProcess


@pytest.mark.parametrize("host", ["127.0.0.1", "photos.localhost", "upload.example", "localhost"])
def test_it_is_served_on_every_host(module_server: ServerProcess, host: str) -> None:
    answer = httpx.get(f"{module_server.base_url}/-/upload.js", headers={"Host": host})
    assert answer.status_code == 200
    assert answer.text == upload_module()
    headers = answer.headers
    assert headers["content-type"] == "text/javascript; charset=utf-8"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "public, max-age=300"
    # Modules are fetched under CORS, whatever bucket rules there are.
    assert headers["access-control-allow-origin"] == "*"
    assert headers["cross-origin-resource-policy"] == "cross-origin"


def test_it_is_conditional(module_server: ServerProcess) -> None:
    url = f"{module_server.base_url}/-/upload.js?v=1"
    etag = httpx.get(url).headers["etag"]
    for known in (etag, f'"other", W/{etag}', "*"):
        answer = httpx.get(url, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == etag
        assert answer.headers["access-control-allow-origin"] == "*"
    assert httpx.get(url, headers={"If-None-Match": '"other"'}).status_code == 200


def test_its_head_is_that_of_the_whole(module_server: ServerProcess) -> None:
    url = f"{module_server.base_url}/-/upload.js"
    head, whole = httpx.head(url), httpx.get(url)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-length", "etag", "content-type"):
        assert head.headers[name] == whole.headers[name]


def test_nothing_can_be_put_there(module_server: ServerProcess) -> None:
    url = f"{module_server.base_url}/-/upload.js"
    assert httpx.put(url, content=b"x").status_code == 405
    assert httpx.get(f"{module_server.base_url}/-/none").status_code == 404
    form = {"key": "upload.js"}
    posted = httpx.post(f"{module_server.base_url}/-/", data=form, files={"file": b"x"})
    assert posted.status_code == 404
    assert httpx.get(url).text == upload_module()
