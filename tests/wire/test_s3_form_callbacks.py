"""Callbacks of S3 forms: ours, and covered by the policy as every field is."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator

import pytest

from tests.callback_site import GOOD, CallbackSite, site, unused_port
from tests.wire.s3_forms import BUCKET, policy, post, v2
from tests.wire.store_client import StoreClient

ETAG = hashlib.md5(b"bar").hexdigest()
COVERED: list[object] = [
    {"bucket": BUCKET},
    ["starts-with", "$key", ""],
    ["starts-with", "$callback", ""],
    ["starts-with", "$x:one", ""],
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreClient]:
    options = [f"--init-bucket={BUCKET}:private", "--callback-allow=127.0.0.1"]
    client = StoreClient(tmp_path_factory.mktemp("store"), *options)
    yield client
    client.end()


def calling(url: str) -> str:
    document = {"callbackUrl": url, "callbackBody": "etag=${etag}&type=${mimeType}&one=${x:one}"}
    return base64.b64encode(json.dumps(document).encode()).decode()


def form(key: str, one: CallbackSite) -> dict[str, str]:
    return {"key": key, **v2(policy(COVERED)), "callback": calling(one.url("/cb")), "x:one": "1"}


def test_the_site_is_called(store: StoreClient, key: str) -> None:
    with site() as one:
        answer = post(store.port, form(key, one))
    assert (answer.status_code, answer.content) == (200, GOOD)
    assert answer.headers["ETag"] == f'"{ETAG}"'
    assert not [name for name in answer.headers if name.lower().startswith("x-oss-")]
    (heard,) = one.heard
    assert heard.body.decode() == f"etag={ETAG.upper()}&type=binary%2Foctet-stream&one=1"


def test_a_site_that_is_not_there(store: StoreClient, key: str) -> None:
    fields = {"key": key, **v2(policy(COVERED)), "x:one": "1"}
    url = f"http://127.0.0.1:{unused_port()}/"
    answer = post(store.port, {**fields, "callback": calling(url)})
    assert answer.status_code == 203
    assert "<Code>CallbackFailed</Code>" in answer.text
    assert "<EC>" not in answer.text
    assert answer.headers["ETag"] == f'"{ETAG}"'
    assert store.read(BUCKET, key).body == b"bar"


@pytest.mark.parametrize("name", ["callback", "x:one"])
def test_without_a_condition(store: StoreClient, key: str, name: str) -> None:
    rest = [entry for entry in COVERED if f"${name}" not in str(entry)]
    with site() as one:
        answer = post(store.port, {**form(key, one), **v2(policy(rest))})
    assert f"Extra input fields: {name}<" in answer.text
    assert one.heard == []
    assert store.read(BUCKET, key).status == 404
