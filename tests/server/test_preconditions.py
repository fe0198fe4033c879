import pytest

from pillarbox.server.preconditions import is_range_current, is_source_unmodified, is_unmodified
from pillarbox.server.request import Request
from tests.refusing import refused
from tests.server.requests import request, stored

ETAG = "5D41402ABC4B2A76B9719D911017C592"
AT = "Fri, 24 Feb 2012 10:00:00 GMT"
BEFORE = "Fri, 24 Feb 2012 09:59:59 GMT"
AFTER = "Fri, 24 Feb 2012 10:00:01 GMT"


OSS_COPY, S3_COPY = "x-oss-copy-source-", "x-amz-copy-source-"


def asks(prefix: str = "", /, **values: str) -> Request:
    return request(
        headers=[
            ((prefix + name).replace("_", "-").encode(), value.encode())
            for name, value in values.items()
        ]
    )


@pytest.mark.parametrize(
    ("given_", "unmodified"),
    [
        ({}, False),
        ({"if_match": f'"{ETAG}"'}, False),
        ({"if_match": f'"x", {ETAG.lower()}'}, False),
        ({"if_match": "*"}, False),
        ({"if_none_match": f'"{ETAG}"'}, True),
        ({"if_none_match": f'W/"{ETAG}"'}, True),
        ({"if_none_match": "*"}, True),
        ({"if_none_match": '"x"'}, False),
        ({"if_none_match": '"x"', "if_modified_since": AFTER}, False),
        ({"if_modified_since": AT}, True),
        ({"if_modified_since": AFTER}, True),
        ({"if_modified_since": BEFORE}, False),
        ({"if_modified_since": "yesterday"}, False),
        ({"if_unmodified_since": AT}, False),
        ({"if_unmodified_since": "yesterday"}, False),
        ({"if_match": "*", "if_unmodified_since": BEFORE}, False),
    ],
)
def test_is_unmodified(given_: dict[str, str], unmodified: bool) -> None:
    assert is_unmodified(asks(**given_), stored()) is unmodified
    assert is_source_unmodified(asks(OSS_COPY, **given_), stored()) is unmodified
    # Those of a read say nothing of a copy, nor the other way round.
    assert not is_source_unmodified(asks(**given_), stored())
    assert not is_unmodified(asks(OSS_COPY, **given_), stored())


@pytest.mark.parametrize(
    ("given_", "condition"),
    [
        ({"if_none_match": f'"{ETAG.lower()}"'}, "if-none-match"),
        ({"if_none_match": "*", "if_modified_since": AFTER}, "if-none-match"),
        ({"if_modified_since": AT}, "if-modified-since"),
    ],
)
def test_s3_refuses_a_copy_of_what_is_current(given_: dict[str, str], condition: str) -> None:
    with refused("PreconditionFailed", 412, Condition=S3_COPY + condition):
        is_source_unmodified(asks(S3_COPY, **given_), stored())


@pytest.mark.parametrize(
    ("given_", "condition"),
    [
        ({"if_match": '"x"'}, "If-Match"),
        ({"if_match": ""}, "If-Match"),
        ({"if_unmodified_since": BEFORE}, "If-Unmodified-Since"),
    ],
)
def test_another_object(given_: dict[str, str], condition: str) -> None:
    message = "At least one of the pre-conditions you specified did not hold."
    with refused("PreconditionFailed", 412, message, Condition=condition):
        is_unmodified(asks(**given_), stored())
    for prefix in (OSS_COPY, S3_COPY):
        with refused("PreconditionFailed", 412, message, Condition=prefix + condition.lower()):
            is_source_unmodified(asks(prefix, **given_), stored())


@pytest.mark.parametrize(
    ("text", "current"),
    [
        ("", True),
        (f'"{ETAG}"', True),
        (f'"{ETAG.lower()}"', False),
        (f'W/"{ETAG}"', False),
        (AT, True),
        (AFTER, False),
        ("yesterday", False),
    ],
)
def test_is_range_current(text: str, current: bool) -> None:
    assert is_range_current(asks(if_range=text), stored()) is current
    assert is_range_current(asks(), stored())


def test_a_range_of_s3_names_the_etag_as_s3_told_it() -> None:
    of_s3 = [(b"x-amz-date", b"20300101T000000Z")]
    assert is_range_current(
        request(headers=[*of_s3, (b"if-range", f'"{ETAG.lower()}"'.encode())]), stored()
    )
    assert not is_range_current(
        request(headers=[*of_s3, (b"if-range", f'"{ETAG}"'.encode())]), stored()
    )
