"""Tokens that do not hold, in headers, URLs and forms, V1 and V4; and roles that change."""

from __future__ import annotations

import json
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pillarbox.access.session_token import Session, TokenKey
from pillarbox.client.address import Address
from pillarbox.client.request import Request
from pillarbox.client.request_signature import signed_headers
from pillarbox.client.signed_url import sign_url_v4
from pillarbox.forms import Credentials, PostForm
from pillarbox.storage.identities import Identities
from pillarbox.storage.layout import Layout
from pillarbox.storage.store_key import read_store_key
from tests.roles import Roles, may_assume, policy
from tests.wire import sts_calls
from tests.wire.raw_http import RawAnswer, request
from tests.wire.refusal import refusal
from tests.wire.signatures import hmac_sha1
from tests.wire.store_client import StoreClient, form

BUCKET = "example-bucket"
KEY = "incoming/a.txt"
REGION = "cn-hangzhou"

Upload = Callable[[StoreClient, Credentials], RawAnswer]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreClient]:
    client = StoreClient(tmp_path_factory.mktemp("tokens"), "--init-bucket", f"{BUCKET}:private")
    yield client
    client.end()


@pytest.fixture(scope="module")
def roles(store: StoreClient) -> Roles:
    return Roles(store.server.data_dir)


@pytest.fixture
def arn(roles: Roles) -> str:
    return roles.role(policy("oss:PutObject", f"acs:oss:*:*:{BUCKET}/incoming/*"))


@pytest.fixture
def session(store: StoreClient, roles: Roles, arn: str) -> Credentials:
    """What a user gets who may assume the role."""
    user = roles.user(may_assume(arn))
    answer = sts_calls.call(store.port, user, RoleArn=arn, RoleSessionName="app")
    return sts_calls.credentials(answer)


@pytest.fixture
def tokens(store: StoreClient) -> TokenKey:
    return TokenKey(read_store_key(Layout(store.server.data_dir), {}))


def by_header(store: StoreClient, given: Credentials, region: str | None = None) -> RawAnswer:
    asked = Request("PUT", BUCKET, KEY, {}, {}, b"x")
    headers = signed_headers(asked, given, region, datetime.now(UTC))
    sent = [(name.encode(), value.encode()) for name, value in headers.items()]
    return request(store.port, b"PUT", f"/{BUCKET}/{KEY}".encode(), sent, b"x")


def by_header_v4(store: StoreClient, given: Credentials) -> RawAnswer:
    return by_header(store, given, REGION)


def by_url(store: StoreClient, given: Credentials) -> RawAnswer:
    expires = str(int(time.time()) + 600)
    token = given.security_token or ""
    resource = f"/{BUCKET}/{KEY}" + (f"?security-token={token}" if token else "")
    signature = hmac_sha1(given.access_key_secret, f"PUT\n\n\n{expires}\n{resource}")
    query = {"OSSAccessKeyId": given.access_key_id, "Expires": expires, "Signature": signature}
    query |= {"security-token": token} if token else {}
    text = "&".join(f"{name}={sts_calls.encoded(value)}" for name, value in query.items())
    return request(store.port, b"PUT", f"/{BUCKET}/{KEY}?{text}".encode(), [], b"x")


def by_url_v4(store: StoreClient, given: Credentials) -> RawAnswer:
    now, span = datetime.now(UTC), timedelta(minutes=10)
    signed = sign_url_v4(
        store.server.base_url, given, REGION, "PUT", Address(BUCKET, KEY), now, span
    )
    target = signed.url.removeprefix(store.server.base_url).encode()
    return request(store.port, b"PUT", target, [], b"x")


def _post(store: StoreClient, given: Credentials, *, v4: bool) -> RawAnswer:
    wanted = PostForm(
        endpoint=store.server.base_url, bucket=BUCKET, key_prefix="incoming/", max_size=100
    )
    signed = wanted.sign_v4(given, REGION) if v4 else wanted.sign_v1(given)
    return store.post(BUCKET, form(signed.fields))


def by_form(store: StoreClient, given: Credentials) -> RawAnswer:
    return _post(store, given, v4=False)


def by_form_v4(store: StoreClient, given: Credentials) -> RawAnswer:
    return _post(store, given, v4=True)


#: A signed URL's refusals bear another number than a header's or a form's.
UPLOADS = [by_header, by_header_v4, by_url, by_url_v4, by_form, by_form_v4]
every_way = pytest.mark.parametrize("upload", UPLOADS, ids=lambda way: way.__name__)


def _refused(answer: RawAnswer, code: str, message: str) -> None:
    error = answer.error
    assert (answer.status, error["Code"], error["Message"]) == (403, code, message)
    refusal(answer, code, 403, message, error.get("EC"))


@every_way
def test_a_session_uploads(store: StoreClient, session: Credentials, upload: Upload) -> None:
    answer = upload(store, session)
    assert answer.status in (200, 204), answer.body


@every_way
def test_a_tampered_token(store: StoreClient, session: Credentials, upload: Upload) -> None:
    sealed = bytearray(b64decode(session.security_token or ""))
    sealed[-1] ^= 1
    for token in (b64encode(sealed).decode(), "forged"):
        answer = upload(store, replace(session, security_token=token))
        _refused(answer, "InvalidSecurityToken", "The security token you provided is invalid.")


@every_way
def test_an_expired_token(
    store: StoreClient, roles: Roles, arn: str, tokens: TokenKey, upload: Upload
) -> None:
    name = arn.rpartition("/")[2]
    ended = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)
    with closing(Identities(store.server.data_dir)) as door:
        made = next(role for role in door.roles(roles.account_id) if role.name == name)
    old = Session("STS.old", roles.account_id, name, made.created_ms, "app", ended)
    given = Credentials(old.access_key_id, tokens.secret_of(old.access_key_id), tokens.seal(old))
    message = "The security token you provided has expired."
    _refused(upload(store, given), "SecurityTokenExpired", message)
    # The same, ending later, does hold: it is the time that was refused.
    later = tokens.seal(replace(old, expires=ended + timedelta(hours=1)))
    assert upload(store, replace(given, security_token=later)).status in (200, 204)


@every_way
def test_a_token_of_another_key(
    store: StoreClient, session: Credentials, tokens: TokenKey, upload: Upload
) -> None:
    other = Credentials("STS.other", tokens.secret_of("STS.other"), session.security_token)
    message = "The OSS access key id and security token you provided does not match."
    _refused(upload(store, other), "AccessKeyIdAndSecurityTokenNotMatch", message)


@every_way
def test_no_token(store: StoreClient, session: Credentials, upload: Upload) -> None:
    answer = upload(store, replace(session, security_token=None))
    if upload in (by_url, by_url_v4):
        told = (answer.status, answer.error["Code"], answer.error["Message"])
        message = "Security-token must be provided by query string parameter."
        assert told == (400, "InvalidRequest", message)
    else:
        assert (answer.status, answer.error["Code"]) == (403, "InvalidAccessKeyId")


@every_way
def test_another_secret(store: StoreClient, session: Credentials, upload: Upload) -> None:
    answer = upload(store, replace(session, access_key_secret="wrong"))
    assert (answer.status, answer.error["Code"]) == (403, "SignatureDoesNotMatch")


@pytest.mark.filterwarnings("ignore::pillarbox.forms.DoubtfulForm")
@every_way
def test_a_session_whose_policy_is_long_and_not_ascii(
    store: StoreClient, roles: Roles, arn: str, upload: Upload
) -> None:
    def spelled(sid: str) -> str:
        statement = {"Sid": sid, "Effect": "Allow", "Action": "oss:PutObject", "Resource": "*"}
        document = {"Version": "1", "Statement": [statement]}
        return json.dumps(document, ensure_ascii=False)

    narrowed = spelled("\U0001d11e" * (2048 - len(spelled(""))))
    asked = {"RoleArn": arn, "RoleSessionName": "app", "Policy": narrowed}
    given = sts_calls.credentials(sts_calls.call(store.port, roles.user(may_assume(arn)), **asked))
    answer = upload(store, given)
    assert answer.status in (200, 204), answer.body


@every_way
def test_a_deleted_role(
    store: StoreClient, roles: Roles, arn: str, session: Credentials, upload: Upload
) -> None:
    assert upload(store, session).status in (200, 204)
    roles.delete(arn)
    answer = upload(store, session)
    _refused(answer, "InvalidSecurityToken", "The security token you provided is invalid.")


def test_a_role_made_again_under_its_name(store: StoreClient, roles: Roles, arn: str) -> None:
    user = roles.user(may_assume(arn))
    asked = {"RoleArn": arn, "RoleSessionName": "app"}
    before = sts_calls.credentials(sts_calls.call(store.port, user, **asked))
    rights = policy("oss:PutObject", f"acs:oss:*:*:{BUCKET}/incoming/*")
    name = arn.rpartition("/")[2]
    # Other rules for the role that is there leave its sessions as they are.
    roles.role(rights, name=name, longest=900)
    assert by_form(store, before).status == 204
    roles.delete(arn)
    roles.role(rights, name=name)
    after = sts_calls.credentials(sts_calls.call(store.port, user, **asked))
    assert by_form(store, after).status == 204
    message = "The security token you provided is invalid."
    _refused(by_form(store, before), "InvalidSecurityToken", message)


def test_a_deleted_role_can_not_be_assumed(store: StoreClient, roles: Roles, arn: str) -> None:
    user = roles.user(may_assume(arn))
    asked = {"RoleArn": arn, "RoleSessionName": "app", "Format": "JSON"}
    sts_calls.credentials(sts_calls.call(store.port, user, **asked))
    roles.delete(arn)
    answer = sts_calls.call(store.port, user, **asked)
    assert (answer.status, json.loads(answer.body)["Code"]) == (404, "EntityNotExist.Role")


def test_a_policy_taken_off_a_role_binds_its_running_sessions(
    store: StoreClient, roles: Roles, arn: str, session: Credentials
) -> None:
    assert by_form(store, session).status == 204
    with closing(Identities(store.server.data_dir)) as door:
        door.detach(roles.account_id, "role", arn.rpartition("/")[2], "p0")
    assert by_form(store, session).error["Code"] == "AccessDenied"


def test_a_deleted_user_s_sessions_go_on(store: StoreClient, roles: Roles, arn: str) -> None:
    """A session is the role's, not the user's (RAM: "Roles")."""
    user = roles.user(may_assume(arn))
    asked = {"RoleArn": arn, "RoleSessionName": "app"}
    given = sts_calls.credentials(sts_calls.call(store.port, user, **asked))
    with closing(Identities(store.server.data_dir)) as door:
        door.delete_key(user.access_key_id)
    assert by_header(store, given).status == 200
    assert sts_calls.call(store.port, user, **asked).status == 404
