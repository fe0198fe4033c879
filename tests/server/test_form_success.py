from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.forms.fields import FilePart, SubmittedForm
from pillarbox.model.acl import BucketAcl
from pillarbox.model.objects import Bucket
from pillarbox.server.answers import Answer
from pillarbox.server.form_success import redirect_target, success_answer, with_query
from tests.server.requests import request, stored

BUCKET = Bucket(1, "photos", "1234567890123456", BucketAcl.PRIVATE, 0, "cn-hangzhou")
ETAG = "5D41402ABC4B2A76B9719D911017C592"


def answer(host: bytes = b"127.0.0.1:9000", path: bytes = b"/photos", **fields: str) -> Answer:
    form = SubmittedForm.of(fields.items(), FilePart())
    return success_answer(
        request("POST", path, host=host), form, stored(key=b"dir/a b.txt"), BUCKET
    )


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 204),
        ({"success_action_status": "204"}, 204),
        ({"success_action_status": "200"}, 200),
        ({"success_action_status": "303"}, 204),
        ({"success_action_status": "0200"}, 204),
        ({"success_action_status": ""}, 204),
        ({"success_action_redirect": "ftp://x/"}, 204),
        ({"success_action_redirect": "/ok", "success_action_status": "200"}, 200),
    ],
)
def test_status_without_body(fields: dict[str, str], status: int) -> None:
    form = SubmittedForm.of(fields.items(), FilePart())
    given_ = success_answer(request("POST", b"/photos"), form, stored(), BUCKET)
    assert (given_.status, given_.body) == (status, b"")
    assert given_.headers == [
        ("ETag", f'"{ETAG}"'),
        ("x-oss-hash-crc64ecma", "11177612005948864433"),
        ("Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="),
    ]


@pytest.mark.parametrize(
    ("host", "path", "location"),
    [
        (b"127.0.0.1:9000", b"/photos", "http://127.0.0.1:9000/photos/dir%2Fa%20b.txt"),
        (b"photos.localhost:9000", b"/", "http://photos.localhost:9000/dir%2Fa%20b.txt"),
    ],
)
def test_created(host: bytes, path: bytes, location: str) -> None:
    given_ = answer(host, path, success_action_status="201")
    assert given_.status == 201
    assert given_.body.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        "<PostResponse>\n"
        f"  <Location>{location}</Location>\n"
        "  <Bucket>photos</Bucket>\n"
        "  <Key>dir/a b.txt</Key>\n"
        f'  <ETag>"{ETAG}"</ETag>\n'
        "</PostResponse>\n"
    )
    assert dict(given_.headers)["Location"] == location
    assert dict(given_.headers)["Content-Type"] == "application/xml"


def test_a_redirect_beats_a_status() -> None:
    given_ = answer(success_action_redirect="http://site/ok", success_action_status="201")
    assert (given_.status, given_.body) == (303, b"")
    assert dict(given_.headers)["Location"] == (
        f"http://site/ok?bucket=photos&key=dir%2Fa%20b.txt&etag=%22{ETAG}%22"
    )
    assert dict(given_.headers)["ETag"] == f'"{ETAG}"'


APPENDED = f"bucket=photos&key=foo.txt&etag=%22{ETAG}%22"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://site/ok", f"http://site/ok?{APPENDED}"),
        ("http://site/ok?a=b", f"http://site/ok?a=b&{APPENDED}"),
        ("http://site/ok?a=%20b", f"http://site/ok?a=%20b&{APPENDED}"),
        ("http://site/ok#top", f"http://site/ok?{APPENDED}#top"),
        ("http://site/ok#a?b", f"http://site/ok?{APPENDED}#a?b"),
        ("https://site/ü x", f"https://site/%C3%BC%20x?{APPENDED}"),
        ('http://site/"<>', f"http://site/%22%3C%3E?{APPENDED}"),
    ],
)
def test_the_query_is_appended_in_order(url: str, expected: str) -> None:
    assert with_query(url, "photos", stored(key=b"foo.txt")) == expected


@pytest.mark.parametrize("url", ["http://a", "https://a/b?c#d", "HTTP://A:80/", "http://u@h/"])
def test_redirect_targets(url: str) -> None:
    assert redirect_target(url) == url


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "/relative",
        "//host/path",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://h/",
        "http:",
        "http:///path",
        "http://a/\r\nSet-Cookie: x",
        "http://a/\n",
        " http://a/",
        "http://a/ ",
        "java\nscript:alert(1)",
        "http://[::1",
        "http://a\x00/",
        "\u2003http://a/",
    ],
)
def test_what_is_no_redirect_target(url: str | None) -> None:
    assert redirect_target(url) is None


@given(st.text(), st.binary(max_size=50))
def test_a_location_is_always_one_header_line(url: str, key: bytes) -> None:
    target = redirect_target(f"http://site/{url}")
    if target is not None:
        location = with_query(target, "photos", stored(key=key))
        assert location.isascii()
        assert not set(location) & set("\r\n \x00")


def test_a_key_is_text_in_the_document() -> None:
    form = SubmittedForm.of([("success_action_status", "201")], FilePart())
    given_ = success_answer(request("POST"), form, stored(key="<é>&.txt".encode()), BUCKET)
    assert fromstring(given_.body).findtext("Key") == "<é>&.txt"
