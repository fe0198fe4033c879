"""Conditions of writes."""

from __future__ import annotations

import pytest

from pillarbox.model.write_condition import (
    ABSENT,
    PRESENT,
    WriteCondition,
    read_write_condition,
)
from tests.refusing import refused

ETAG = "9E107D9D372BB6826BD81D3542A419D6"


@pytest.mark.parametrize(
    ("condition", "etag"),
    [
        (ABSENT, None),
        (PRESENT, ETAG),
        (WriteCondition.if_match(ETAG), ETAG),
        (WriteCondition.if_match(f'"{ETAG.lower()}"'), ETAG),
        (WriteCondition.if_match(f' "{ETAG}" '), ETAG),
        (WriteCondition.if_match(f'"{ETAG.lower()}-12"'), f"{ETAG}-12"),
    ],
)
def test_what_holds(condition: WriteCondition, etag: str | None) -> None:
    condition.check(b"k", etag)


@pytest.mark.parametrize("etag", ['"*"', "", f"{ETAG}-1", f'"{ETAG}", "other"', f'W/"{ETAG}"'])
def test_another_etag(etag: str) -> None:
    with refused("PreconditionFailed", 412, Condition="If-Match"):
        WriteCondition.if_match(etag).check(b"k", ETAG)


def test_an_object_that_must_not_be_there() -> None:
    with refused("PreconditionFailed", 412, Condition="If-None-Match"):
        ABSENT.check(b"k", ETAG)


@pytest.mark.parametrize("condition", [PRESENT, WriteCondition.if_match(ETAG)])
def test_an_object_that_must_be_there(condition: WriteCondition) -> None:
    with refused("NoSuchKey", 404, ec="0026-00000001", Key="é"):
        condition.check("é".encode(), None)


@pytest.mark.parametrize(
    ("if_match", "if_none_match", "expected"),
    [
        (None, None, None),
        (None, "*", ABSENT),
        (None, " * ", ABSENT),
        ("*", None, PRESENT),
        (f'"{ETAG.lower()}"', None, WriteCondition(is_present=True, etag=ETAG)),
    ],
)
def test_headers(
    if_match: str | None, if_none_match: str | None, expected: WriteCondition | None
) -> None:
    assert read_write_condition(if_match, if_none_match) == expected


@pytest.mark.parametrize(
    ("if_match", "if_none_match"),
    [(None, f'"{ETAG}"'), (None, ""), (None, '"*"'), ("*", "*"), (ETAG, "*")],
)
def test_headers_that_s3_does_not_take(if_match: str | None, if_none_match: str) -> None:
    with refused("NotImplemented", 501, Header="If-None-Match"):
        read_write_condition(if_match, if_none_match)
