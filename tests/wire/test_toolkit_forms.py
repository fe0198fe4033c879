"""Forms of the toolkit at a real server, as they are and as a visitor changes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import httpx
import pytest

from pillarbox.forms import Credentials, PostForm, SignedForm
from pillarbox.signing.url_v1 import signed_query
from tests.server_process import TEST_KEY, ServerProcess

CREDENTIALS = Credentials(TEST_KEY.id, TEST_KEY.secret)
CONTENT = b"%PDF-1.4 \x00\xff"

pytestmark = pytest.mark.filterwarnings("ignore:OSS documents no tags")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    buckets = ["--init-bucket", "lenient:private", "--init-bucket", "strict:private:strict"]
    running = ServerProcess(tmp_path_factory.mktemp("server"), buckets)
    try:
        yield running
        running.stop()
    finally:
        running.end()


def form(server: ServerProcess, bucket: str, key: str) -> PostForm:
    """Everything that the toolkit says and the server does already."""
    return PostForm(
        endpoint=server.base_url,
        bucket=bucket,
        key=f"{key}/${{filename}}",
        expires=timedelta(minutes=10),
        min_size=1,
        max_size=len(CONTENT),
        content_types=("application/pdf", "application/msword"),
        acl="private",
        success_redirect="",
        success_status=201,
        metadata={"Author": "Émile $1"},
        headers={
            "content-disposition": 'attachment; filename="é.pdf"',
            "Cache-Control": "no-store",
        },
        forbid_overwrite=True,
        storage_class="IA",
        tags={"team a": "b/c"},
        conditions=[["not-in", "$content-encoding", ["gzip"]]],
    )


def sign(unsigned: PostForm, version: str) -> SignedForm:
    if version == "v1":
        return unsigned.sign_v1(CREDENTIALS)
    return unsigned.sign_v4(CREDENTIALS, "cn-hangzhou")


def post(
    signed: SignedForm,
    changes: Mapping[str, str] | None = None,
    content: bytes = CONTENT,
    content_type: str = "application/pdf",
) -> httpx.Response:
    fields: dict[str, Any] = {**signed.fields, **(changes or {})}
    file = ("cv.pdf", content, content_type)
    return httpx.post(signed.action, data=fields, files={"file": file})


def code(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, ElementTree.fromstring(answer.content).findtext("Code")


@pytest.mark.parametrize("bucket", ["lenient", "strict"])
@pytest.mark.parametrize("version", ["v1", "v4"])
def test_a_form_with_everything_is_taken(server: ServerProcess, bucket: str, version: str) -> None:
    signed = sign(form(server, bucket, version), version)
    answer = post(signed)
    assert answer.status_code == 201, answer.text
    key = f"{version}/cv.pdf"
    assert ElementTree.fromstring(answer.content).findtext("Key") == key

    expires = datetime.now(UTC) + timedelta(minutes=5)
    query = signed_query("GET", bucket, key, expires, TEST_KEY.id, TEST_KEY.secret)
    found = httpx.get(f"{server.base_url}/{bucket}/{quote(key)}?{query}")
    assert found.content == CONTENT
    raw = {name.lower(): value.decode() for name, value in found.headers.raw}
    assert raw[b"content-type"] == "application/pdf"
    assert raw[b"content-disposition"] == 'attachment; filename="é.pdf"'
    assert raw[b"cache-control"] == "no-store"
    assert raw[b"x-oss-meta-author"] == "Émile $1"
    assert raw[b"x-oss-storage-class"] == "IA"
    assert code(post(signed)) == (409, "FileAlreadyExists")


@pytest.mark.parametrize("version", ["v1", "v4"])
def test_a_visitor_can_change_nothing(server: ServerProcess, version: str) -> None:
    signed = sign(form(server, "lenient", f"changed-{version}"), version)
    held = [
        name
        for name, value in signed.fields.items()
        if value and name.lower() not in ("policy", "signature", "x-oss-signature")
    ]
    assert "x-oss-object-acl" in held
    for name in held:
        status, _ = code(post(signed, {name: "default" if "acl" in name else "other"}))
        assert status in (400, 403), name
    assert code(post(signed, content=b"")) == (400, "EntityTooSmall")
    assert code(post(signed, content=CONTENT + b"1")) == (400, "EntityTooLarge")
    assert code(post(signed, content_type="text/html")) == (403, "AccessDenied")
    assert code(post(signed, {"Content-Encoding": "gzip"})) == (403, "AccessDenied")
    assert post(signed).status_code == 201


@pytest.mark.parametrize("version", ["v1", "v4"])
def test_no_visitor_publishes_an_object_of_a_form_without_acl(
    server: ServerProcess, version: str
) -> None:
    plain = PostForm(
        endpoint=server.base_url, bucket="lenient", key_prefix=f"plain-{version}/", max_size=100
    )
    signed = sign(plain, version)
    answer = post(signed, {"x-oss-object-acl": "public-read"})
    assert code(answer) == (403, "AccessDenied")
    without = {name: value for name, value in signed.fields.items() if "acl" not in name}
    file = {"file": ("cv.pdf", CONTENT, "application/pdf")}
    assert code(httpx.post(signed.action, data=without, files=file)) == (403, "AccessDenied")
    assert post(signed).status_code == 204
    assert httpx.get(f"{signed.action}/plain-{version}/cv.pdf").status_code == 403
