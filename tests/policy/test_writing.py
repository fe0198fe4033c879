"""Policies as the toolkit writes them."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.policy import Equals, encode_policy, read_policy, write_policy

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


def test_a_policy_with_a_published_signature() -> None:
    # The policy of the first vector of tests/signing.
    text = write_policy(
        NOON,
        [
            {"bucket": "example-bucket"},
            ["starts-with", "$key", "user/eric/"],
            ("content-length-range", 1, 10485760),
            ["in", "$content-type", ["image/jpeg", "image/png"]],
        ],
    )
    assert text == (
        '{"expiration":"2030-01-01T12:00:00.000Z","conditions":[{"bucket":"example-bucket"},'
        '["starts-with","$key","user/eric/"],["content-length-range",1,10485760],'
        '["in","$content-type",["image/jpeg","image/png"]]]}'
    )
    assert len(text) == 206
    assert encode_policy(text).startswith(
        "eyJleHBpcmF0aW9uIjoiMjAzMC0wMS0wMVQxMjowMDowMC4wMDBaIiwi"
    )


def test_a_policy_that_is_not_ascii() -> None:
    # The policy of the second vector of tests/signing.
    assert encode_policy(write_policy(NOON, [["eq", "$key", "用户/é.txt"]])) == (
        "eyJleHBpcmF0aW9uIjoiMjAzMC0wMS0wMVQxMjowMDowMC4wMDBaIiwiY29uZGl0aW9ucyI6"
        "W1siZXEiLCIka2V5Iiwi55So5oi3L8OpLnR4dCJdXX0="
    )


def test_any_mapping_is_a_condition() -> None:
    assert write_policy(NOON, [MappingProxyType({"bucket": "b"})]).endswith('[{"bucket":"b"}]}')


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2030, 1, 1, 12, 0, 0, 999999, tzinfo=UTC), "2030-01-01T12:00:00.999Z"),
        (
            datetime(2030, 1, 1, 2, tzinfo=timezone(timedelta(hours=8))),
            "2029-12-31T18:00:00.000Z",
        ),
        (datetime(999, 1, 1, tzinfo=UTC), "0999-01-01T00:00:00.000Z"),
    ],
)
def test_an_expiration(moment: datetime, text: str) -> None:
    assert write_policy(moment, []) == f'{{"expiration":"{text}","conditions":[]}}'


def test_an_expiration_does_not_depend_on_where_it_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    try:
        with monkeypatch.context() as patch:
            patch.setenv("TZ", "CST-8")
            time.tzset()
            assert write_policy(NOON, []).startswith('{"expiration":"2030-01-01T12:00:00.000Z"')
    finally:
        time.tzset()


def test_an_expiration_needs_a_time_zone() -> None:
    with pytest.raises(ValueError) as caught:
        write_policy(datetime(2030, 1, 1, 12), [{"bucket": "b"}])
    assert str(caught.value) == (
        "the expiration 2030-01-01T12:00:00 has no time zone: "
        "give an aware datetime, such as datetime.now(UTC) + timedelta(hours=1)"
    )


texts = st.text(st.characters(codec="utf-8"))


@given(
    st.datetimes(min_value=datetime(1, 1, 2), timezones=st.just(UTC)),
    texts.filter(lambda name: name.removeprefix("$") and name.lower() != "content-length-range"),
    texts,
)
def test_what_is_written_is_read(moment: datetime, name: str, value: str) -> None:
    policy = read_policy(encode_policy(write_policy(moment, [{name: value}])))
    assert policy.conditions == (Equals(name.removeprefix("$"), value),)
    assert timedelta() <= moment - policy.expiration < timedelta(milliseconds=1)
