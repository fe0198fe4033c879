import pytest

from pillarbox.server.preconditions import COPY_SOURCE, is_range_current, is_unmodified
from pillarbox.server.request import Headers
from tests.refusing import refused
from tests.server.requests import stored

ETAG = "5D41402ABC4B2A76B9719D911017C592"
AT = "Fri, 24 Feb 2012 10:00:00 GMT"
BEFORE = "Fri, 24 Feb 2012 09:59:59 GMT"
AFTER = "Fri, 24 Feb 2012 10:00:01 GMT"


def headers(**values: str) -> Headers:
    return Headers((n.replace("_", "-").encode(), v.encode()) for n, v in values.items())


def of_copy(values: dict[str, str]) -> Headers:
    return headers(**{COPY_SOURCE + name: value for name, value in values.items()})


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
    assert is_unmodified(headers(**given_), stored()) is unmodified
    assert is_unmodified(of_copy(given_), stored(), COPY_SOURCE) is unmodified
    # Those of a read say nothing of a copy, nor the other way round.
    assert not is_unmodified(headers(**given_), stored(), COPY_SOURCE)
    assert not is_unmodified(of_copy(given_), stored())


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
        is_unmodified(headers(**given_), stored())
    with refused("PreconditionFailed", 412, message, Condition=COPY_SOURCE + condition.lower()):
        is_unmodified(of_copy(given_), stored(), COPY_SOURCE)


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
    assert is_range_current(headers(if_range=text), stored()) is current
    assert is_range_current(headers(), stored())
