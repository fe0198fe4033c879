"""AssumeRole over bare sockets: both verbs, both formats, both signatures, every refusal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pillarbox.forms.signed_form import Credentials
from tests.roles import Roles, may_assume, policy
from tests.wire import sts_calls
from tests.wire.raw_http import RawAnswer, request
from tests.wire.store_client import StoreClient

REQUEST_ID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreClient]:
    client = StoreClient(tmp_path_factory.mktemp("sts"))
    yield client
    client.end()


@pytest.fixture(scope="module")
def roles(store: StoreClient) -> Roles:
    return Roles(store.server.data_dir)


@pytest.fixture(scope="module")
def arn(roles: Roles) -> str:
    return roles.role(longest=7200)


@pytest.fixture(scope="module")
def user(roles: Roles, arn: str) -> Credentials:
    return roles.user(may_assume(arn), may_assume(f"{arn}-gone"))


@pytest.fixture
def asked(arn: str) -> dict[str, str]:
    """What a good call asks."""
    return {"RoleArn": arn, "RoleSessionName": "app", "Format": "JSON"}


def refusal(answer: RawAnswer, code: str, status: int, message: str | None = None) -> None:
    told = sts_calls.members(answer)
    assert (told.get("Code"), answer.status) == (code, status), told
    assert told.keys() - {"root"} == {"RequestId", "HostId", "Code", "Message"}
    assert REQUEST_ID.fullmatch(told["RequestId"])
    if message is not None:
        assert told["Message"] == message


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("form", ["JSON", "json", "XML", None])
def test_gives_credentials(
    store: StoreClient, user: Credentials, arn: str, method: str, form: str | None
) -> None:
    asked = {"RoleArn": arn, "RoleSessionName": "app@example"}
    asked |= {} if form is None else {"Format": form}
    answer = sts_calls.call(store.port, user, method, **asked)
    assert answer.status == 200, answer.body
    told = sts_calls.members(answer)
    is_xml = form in ("XML", None)
    assert told.pop("root", None) == ("AssumeRoleResponse" if is_xml else None)
    assert told.keys() == {"RequestId", "AssumedRoleUser", "Credentials"}
    assert REQUEST_ID.fullmatch(told["RequestId"])
    assert told["AssumedRoleUser"]["Arn"] == f"{arn}/app@example"
    assert told["AssumedRoleUser"]["AssumedRoleId"].endswith(":app@example")
    _lasts(told, 3600)


@pytest.mark.parametrize("seconds", [900, 3601, 7200])
def test_lasts_as_long_as_asked(
    store: StoreClient, user: Credentials, asked: dict[str, str], seconds: int
) -> None:
    answer = sts_calls.call(store.port, user, **asked, DurationSeconds=str(seconds))
    _lasts(sts_calls.members(answer), seconds)


def _lasts(told: dict[str, Any], seconds: int) -> None:
    """Within a quarter of an hour: the server's clock is this machine's."""
    end = datetime.strptime(told["Credentials"]["Expiration"], "%Y-%m-%dT%H:%M:%SZ")
    rest = end.replace(tzinfo=UTC) - datetime.now(UTC)
    assert timedelta(seconds=seconds - 899) < rest <= timedelta(seconds=seconds)


@pytest.mark.parametrize("form", ["JSON", "XML"])
@pytest.mark.parametrize(
    ("changed", "code", "message"),
    [
        ({"RoleArn": ""}, "RoleArn", "The parameter RoleArn is wrongly formed."),
        ({"RoleArn": "acs:ram::1:user/a"}, "RoleArn", None),
        ({"RoleArn": "acs:ram::1:role/a b"}, "RoleArn", None),
        ({"RoleSessionName": ""}, "RoleSessionName", None),
        (
            {"RoleSessionName": "a"},
            "RoleSessionName",
            "The parameter RoleSessionName is wrongly formed.",
        ),
        ({"RoleSessionName": "a" * 65}, "RoleSessionName", None),
        ({"RoleSessionName": "a/b"}, "RoleSessionName", None),
        (
            {"DurationSeconds": "899"},
            "DurationSeconds",
            "The Min/Max value of DurationSeconds is 15min/2hr.",
        ),
        ({"DurationSeconds": "7201"}, "DurationSeconds", None),
        ({"DurationSeconds": "-900"}, "DurationSeconds", None),
        ({"DurationSeconds": "1h"}, "DurationSeconds", None),
        ({"Policy": "no JSON"}, "PolicyGrammar", None),
        ({"Policy": '{"Version":"2","Statement":[]}'}, "PolicyGrammar", None),
        (
            {"Policy": '{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:*"}]}'},
            "PolicyGrammar",
            None,
        ),
        (
            {"Policy": " " * 2049},
            "PolicySize",
            "The size of Policy must be smaller than 2048 bytes.",
        ),
    ],
)
def test_refuses_a_wrong_parameter(
    store: StoreClient,
    user: Credentials,
    asked: dict[str, str],
    form: str,
    changed: dict[str, str],
    code: str,
    message: str | None,
) -> None:
    answer = sts_calls.call(store.port, user, **{**asked, **changed, "Format": form})
    refusal(answer, f"InvalidParameter.{code}", 400, message)
    assert ("root" in sts_calls.members(answer)) == (form == "XML")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("changed", "code", "status"),
    [
        ({"Timestamp": "2030-01-01"}, "InvalidTimeStamp.Format", 400),
        ({"Timestamp": "2020-01-01T00:00:00Z"}, "InvalidTimeStamp.Expired", 400),
        ({"SignatureMethod": "HMAC-SHA256"}, "InvalidParameter.SignatureMethod", 400),
        ({"SignatureVersion": "2.0"}, "InvalidParameter.SignatureMethod", 400),
        ({"SignatureNonce": ""}, "MissingSignatureNonce", 400),
        ({"SignatureNonce": "n" * 129}, "InvalidParameter.SignatureNonce", 400),
        ({"AccessKeyId": "nobody"}, "InvalidAccessKeyId.NotFound", 404),
        ({"SecurityToken": "forged"}, "InvalidSecurityToken", 403),
        ({"Action": "GetFederationToken"}, "InvalidAction.NotFound", 404),
        ({"Version": "2020-01-01"}, "InvalidAction.NotFound", 404),
    ],
)
def test_refuses_a_wrong_call(
    store: StoreClient,
    user: Credentials,
    asked: dict[str, str],
    method: str,
    changed: dict[str, str],
    code: str,
    status: int,
) -> None:
    refusal(sts_calls.call(store.port, user, method, **asked, **changed), code, status)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_refuses_a_call_that_was_changed(
    store: StoreClient, user: Credentials, asked: dict[str, str], method: str
) -> None:
    every = sts_calls.signed(user, method, asked)
    for change in ({"RoleSessionName": "other"}, {"Policy": "{}"}, {"Signature": "é"}):
        answer = sts_calls.send(store.port, method, {**every, **change})
        refusal(answer, "SignatureDoesNotMatch", 400)
        assert user.access_key_secret.encode() not in answer.body
    other = {"GET": "POST", "POST": "GET"}[method]
    refusal(sts_calls.send(store.port, other, every), "SignatureDoesNotMatch", 400)


def test_hears_a_call_once(store: StoreClient, user: Credentials, asked: dict[str, str]) -> None:
    every = sts_calls.signed(user, "POST", asked)
    assert sts_calls.send(store.port, "POST", every).status == 200
    refusal(sts_calls.send(store.port, "POST", every), "SignatureNonceUsed", 400)


def test_a_forged_call_uses_up_no_nonce(
    store: StoreClient, user: Credentials, asked: dict[str, str]
) -> None:
    every = sts_calls.signed(user, "POST", asked)
    forged = {**every, "Signature": "AAAA"}
    refusal(sts_calls.send(store.port, "POST", forged), "SignatureDoesNotMatch", 400)
    assert sts_calls.send(store.port, "POST", every).status == 200


def test_who_may_not(
    store: StoreClient, roles: Roles, user: Credentials, asked: dict[str, str]
) -> None:
    sentence = "You are not authorized to do this action. You should be authorized by RAM."
    elsewhere = roles.role(trusts="acs:ram::1234567890123456:root")
    denied = roles.user(may_assume(asked["RoleArn"]), policy("sts:AssumeRole", "*", "Deny"))
    for who, role in (
        (roles.user(), asked["RoleArn"]),
        (denied, asked["RoleArn"]),
        (roles.user(may_assume(elsewhere)), elsewhere),
        (user, "acs:ram::1234567890123456:role/any"),
    ):
        answer = sts_calls.call(store.port, who, **{**asked, "RoleArn": role})
        refusal(answer, "NoPermission", 403, sentence)
    answer = sts_calls.call(store.port, user, **{**asked, "RoleArn": f"{asked['RoleArn']}-gone"})
    refusal(answer, "EntityNotExist.Role", 404, "The specified Role not exists.")


class TestAcs3:
    def test_gives_credentials(
        self, store: StoreClient, user: Credentials, asked: dict[str, str]
    ) -> None:
        del asked["Format"]
        told = sts_calls.members(sts_calls.acs3(store.port, user, asked))
        assert told["Credentials"]["AccessKeyId"].startswith("STS.")

    def test_takes_parameters_of_a_signed_body(
        self, store: StoreClient, user: Credentials, asked: dict[str, str]
    ) -> None:
        body = f"RoleArn={sts_calls.encoded(asked['RoleArn'])}&RoleSessionName=in-body".encode()
        changed = {"content-type": "application/x-www-form-urlencoded"}
        told = sts_calls.members(sts_calls.acs3(store.port, user, {}, changed, body))
        assert told["AssumedRoleUser"]["Arn"].endswith("/in-body")

    def test_refuses_a_body_whose_type_is_not_signed(
        self, store: StoreClient, user: Credentials, asked: dict[str, str]
    ) -> None:
        """A type that was put there on the way would turn the body into parameters."""
        body = f"RoleArn={sts_calls.encoded(asked['RoleArn'])}&RoleSessionName=in-body".encode()
        form_type = {"content-type": "application/x-www-form-urlencoded"}
        for unsigned in ({}, form_type):
            answer = sts_calls.acs3(store.port, user, asked, None, body, unsigned)
            refusal(answer, "IncompleteSignature", 400)
        assert sts_calls.acs3(store.port, user, asked, None, b"", form_type).status == 200

    @pytest.mark.parametrize(
        ("changed", "code"),
        [
            ({"x-acs-date": "yesterday"}, "InvalidTimeStamp.Format"),
            ({"x-acs-date": "2020-01-01T00:00:00Z"}, "InvalidTimeStamp.Expired"),
            ({"x-acs-signature-nonce": ""}, "MissingSignatureNonce"),
            ({"x-acs-signature-nonce": "n" * 129}, "InvalidParameter.SignatureNonce"),
            ({"x-acs-content-sha256": "00" * 32}, "InvalidParameter.ContentSha256"),
        ],
    )
    def test_refuses_a_wrong_call(
        self,
        store: StoreClient,
        user: Credentials,
        asked: dict[str, str],
        changed: dict[str, str],
        code: str,
    ) -> None:
        refusal(sts_calls.acs3(store.port, user, asked, changed), code, 400)

    def test_refuses_who_is_another(self, store: StoreClient, asked: dict[str, str]) -> None:
        answer = sts_calls.acs3(store.port, Credentials("nobody", "x"), asked)
        refusal(answer, "InvalidAccessKeyId.NotFound", 404)

    def test_refuses_another_secret(
        self, store: StoreClient, user: Credentials, asked: dict[str, str]
    ) -> None:
        answer = sts_calls.acs3(store.port, Credentials(user.access_key_id, "x"), asked)
        refusal(answer, "SignatureDoesNotMatch", 400)

    def test_hears_a_call_once(
        self, store: StoreClient, user: Credentials, asked: dict[str, str]
    ) -> None:
        once = {"x-acs-signature-nonce": "once"}
        assert sts_calls.acs3(store.port, user, asked, once).status == 200
        refusal(sts_calls.acs3(store.port, user, asked, once), "SignatureNonceUsed", 400)


@pytest.mark.parametrize("headers", [[], [(b"Authorization", b"OSS a:b")]])
def test_what_is_no_call_is_answered_as_the_store_does(
    store: StoreClient, headers: list[tuple[bytes, bytes]]
) -> None:
    answer = request(store.port, b"POST", b"/", headers)
    assert (answer.status, answer.error["Code"]) == (405, "MethodNotAllowed")
    too_long = request(store.port, b"POST", b"/", [sts_calls.FORM_TYPE], b"x" * 70_000)
    assert too_long.status == 405


def test_no_secret_is_logged(store: StoreClient, user: Credentials, asked: dict[str, str]) -> None:
    given = sts_calls.credentials(sts_calls.call(store.port, user, "GET", **asked))
    store.server.wait_for_output(f" {user.access_key_id} ")
    logged = store.server.output + store.server.notices
    assert given.security_token is not None
    for secret in (given.access_key_secret, given.security_token, user.access_key_secret):
        assert secret not in logged
    assert "Signature=" not in logged
