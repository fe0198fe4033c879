from __future__ import annotations

import pytest

from pillarbox.server.traffic_limit import refuse_limited_put, refuse_traffic_limit
from tests.refusing import refused
from tests.server.requests import request

NAME = b"x-oss-traffic-limit"
OF_HEADER = "A header you provided implies functionality that is not implemented."
OF_PARAMETER = "The parameter x-oss-traffic-limit is not implemented yet."
OF_EITHER = "x-oss-traffic-limit is not implemented yet."


def test_none_is_asked_for() -> None:
    refuse_limited_put(request())
    refuse_traffic_limit(request())


@pytest.mark.parametrize("value", [b"819200", b""])
def test_of_a_put(value: bytes) -> None:
    with refused("NotImplemented", 501, OF_HEADER, Header="x-oss-traffic-limit"):
        refuse_limited_put(request(headers=[(NAME, value)]))
    with refused("NotImplemented", 501, OF_PARAMETER):
        refuse_limited_put(request(query=NAME + b"=" + value))


def test_of_a_copy_or_part() -> None:
    with refused("NotImplemented", 501, OF_EITHER):
        refuse_traffic_limit(request(headers=[(NAME, b"819200")]))
    for query in (NAME, NAME + b"=819200"):
        with refused("NotImplemented", 501, OF_EITHER):
            refuse_traffic_limit(request(query=query))
    refuse_traffic_limit(request(headers=[(NAME, b"")]))
