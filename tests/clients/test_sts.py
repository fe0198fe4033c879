"""Alibaba's own client of STS gets credentials from a real server; the SDKs upload with them."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import alibabacloud_oss_v2 as oss
import oss2
import pytest
import requests
from alibabacloud_sts20150401 import models
from alibabacloud_sts20150401.client import Client as StsClient
from alibabacloud_tea_openapi.exceptions import ClientException
from alibabacloud_tea_openapi.utils_models import Config

from pillarbox.forms import Credentials, PostForm
from tests.clients.test_oss_v2 import client_of
from tests.roles import Roles, may_assume, policy
from tests.server_process import ServerProcess

REGION = "cn-hangzhou"

Made = tuple[Credentials, str]


def sts_client(server: ServerProcess, user: Credentials) -> Any:
    """The client as a site makes it: an endpoint without a scheme, and http."""
    return StsClient(
        Config(
            access_key_id=user.access_key_id,
            access_key_secret=user.access_key_secret,
            security_token=user.security_token,
            endpoint=f"127.0.0.1:{server.port}",
            protocol="HTTP",
        )
    )


def assumed(server: ServerProcess, user: Credentials, arn: str, **wanted: Any) -> Any:
    """What the client makes of the answer: its `body`."""
    asked = models.AssumeRoleRequest(
        **{"role_arn": arn, "role_session_name": "app", "duration_seconds": 900, **wanted}
    )
    answer = sts_client(server, user).assume_role(asked)
    assert answer.status_code == 200
    return answer.body


def credentials_of(body: Any) -> Credentials:
    given = body.credentials
    return Credentials(given.access_key_id, given.access_key_secret, given.security_token)


@pytest.fixture
def roles(module_server: ServerProcess) -> Roles:
    return Roles(module_server.data_dir)


@pytest.fixture
def made(roles: Roles, bucket: oss2.Bucket) -> Made:
    """A user who may only assume a role, and the role, which may read and write `incoming/`."""
    may = policy(["oss:PutObject", "oss:GetObject"], f"acs:oss:*:*:{bucket.bucket_name}/incoming/*")
    arn = roles.role(may)
    return roles.user(may_assume(arn)), arn


@pytest.fixture
def session(module_server: ServerProcess, made: Made) -> Credentials:
    return credentials_of(assumed(module_server, *made))


def test_the_client_reads_every_member(module_server: ServerProcess, made: Made) -> None:
    user, arn = made
    body = assumed(module_server, user, arn, role_session_name="eric.h@example-1")
    assert body.assumed_role_user.arn == f"{arn}/eric.h@example-1"
    assert body.assumed_role_user.assumed_role_id.endswith(":eric.h@example-1")
    assert body.credentials.access_key_id.startswith("STS.")
    assert body.credentials.expiration.endswith("Z")
    assert body.request_id == body.request_id.upper()
    assert body.request_id.count("-") == 4


def test_it_does_so_from_coroutines(module_server: ServerProcess, made: Made) -> None:
    user, arn = made
    asked = models.AssumeRoleRequest(role_arn=arn, role_session_name="app")
    answer = asyncio.run(sts_client(module_server, user).assume_role_async(asked))
    assert answer.body.credentials.access_key_id.startswith("STS.")


def test_it_does_so_by_the_older_signature(module_server: ServerProcess, made: Made) -> None:
    user, arn = made
    client = sts_client(module_server, user)
    asked = models.AssumeRoleRequest(role_arn=arn, role_session_name="app")
    client._signature_algorithm = "v2"
    assert client.assume_role(asked).body.credentials.security_token


@pytest.mark.parametrize("auth", [oss2.StsAuth, None], ids=["StsAuth", "V4"])
def test_oss2_uploads(
    module_server: ServerProcess, bucket: oss2.Bucket, session: Credentials, auth: Any
) -> None:
    keys = (session.access_key_id, session.access_key_secret, session.security_token)
    if auth is None:
        signer = oss2.ProviderAuthV4(oss2.credentials.StaticCredentialsProvider(*keys))
    else:
        signer = auth(*keys)
    mine = oss2.Bucket(signer, module_server.base_url, bucket.bucket_name, region=REGION)
    mine.put_object("incoming/a", b"by header")
    url = mine.sign_url("PUT", "incoming/b", 60, slash_safe=True)
    assert requests.put(url, b"by URL").status_code == 200

    assert mine.get_object("incoming/a").read() == b"by header"
    assert bucket.get_object("incoming/b").read() == b"by URL"
    with pytest.raises(oss2.exceptions.AccessDenied):
        mine.put_object("outgoing/a", b"")
    with pytest.raises(oss2.exceptions.AccessDenied):
        mine.delete_object("incoming/a")


@pytest.mark.parametrize("signature", ["v1", "v4"])
def test_the_newer_sdk_uploads(
    module_server: ServerProcess, bucket: oss2.Bucket, session: Credentials, signature: str
) -> None:
    provider = oss.credentials.StaticCredentialsProvider(
        session.access_key_id, session.access_key_secret, session.security_token
    )
    mine = client_of(module_server, signature, credentials_provider=provider)
    put = oss.PutObjectRequest(bucket=bucket.bucket_name, key="incoming/a", body=b"by header")
    mine.put_object(put)
    put = oss.PutObjectRequest(bucket=bucket.bucket_name, key="incoming/b")
    signed = mine.presign(put)
    answer = requests.put(signed.url, b"by URL", headers=dict(signed.signed_headers))
    assert answer.status_code == 200, answer.text
    assert bucket.get_object("incoming/a").read() == b"by header"
    assert bucket.get_object("incoming/b").read() == b"by URL"


@pytest.mark.parametrize("signature", ["v1", "v4"])
def test_a_form_uploads(
    module_server: ServerProcess, bucket: oss2.Bucket, session: Credentials, signature: str
) -> None:
    def post(prefix: str) -> requests.Response:
        form = PostForm(
            endpoint=module_server.base_url,
            bucket=bucket.bucket_name,
            key_prefix=prefix,
            max_size=100,
        )
        signed = form.sign_v1(session) if signature == "v1" else form.sign_v4(session, REGION)
        assert signed.fields["x-oss-security-token"] == session.security_token
        return requests.post(signed.action, signed.fields, files={"file": ("a.txt", b"by form")})

    assert post("incoming/").status_code == 204
    assert bucket.get_object("incoming/a.txt").read() == b"by form"
    refused = post("outgoing/")
    assert refused.status_code == 403
    assert "<Code>AccessDenied</Code>" in refused.text


def test_a_policy_of_the_session_only_narrows(
    module_server: ServerProcess, bucket: oss2.Bucket, made: Made
) -> None:
    everything = policy("*", "*")
    visitor = policy("oss:PutObject", f"acs:oss:*:*:{bucket.bucket_name}/incoming/eric/*")
    for asked, mine, others in ((everything, 200, 200), (visitor, 200, 403)):
        given = credentials_of(assumed(module_server, *made, policy=asked))
        auth = oss2.StsAuth(given.access_key_id, given.access_key_secret, given.security_token)
        narrowed = oss2.Bucket(auth, module_server.base_url, bucket.bucket_name)
        urls = [narrowed.sign_url("PUT", f"incoming/{who}/a", 60) for who in ("eric", "anne")]
        assert [requests.put(url, b"x").status_code for url in urls] == [mine, others]
        assert requests.put(narrowed.sign_url("PUT", "outgoing/a", 60), b"x").status_code == 403


def test_a_session_may_assume_a_role_that_trusts_it(
    module_server: ServerProcess, roles: Roles
) -> None:
    last = roles.role()
    first = roles.role(may_assume(last))
    user = roles.user(may_assume(first))
    session = credentials_of(assumed(module_server, user, first))
    assert assumed(module_server, session, last).assumed_role_user.arn == f"{last}/app"


def refusal_of(call: Callable[[], Any]) -> Any:
    with pytest.raises(ClientException) as refused:
        call()
    return refused.value


@pytest.mark.parametrize(
    ("wanted", "status", "code"),
    [
        ({"role_arn": "uploader"}, 400, "InvalidParameter.RoleArn"),
        ({"role_session_name": "a b"}, 400, "InvalidParameter.RoleSessionName"),
        ({"duration_seconds": 899}, 400, "InvalidParameter.DurationSeconds"),
        ({"duration_seconds": 3601}, 400, "InvalidParameter.DurationSeconds"),
        ({"policy": "{}"}, 400, "InvalidParameter.PolicyGrammar"),
        ({"policy": " " * 2049}, 400, "InvalidParameter.PolicySize"),
    ],
)
def test_it_understands_refusals(
    module_server: ServerProcess, made: Made, wanted: dict[str, Any], status: int, code: str
) -> None:
    refusal = refusal_of(lambda: assumed(module_server, *made, **wanted))
    assert (refusal.status_code, refusal.code) == (status, code)
    assert refusal.data["RequestId"]
    assert "The " in refusal.message


def test_it_understands_who_may_not(module_server: ServerProcess, roles: Roles, made: Made) -> None:
    user, arn = made
    wrong = Credentials(user.access_key_id, "wrong")
    unknown = Credentials("nobody", "wrong")
    for who, role, status, code in (
        (roles.user(), arn, 403, "NoPermission"),
        (user, roles.role(), 403, "NoPermission"),
        (user, f"{arn}-gone", 404, "EntityNotExist.Role"),
        (wrong, arn, 400, "SignatureDoesNotMatch"),
        (unknown, arn, 404, "InvalidAccessKeyId.NotFound"),
    ):
        refusal = refusal_of(partial(assumed, module_server, who, role))
        assert (refusal.status_code, refusal.code) == (status, code)


def test_a_token_says_nothing_to_who_holds_it(session: Credentials) -> None:
    assert session.security_token is not None
    sealed = base64.b64decode(session.security_token)
    assert b"incoming" not in sealed
    assert session.access_key_id.encode() not in sealed
    assert json.dumps(session.access_key_secret).encode() not in sealed
