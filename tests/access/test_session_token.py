"""Security tokens."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.access.assume_role import MAX_POLICY_LENGTH, read_request
from pillarbox.access.session_token import (
    MAX_TOKEN_SIZE,
    Session,
    TokenKey,
    is_temporary,
    new_access_key_id,
)
from pillarbox.model.names import is_access_key_id
from pillarbox.model.refusals import Refusal

KEY = TokenKey(b"k" * 32)
NOW = datetime(2030, 1, 1, tzinfo=UTC)
SESSION = Session(
    "STS.a1", "1", "uploader", 1893456000123, "app", NOW + timedelta(hours=1), '{"Version":"1"}'
)
TOKEN = KEY.seal(SESSION)


def code_of(token: str, access_key_id: str = SESSION.access_key_id, now: datetime = NOW) -> str:
    with pytest.raises(Refusal) as refused:
        KEY.open(token, access_key_id, now)
    return refused.value.code


def test_says_what_was_sealed() -> None:
    assert KEY.open(TOKEN, SESSION.access_key_id, NOW) == SESSION
    bare = replace(SESSION, policy=None)
    assert KEY.open(KEY.seal(bare), SESSION.access_key_id, NOW) == bare


def test_two_tokens_of_a_session_differ() -> None:
    assert KEY.seal(SESSION) != TOKEN


def test_ends_at_its_moment() -> None:
    end = SESSION.expires
    assert KEY.open(TOKEN, SESSION.access_key_id, end - timedelta(seconds=1)) == SESSION
    assert code_of(TOKEN, now=end) == "SecurityTokenExpired"


def test_belongs_to_one_access_key() -> None:
    assert code_of(TOKEN, "STS.a2") == "AccessKeyIdAndSecurityTokenNotMatch"


@given(st.integers(0, 8 * len(base64.b64decode(TOKEN)) - 1))
def test_a_changed_bit_is_seen(place: int) -> None:
    sealed = bytearray(base64.b64decode(TOKEN))
    sealed[place // 8] ^= 1 << place % 8
    assert code_of(base64.b64encode(sealed).decode()) == "InvalidSecurityToken"


@pytest.mark.parametrize("token", ["", "x", "é", "AAAA", TOKEN[:-4], "A" * (MAX_TOKEN_SIZE + 4)])
def test_what_is_none(token: str) -> None:
    assert code_of(token) == "InvalidSecurityToken"


def test_another_store_does_not_take_it() -> None:
    with pytest.raises(Refusal, match="InvalidSecurityToken"):
        TokenKey(b"l" * 32).open(TOKEN, SESSION.access_key_id, NOW)


def test_secrets_follow_from_ids() -> None:
    first, second = new_access_key_id(), new_access_key_id()
    assert first != second
    assert all(is_temporary(one) and is_access_key_id(one) for one in (first, second))
    assert KEY.secret_of(first) == TokenKey(b"k" * 32).secret_of(first)
    assert (
        len({KEY.secret_of(first), KEY.secret_of(second), TokenKey(b"l" * 32).secret_of(first)})
        == 3
    )


@pytest.mark.parametrize("character", ["a", "\n", "é", "简", "\U0001d11e"])
def test_every_policy_that_is_taken_fits(character: str) -> None:
    """Beside the longest names that a role, a session and an account can have."""
    frame = '{"Version":"1","Statement":[{"Sid":"","Effect":"Deny","Action":"*","Resource":"*"}]}'
    rest = character * (MAX_POLICY_LENGTH - len(frame))
    is_space = character.isspace()
    policy = frame + rest if is_space else frame.replace('"Sid":""', f'"Sid":"{rest}"')
    request = read_request("acs:ram::1:role/a", "app", "", policy)
    longest = replace(
        SESSION,
        access_key_id=new_access_key_id(),
        account_id="1" * 32,
        role="r" * 64,
        name="n" * 64,
        policy=request.policy,
    )
    token = KEY.seal(longest)
    assert KEY.open(token, longest.access_key_id, NOW) == longest
    assert len(token) <= MAX_TOKEN_SIZE


def test_the_policy_shows_in_no_repr() -> None:
    assert "Version" not in repr(SESSION)
