"""Forms in the manner of oss2's documentation: a body by hand, the file without a filename."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import oss2
import pytest
import requests

from tests.server_process import ServerProcess


def form_body(fields: dict[str, str], content: bytes, boundary: str) -> bytes:
    """The fields in order, then the file."""
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"\r\n\r\n'
    return "".join([*parts, head]).encode() + content + f"\r\n--{boundary}--\r\n".encode()


def post(
    server: ServerProcess, bucket: str, key: str, content: bytes, **more: str
) -> requests.Response:
    """Sign and post a form whose policy names nothing but the bucket and the size."""
    expires = datetime.now(UTC) + timedelta(minutes=1)
    policy: dict[str, Any] = {
        "expiration": expires.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "conditions": [["eq", "$bucket", bucket], ["content-length-range", 0, 1 << 30]],
    }
    encoded = base64.b64encode(json.dumps(policy).encode()).decode()
    digest = hmac.digest(server.access_key.secret.encode(), encoded.encode(), hashlib.sha1)
    fields = {
        "key": key,
        "Content-Disposition": "attachment;filename=download.txt",
        "OSSAccessKeyId": server.access_key.id,
        "policy": encoded,
        "Signature": base64.b64encode(digest).decode(),
        "x-oss-security-token": "",
        "x-oss-meta-uuid": "u-1",
        **more,
    }
    body = form_body(fields, content, "9431149156168")
    return requests.post(
        f"{server.base_url}/{bucket}",
        data=body,
        headers={
            "Content-Type": "multipart/form-data; boundary=9431149156168",
            "Content-MD5": base64.b64encode(hashlib.md5(body).digest()).decode(),
        },
    )


def test_the_documented_form(module_server: ServerProcess, bucket: oss2.Bucket) -> None:
    content = b"OSS post object by hand" * 1000

    answer = post(module_server, bucket.bucket_name, "dir/post.txt", content)

    assert answer.status_code == 204
    crc = oss2.utils.Crc64()
    crc(content)
    assert answer.headers["x-oss-hash-crc64ecma"] == str(crc.crc)
    read = bucket.get_object("dir/post.txt")
    assert read.read() == content
    assert read.headers["Content-Disposition"] == "attachment;filename=download.txt"
    assert read.headers["x-oss-meta-uuid"] == "u-1"
    assert read.etag == answer.headers["ETag"].strip('"')


@pytest.mark.parametrize(
    "key",
    ["..", "a/../../b", ".", "./a", "\x00", "a\x00b", "a\x01", "a//", "é", "%2e%2e", "a?b", "a\nb"],
)
def test_keys_that_only_a_form_can_send(
    module_server: ServerProcess, bucket: oss2.Bucket, key: str
) -> None:
    assert post(module_server, bucket.bucket_name, key, key.encode()).status_code == 204

    assert [o.key for o in oss2.ObjectIterator(bucket)] == [key]
    encoded = "".join(f"%{byte:02X}" for byte in key.encode())
    bucket.put_bucket_acl("public-read")
    # requests would resolve the dots; a prepared URL is sent as it is.
    prepared = requests.Request("GET", module_server.base_url).prepare()
    prepared.url = f"{module_server.base_url}/{bucket.bucket_name}/{encoded}"
    assert requests.Session().send(prepared).content == key.encode()
