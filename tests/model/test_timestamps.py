from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model.timestamps import http_date, parse_http_date, xml_date


def test_http_date_is_an_imf_fixdate() -> None:
    assert http_date(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.mark.parametrize("milliseconds", [1330077600000, 1330077600999])
def test_xml_date_drops_the_fraction(milliseconds: int) -> None:
    assert xml_date(milliseconds) == "2012-02-24T10:00:00.000Z"


@given(st.integers(0, 4_102_444_800))
def test_an_http_date_reads_back(seconds: int) -> None:
    assert parse_http_date(http_date(seconds)) == datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 10:49:37 +0200",
    ],
)
def test_a_date_is_utc_unless_it_says_otherwise(text: str) -> None:
    assert parse_http_date(text) == datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "1994-11-06T08:49:37Z",
        "Sun, 99 Nov 1994 08:49:37 GMT",
        "0" * 5000,
        "Sun, 06 Nov 99999999999999999999 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 +99999999999999",
        "Fri, 31 Dec 9999 23:59:59 -2359",
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert parse_http_date(text) is None


@given(st.text(max_size=60))
def test_any_text_is_a_date_or_none(text: str) -> None:
    moment = parse_http_date(text)
    assert moment is None or moment.tzinfo is not None
