"""What the headers of an S3 request grant."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pillarbox.model.acl import BucketAcl
from pillarbox.model.s3_grants import ALL_USERS
from pillarbox.server.requested_grants import granted_acl
from tests.refusing import refused
from tests.server.requests import request

OWNER = "1234"
ALL = f'uri="{ALL_USERS}"'


def granted(headers: Mapping[str, str], query: bytes = b"") -> BucketAcl | None:
    """Of a request with these headers, whose underscores are hyphens."""
    pairs = [
        (f"x-amz-{name.replace('_', '-')}".encode(), value.encode())
        for name, value in headers.items()
    ]
    return granted_acl(request("PUT", headers=[*pairs, (b"x-amz-date", b"a")], query=query), OWNER)


@pytest.mark.parametrize(
    ("headers", "acl"),
    [
        ({}, None),
        ({"grant_read": ALL}, BucketAcl.PUBLIC_READ),
        ({"grant_read": ALL, "grant_write": ALL}, BucketAcl.PUBLIC_READ_WRITE),
        ({"grant_full_control": f'id="{OWNER}"'}, BucketAcl.PRIVATE),
        ({"grant_full_control": f"id={OWNER}"}, BucketAcl.PRIVATE),
        ({"grant_read": f'id="{OWNER}", {ALL}'}, BucketAcl.PUBLIC_READ),
        ({"grant_read": f' ID = "{OWNER}" ,URI={ALL_USERS} '}, BucketAcl.PUBLIC_READ),
        ({"grant_read_acp": f'id="{OWNER}"', "grant_read": ALL}, BucketAcl.PUBLIC_READ),
    ],
)
def test_what_they_say(headers: dict[str, str], acl: BucketAcl | None) -> None:
    assert granted(headers) is acl


def test_by_parameters_of_a_url() -> None:
    uri = ALL_USERS.replace(":", "%3A").replace("/", "%2F").encode()
    assert granted({}, b"X-Amz-Grant-Read=uri%3D" + uri) is BucketAcl.PUBLIC_READ


@pytest.mark.parametrize(
    "headers",
    [
        {"grant_read": 'id="5678"'},
        {"grant_write": ALL},
        {"grant_full_control": ALL},
        {"grant_read_acp": ALL},
        {"grant_write_acp": ALL, "grant_read": ALL},
        {"grant_read": f'{ALL}, emailAddress="a@example.com"'},
    ],
)
def test_what_can_t_be_kept(headers: dict[str, str]) -> None:
    with refused("NotImplemented", 501):
        granted(headers)


@pytest.mark.parametrize(
    "value", ["", OWNER, "id=", 'id=""', "name=1", f"{ALL},", 'id="1" uri="2"', 'id="a"b"']
)
def test_what_is_no_grantee(value: str) -> None:
    with refused("InvalidArgument", ArgumentName="x-amz-grant-read", ArgumentValue=value):
        granted({"grant_read": value})


def test_not_beside_a_canned_one() -> None:
    with refused("InvalidRequest", 400):
        granted({"grant_read": ALL, "acl": "private"})
