"""The policy field: base64, JSON, expiration, conditions."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model.refusals import Refusal
from pillarbox.policy import (
    MAX_CONDITIONS,
    ContentLengthRange,
    Equals,
    In,
    NotIn,
    PostPolicy,
    SizeRange,
    StartsWith,
    encode_policy,
    read_policy,
)
from tests.policy.documents import EXPIRATION, facts, policy_of, policy_text

BUCKET = {"bucket": "b"}


def refusal_of(field: str | bytes) -> Refusal:
    with pytest.raises(Refusal) as caught:
        read_policy(field)
    return caught.value


def test_a_policy_in_the_browser_form() -> None:
    # The policy of the first vector of tests/signing.
    field = (
        "eyJleHBpcmF0aW9uIjoiMjAzMC0wMS0wMVQxMjowMDowMC4wMDBaIiwiY29uZGl0aW9ucyI6W3siYnVja2V0Ijoi"
        "ZXhhbXBsZS1idWNrZXQifSxbInN0YXJ0cy13aXRoIiwiJGtleSIsInVzZXIvZXJpYy8iXSxbImNvbnRlbnQtbGVu"
        "Z3RoLXJhbmdlIiwxLDEwNDg1NzYwXSxbImluIiwiJGNvbnRlbnQtdHlwZSIsWyJpbWFnZS9qcGVnIiwiaW1hZ2Uv"
        "cG5nIl1dXX0="
    )
    policy = PostPolicy(
        expiration=datetime(2030, 1, 1, 12, tzinfo=UTC),
        conditions=(
            Equals("bucket", "example-bucket"),
            StartsWith("key", "user/eric/"),
            ContentLengthRange(1, 10485760),
            In("content-type", ("image/jpeg", "image/png")),
        ),
        size_range=SizeRange(1, 10485760),
        covered=frozenset({"bucket", "key", "content-type"}),
        text=base64.b64decode(field).decode(),
    )
    assert read_policy(field) == policy
    assert read_policy(field.encode()) == policy
    assert read_policy(f"\r\n{field}\n\r") == policy


def test_a_policy_of_the_java_sdk() -> None:
    # Published with the Java SDK; newer SDKs double the backslash, older ones wrote it raw.
    text = (
        '{"expiration":"2020-03-19T03:44:06.476Z","conditions":[{"bucket":"gen-post-policy"},'
        r'["eq","$key","user\/eric\/\\${filename}"],["starts-with","$key","user\/eric"],'
        '["starts-with","$x-oss-meta-tag","dummy_etag"],["content-length-range",1,1024],'
        r'["not-in","$Cache-Control",["no-cache"]]]}'
    )
    policy = read_policy(encode_policy(text))
    assert policy.expiration == datetime(2020, 3, 19, 3, 44, 6, 476000, tzinfo=UTC)
    assert policy.conditions == (
        Equals("bucket", "gen-post-policy"),
        Equals("key", r"user/eric/\${filename}"),
        StartsWith("key", "user/eric"),
        StartsWith("x-oss-meta-tag", "dummy_etag"),
        ContentLengthRange(1, 1024),
        NotIn("Cache-Control", ("no-cache",)),
    )
    assert policy.covered == {"bucket", "key", "x-oss-meta-tag", "cache-control"}
    raw = read_policy(encode_policy(text.replace(r"\\$", r"\$")))
    assert raw.conditions == policy.conditions


def test_a_policy_that_is_not_ascii() -> None:
    policy = policy_of(["eq", "$key", "用户/é.txt"])
    assert policy.conditions == (Equals("key", "用户/é.txt"),)
    assert policy.size_range == SizeRange()
    assert policy.text == policy_text(["eq", "$key", "用户/é.txt"])


def test_several_ranges_intersect() -> None:
    assert policy_of(
        ["content-length-range", 1, 100], BUCKET, ["content-length-range", 50, 200]
    ).size_range == SizeRange(50, 100)
    assert policy_of(
        ["content-length-range", 5, 6], ["content-length-range", 1, 2]
    ).size_range == SizeRange(5, 2)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)).map(sorted), min_size=1))
def test_any_ranges_intersect(ranges: list[list[int]]) -> None:
    policy = policy_of(*(["content-length-range", low, high] for low, high in ranges))
    assert policy.size_range.minimum == max(low for low, _ in ranges)
    assert policy.size_range.maximum == min(high for _, high in ranges)
    assert policy.covered == frozenset()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2014-12-01T12:00:00.000Z", datetime(2014, 12, 1, 12, tzinfo=UTC)),
        ("2013-12-01T12:34:56Z", datetime(2013, 12, 1, 12, 34, 56, tzinfo=UTC)),
        ("2120-02-29T23:59:59.5Z", datetime(2120, 2, 29, 23, 59, 59, 500000, tzinfo=UTC)),
        ("2030-01-01T00:00:00.012345Z", datetime(2030, 1, 1, 0, 0, 0, 12345, tzinfo=UTC)),
        ("2030-01-01T00:00:00.123456999Z", datetime(2030, 1, 1, 0, 0, 0, 123456, tzinfo=UTC)),
        ("2030-01-01T00:00:00.999999999Z", datetime(2030, 1, 1, 0, 0, 0, 999999, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59.9Z", datetime(9999, 12, 31, 23, 59, 59, 900000, tzinfo=UTC)),
    ],
)
def test_an_expiration(text: str, moment: datetime) -> None:
    policy = read_policy(encode_policy(policy_text(BUCKET, expiration=text)))
    assert policy.expiration == moment
    assert policy.expiration.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "2030-01-01",
        "2030-01-01T12:00Z",
        "2030-01-01T12:00:00",
        "2030-01-01T12:00:00z",
        "2030-01-01t12:00:00Z",
        "2030-01-01 12:00:00Z",
        "2030-01-01 12:00:00+00:00",
        "2030-01-01T12:00:00+00:00",
        "2030-01-01T12:00:00+00:00Z",
        "2030-01-01T12:00:00.Z",
        "2030-01-01T12:00:00,5Z",
        "2030-01-01T12:00:00.1234567890Z",
        "2030-01-01T12:00:00Z\n",
        " 2030-01-01T12:00:00Z",
        "2030-1-01T12:00:00Z",
        "20300101T120000Z",
        "12030-01-01T12:00:00Z",
        "0000-01-01T12:00:00Z",
        "2030-02-29T12:00:00Z",
        "2030-13-01T12:00:00Z",
        "2030-01-01T24:00:00Z",
        "2030-01-01T12:60:00Z",
        "2030-01-01T12:00:60Z",
        "203٣-01-01T12:00:00Z",
        "Tue, 01 Jan 2030 00:00:00 GMT",
        "soon",
    ],
)
def test_an_expiration_that_is_not_iso_8601(text: str) -> None:
    refusal = refusal_of(encode_policy(policy_text(BUCKET, expiration=text)))
    assert facts(refusal) == (
        "InvalidPolicyDocument",
        400,
        f"Invalid Policy: Invalid 'expiration' value: '{text}'",
        "0006-00000212",
    )


def field_of(document: object) -> str:
    return encode_policy(json.dumps(document))


BASE64 = "invalid Base64 encoding."
EMPTY = "Expecting '{' but found End-of-Input"
CONDITIONS = "Policy missing conditions."
EXPIRATION_VALUE = "Invalid 'expiration' value: "


@pytest.mark.parametrize(
    ("field", "flaw", "ec"),
    [
        # nothing
        ("", EMPTY, 205),
        (b"", EMPTY, 205),
        ("\r\n", EMPTY, 205),
        (encode_policy(" \t\r\n"), EMPTY, 205),
        (encode_policy("\u00a0"), "Invalid JSON: unknown char \\u00a0", 204),
        # not base64
        ("{}", BASE64, 202),
        ('{"expiration":', BASE64, 202),
        ("e", BASE64, 202),
        ("=", BASE64, 202),
        ("====", BASE64, 202),
        ("e30", BASE64, 202),
        ("e30==", BASE64, 202),
        ("e30=e30=", BASE64, 202),
        ("e30=\n\ne30=", BASE64, 202),
        ("e3 0=", BASE64, 202),
        (" e30=", BASE64, 202),
        ("e30= ", BASE64, 202),
        ("e31=", BASE64, 202),
        ("e30gICAg=", BASE64, 202),
        ("8J-YgA==", BASE64, 202),
        ("e3\r\n0=", BASE64, 202),
        ("é30=", BASE64, 202),
        (b"\xff\xfe", BASE64, 202),
        ("\ud800", BASE64, 202),
        # not UTF-8
        ("XXXXe30=", "Invalid JSON.", 203),
        (base64.b64encode(b'{"a":"\xff"}'), "Invalid JSON.", 203),
        (base64.b64encode(b'"\xed\xa0\x80"').decode(), "Invalid JSON.", 203),
        (base64.b64encode("{}".encode("utf-16")), "Invalid JSON.", 203),
        # not JSON
        (encode_policy(field_of({})), "Invalid JSON: unknown char e", 204),
        (encode_policy('{"conditions":[1 2]}'), "Invalid JSON: , or ] expected", 204),
        (encode_policy("\ufeff{}"), "Invalid JSON: unknown char \\ufeff", 204),
        (encode_policy("{} {}"), "Invalid JSON: End-of-Input expected but found {", 204),
        (
            encode_policy('{"expiration":"","expiration":""}'),
            'Invalid JSON: duplicate member "expiration"',
            204,
        ),
        (
            encode_policy('{"expiration":"","conditions":[{"bucket":"b","bucket":"b"}]}'),
            'Invalid JSON: duplicate member "bucket"',
            204,
        ),
        (
            encode_policy('{"expiration":"2030-01-01T12:00:00Z","conditions":[{"a":"b"},]}'),
            "Invalid JSON: unknown char ]",
            204,
        ),
        (encode_policy("[" * 1_500_000), "Invalid JSON: nested deeper than 8 levels", 204),
        # not an object
        (encode_policy(" []"), "Expecting '{' but found '['", 201),
        (encode_policy('"a"'), "Expecting '{' but found '\"'", 201),
        (encode_policy("\t\n\r 12"), "Expecting '{' but found '1'", 201),
        # members
        (field_of({}), CONDITIONS, 209),
        (field_of({"expiration": EXPIRATION}), CONDITIONS, 209),
        (field_of({"expiration": EXPIRATION, "CONDITIONS": [BUCKET]}), CONDITIONS, 209),
        (field_of({"conditions": [BUCKET]}), "Policy missing expiration.", 208),
        (
            field_of({"EXPIRATION": EXPIRATION, "conditions": [BUCKET]}),
            "Policy missing expiration.",
            208,
        ),
        (
            field_of({"expiration": EXPIRATION, "conditions": [BUCKET], "extra": 1}),
            'Unexpected: "extra"',
            201,
        ),
        (
            field_of({"": None, "expiration": 1, "conditions": 1}),
            'Unexpected: ""',
            201,
        ),
        # expiration
        (encode_policy(policy_text(expiration=123)), f"{EXPIRATION_VALUE}'123'", 210),
        (encode_policy(policy_text(expiration=None)), f"{EXPIRATION_VALUE}'null'", 210),
        (encode_policy(policy_text(expiration=[1])), f"{EXPIRATION_VALUE}'[...]'", 210),
        (encode_policy(policy_text(expiration="")), f"{EXPIRATION_VALUE}''", 211),
        (encode_policy(policy_text(expiration="x")), f"{EXPIRATION_VALUE}'x'", 212),
        # conditions
        (
            field_of({"expiration": EXPIRATION, "conditions": {"bucket": "b"}}),
            "Invalid 'conditions' value: must be a List.",
            214,
        ),
        (
            field_of({"expiration": EXPIRATION, "conditions": "eq"}),
            "Invalid 'conditions' value: must be a List.",
            214,
        ),
        (
            encode_policy(policy_text()),
            "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.",
            215,
        ),
        (
            encode_policy(policy_text(["$key"])),
            "Invalid Condition: missing operation identifier.",
            216,
        ),
        (
            encode_policy(policy_text(BUCKET, 123)),
            "Invalid condition 123: must be a List or Object.",
            222,
        ),
        (
            encode_policy(policy_text(*[BUCKET] * (MAX_CONDITIONS + 1))),
            "Invalid 'conditions' value: 1001 conditions, at most 1000.",
            201,
        ),
        # too long
        ("A" * (2 * 1024 * 1024 + 1), "policy longer than 2097152 bytes.", 201),
    ],
)
def test_a_flaw(field: str | bytes, flaw: str, ec: int) -> None:
    refusal = refusal_of(field)
    assert facts(refusal) == (
        "InvalidPolicyDocument",
        400,
        f"Invalid Policy: {flaw}",
        f"0006-00000{ec}",
    )
    assert refusal.details == {}
    assert refusal.__cause__ is None
    assert refusal.__suppress_context__ or refusal.__context__ is None


def test_the_most_conditions() -> None:
    assert len(policy_of(*[BUCKET] * MAX_CONDITIONS).conditions) == MAX_CONDITIONS == 1000


def test_the_longest_field() -> None:
    frame = policy_text(["eq", "$key", ""])
    text = policy_text(["eq", "$key", "k" * (1_572_864 - len(frame))])
    field = encode_policy(text)
    assert len(field) == 2 * 1024 * 1024
    assert read_policy(field).text == text
    assert refusal_of(field + "\n").message == "Invalid Policy: policy longer than 2097152 bytes."


def test_a_long_flaw_is_cut() -> None:
    refusal = refusal_of(encode_policy(policy_text(expiration="x" * 5000)))
    assert refusal.message.startswith("Invalid Policy: Invalid 'expiration' value: 'xxx")
    assert refusal.message.endswith("x…")
    # The three apostrophes count as `&apos;`.
    assert len(refusal.message.encode()) == 600 - 3 * 5


def test_a_policy_does_not_change() -> None:
    policy = policy_of(BUCKET)
    with pytest.raises(AttributeError):
        policy.text = ""  # type: ignore[misc]
    assert isinstance(hash(policy), int)


@given(st.binary() | st.text())
def test_nothing_but_a_refusal_comes_of_any_field(field: str | bytes) -> None:
    assert refusal_of(field).code == "InvalidPolicyDocument"


@given(st.binary())
def test_nothing_but_a_refusal_comes_of_any_document(document: bytes) -> None:
    assert refusal_of(base64.b64encode(document)).code == "InvalidPolicyDocument"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
entries = st.one_of(
    json_values,
    st.tuples(
        st.sampled_from(["eq", "starts-with", "in", "not-in", "content-length-range"]),
        st.sampled_from(["$key", "bucket", "", 1, 0]) | json_values,
        json_values | st.integers(0, 9),
    ),
)


@given(st.lists(entries, max_size=3), st.just(EXPIRATION) | json_values)
def test_any_json_is_a_policy_or_refused(conditions: list[object], expiration: object) -> None:
    text = json.dumps({"expiration": expiration, "conditions": conditions})
    outcome: PostPolicy | Refusal
    try:
        outcome = read_policy(encode_policy(text))
    except Refusal as refusal:
        outcome = refusal
    if isinstance(outcome, Refusal):
        assert outcome.code == "InvalidPolicyDocument"
        assert outcome.message.startswith("Invalid Policy: ")
    else:
        assert len(outcome.conditions) == len(conditions)
