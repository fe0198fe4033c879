"""See also tests/clients/test_signers.py: the signatures of others, byte for byte."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pillarbox.forms import Credentials, sign_policy_v1, sign_policy_v4, v4_scope_fields

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
POLICY = '{"expiration":"2030-01-01T12:00:00.000Z","conditions":[{"bucket":"photos"}]}'


@pytest.mark.parametrize(
    ("credentials", "message"),
    [
        (Credentials("a/b", "s"), "the AccessKey id 'a/b' may hold"),
        (Credentials("", "s"), "the AccessKey id '' may hold"),
        (Credentials("id", ""), "secret is empty"),
        (Credentials("id", "s", ""), "token is empty"),
        (Credentials("id", "s", "a\r\nb"), "holds a control character"),
    ],
)
def test_refuses_credentials_that_no_store_has(credentials: Credentials, message: str) -> None:
    calls: list[Any] = [
        lambda: sign_policy_v1(POLICY, credentials),
        lambda: sign_policy_v4(POLICY, credentials, "cn-hangzhou", NOON),
        lambda: v4_scope_fields(credentials, "cn-hangzhou", NOON),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=message) as caught:
            call()
        assert "a\r\nb" not in str(caught.value)


@pytest.mark.parametrize(
    ("region", "message"),
    [
        ("", "write it like cn-hangzhou"),
        ("a/b", "write it like cn-hangzhou"),
        ("a\n", "write it like cn-hangzhou"),
        ("oss-cn-hangzhou", "write 'cn-hangzhou'"),
    ],
)
def test_refuses_what_is_no_region(region: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sign_policy_v4(POLICY, Credentials("id", "s"), region, NOON)


def test_the_token_is_the_last_field_of_v1() -> None:
    fields = sign_policy_v1(POLICY, Credentials("id", "s", "token"))
    assert list(fields) == ["OSSAccessKeyId", "policy", "Signature", "x-oss-security-token"]
    assert fields["x-oss-security-token"] == "token"


def test_the_fields_of_v4_in_order() -> None:
    fields = sign_policy_v4(POLICY, Credentials("id", "s", "token"), "cn-hangzhou", NOON)
    assert list(fields) == [
        "x-oss-signature-version",
        "x-oss-credential",
        "x-oss-date",
        "x-oss-security-token",
        "policy",
        "x-oss-signature",
    ]
