"""Whose secret signed: permanent AccessKeys, and those of sessions."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pillarbox.access.caller import ANONYMOUS
from pillarbox.access.ram import Requester
from pillarbox.access.session_token import Session
from pillarbox.access.signers import Signer, Signers, identity_policy
from pillarbox.model.accounts import Role
from pillarbox.model.objects import AccessKey
from tests.access.decision_table import document
from tests.access.keys import GOOD, SIGNERS, TOKENS, lookup
from tests.refusing import refused

NOW = datetime(2030, 1, 1, tzinfo=UTC)
PUT, READ = document("put-incoming"), document("read-all")
ROLE = Role("owner", "uploader", 0, "{}", policies={"p": PUT})
SESSION = Session("STS.a1", "owner", "uploader", 0, "app", NOW + timedelta(hours=1), READ)


def find(key_id: str, token: str | None = None, signers: Signers = SIGNERS) -> Signer:
    return asyncio.run(signers.find(key_id, token, NOW))


def with_role(role: Role | None) -> Signers:
    async def roles(account_id: str, name: str) -> Role | None:
        found = role is not None and (account_id, name) == (role.account_id, role.name)
        return role if found else None

    return Signers(lookup, roles, TOKENS)


def test_anybody() -> None:
    assert ANONYMOUS.anonymous
    assert not find(GOOD.id).caller.anonymous


def test_a_key_of_an_account() -> None:
    signer = find(GOOD.id)
    assert (signer.secret, signer.caller.requester) == (GOOD.secret, Requester("owner"))
    assert signer.caller.requester.is_account
    assert GOOD.secret not in repr(signer)


def test_a_key_of_a_user() -> None:
    async def users(_: str) -> AccessKey:
        return replace(GOOD, user="webform", policies={"p": PUT})

    caller = find(GOOD.id, None, Signers(users, with_role(None)._roles, TOKENS)).caller
    assert caller.requester == Requester("owner", user="webform")
    assert caller.policies == (identity_policy(PUT, "p"),)


def test_an_unknown_key() -> None:
    message = "The OSS Access Key Id you provided does not exist in our records."
    with refused("InvalidAccessKeyId", 403, message, ec="0002-00000902"):
        find("nobody")


@pytest.mark.parametrize("key_id", ["", "a b", "../x", "x" * 500])
@pytest.mark.parametrize("token", [None, "x"])
def test_what_can_be_no_key(key_id: str, token: str | None) -> None:
    message = (
        "The OSS Access Key Id contains non-acceptable characters, which accepts only alphanumeric "
        "characters[0-9a-zA-Z] and several special characters[. _=]"
    )
    with refused("InvalidAccessKeyId", 403, message, ec="0002-00000902"):
        find(key_id, token)


def test_a_disabled_key() -> None:
    message = "The OSS Access Key Id you provided is disabled."
    with refused("InvalidAccessKeyId", 403, message, ec="0002-00000904"):
        find("Disabled")


def test_a_disabled_account() -> None:
    with refused("UserDisable", 403, ec="0003-00000801"):
        find("OfDisabled")
    closed = with_role(replace(ROLE, account_enabled=False))
    with refused("UserDisable", 403, ec="0003-00000801"):
        find("STS.a1", TOKENS.seal(SESSION), closed)


def test_a_session() -> None:
    signer = find("STS.a1", TOKENS.seal(SESSION), with_role(ROLE))
    assert signer.secret == TOKENS.secret_of("STS.a1")
    caller = signer.caller
    assert caller.requester == Requester("owner", role="uploader", session="app")
    assert caller.policies == (identity_policy(PUT, "p"),)
    assert caller.session_policy == identity_policy(READ)


def test_a_session_of_a_role_that_is_gone_is_refused() -> None:
    with refused("InvalidSecurityToken", 403):
        find("STS.a1", TOKENS.seal(SESSION), with_role(None))


def test_a_role_made_again_has_none_of_the_sessions_of_the_one_before() -> None:
    again = with_role(replace(ROLE, created_ms=1))
    with refused("InvalidSecurityToken", 403):
        find("STS.a1", TOKENS.seal(SESSION), again)
    assert find("STS.a1", TOKENS.seal(replace(SESSION, role_created_ms=1)), again)


def test_a_temporary_key_needs_its_token() -> None:
    with refused("InvalidAccessKeyId", 403, ec="0002-00000902"):
        find("STS.a1")


@pytest.mark.parametrize(
    ("key_id", "token", "code"),
    [
        ("STS.a2", TOKENS.seal(SESSION), "AccessKeyIdAndSecurityTokenNotMatch"),
        (GOOD.id, TOKENS.seal(SESSION), "AccessKeyIdAndSecurityTokenNotMatch"),
        ("STS.a1", "forged", "InvalidSecurityToken"),
        ("STS.a1", TOKENS.seal(replace(SESSION, expires=NOW)), "SecurityTokenExpired"),
    ],
)
def test_tokens_that_do_not_hold(key_id: str, token: str, code: str) -> None:
    with refused(code, 403):
        find(key_id, token)
