"""ali-oss's class STS gets credentials from a real server, and its client uploads with them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import oss2
import pytest
import requests

from tests.clients.ali_oss import AliOss, needs_ali_oss
from tests.roles import Roles, may_assume, policy
from tests.server_process import ServerProcess

pytestmark = needs_ali_oss


class Made:
    """A user, a role that may write `incoming/`, and how to call for it."""

    def __init__(self, server: ServerProcess, bucket: oss2.Bucket) -> None:
        roles = Roles(server.data_dir)
        may = policy("oss:PutObject", f"acs:oss:*:*:{bucket.bucket_name}/incoming/*")
        self.arn = roles.role(may)
        user = roles.user(may_assume(self.arn))
        key = {"accessKeyId": user.access_key_id, "accessKeySecret": user.access_key_secret}
        self.sts = AliOss(server, None, **key)

    def call(self, *args: Any) -> Any:
        return self.sts.run(("assumeRole", *args))[0]


@pytest.fixture
def made(module_server: ServerProcess, bucket: oss2.Bucket) -> Made:
    return Made(module_server, bucket)


@pytest.mark.parametrize("v4", [False, True], ids=["V1", "V4"])
def test_uploads(module_server: ServerProcess, bucket: oss2.Bucket, made: Made, v4: bool) -> None:
    visitor = policy("oss:PutObject", f"acs:oss:*:*:{bucket.bucket_name}/incoming/eric/*")
    given = made.call(made.arn, visitor, 900, "eric")["credentials"]
    session = {
        "accessKeyId": given["AccessKeyId"],
        "accessKeySecret": given["AccessKeySecret"],
        "stsToken": given["SecurityToken"],
    }
    if v4:
        session |= {"authorizationV4": True, "region": "oss-cn-hangzhou"}
    here = f"localhost:{module_server.port}"
    ali = AliOss(
        module_server, bucket.bucket_name, **session, endpoint=f"http://{here}", sldEnable=True
    )
    signing = (
        ("signatureUrlV4", "PUT", 60, {}, "incoming/eric/b")
        if v4
        else ("signatureUrl", "incoming/eric/b", {"method": "PUT", "expires": 60})
    )
    put, elsewhere, url = ali.run(
        ("put", "incoming/eric/a", b"by header"), ("put", "incoming/anne/a", b""), signing
    )
    assert put["res"]["status"] == 200, put
    assert (elsewhere["status"], elsewhere["code"]) == (403, "AccessDenied")
    assert bucket.get_object("incoming/eric/a").read() == b"by header"
    # `localhost` may be ::1 first for some resolvers, where nobody listens.
    answer = requests.put(url.replace(here, f"127.0.0.1:{module_server.port}"), b"by URL")
    assert answer.status_code == 200, answer.text
    assert bucket.get_object("incoming/eric/b").read() == b"by URL"


def test_signs_forms(module_server: ServerProcess, bucket: oss2.Bucket, made: Made) -> None:
    given = made.call(made.arn, None, 900, "eric")["credentials"]
    ali = AliOss(
        module_server,
        bucket.bucket_name,
        accessKeyId=given["AccessKeyId"],
        accessKeySecret=given["AccessKeySecret"],
        stsToken=given["SecurityToken"],
    )
    expiration = (datetime.now(UTC) + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    document = {"expiration": expiration, "conditions": [{"bucket": bucket.bucket_name}]}
    (fields,) = ali.run(("calculatePostSignature", document))
    url = f"{module_server.base_url}/{bucket.bucket_name}"
    fields |= {"key": "incoming/form", "x-oss-security-token": given["SecurityToken"]}
    answer = requests.post(url, fields, files={"file": ("a.txt", b"by form")})
    assert answer.status_code == 204, answer.text
    assert bucket.get_object("incoming/form").read() == b"by form"


def test_understands_refusals(module_server: ServerProcess, made: Made) -> None:
    other = Roles(module_server.data_dir).role()
    for args, status, code in (
        ((other,), 403, "NoPermission"),
        ((f"{made.arn}-gone",), 404, "EntityNotExist.Role"),
        (("uploader",), 400, "InvalidParameter.RoleArn"),
        ((made.arn, None, 899), 400, "InvalidParameter.DurationSeconds"),
    ):
        error = made.call(*args)
        assert (error["status"], error["code"]) == (status, code), error
        assert error["message"].startswith(f"{code}: ")
        assert error["requestId"]
