import pytest

from pillarbox.model.objects import ObjectHeaders
from pillarbox.server.stored_headers import (
    ACTIVE_TYPES,
    copy_headers,
    is_active,
    metadata_headers,
    read_headers,
    upload_headers,
)
from tests.server.requests import stored

ETAG = ("ETag", '"5D41402ABC4B2A76B9719D911017C592"')
DIGESTS = [
    ("x-oss-hash-crc64ecma", "11177612005948864433"),
    ("Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="),
]
SANDBOX = ("Content-Security-Policy", "sandbox; default-src 'none'")


def test_an_upload() -> None:
    assert upload_headers(stored()) == [ETAG, *DIGESTS]
    echoed = upload_headers(stored(encryption="AES256"))
    assert echoed[-1] == ("x-oss-server-side-encryption", "AES256")


def test_an_object_without_md5() -> None:
    assert upload_headers(stored(md5=b"")) == [ETAG, DIGESTS[0]]


def test_a_plain_read() -> None:
    assert read_headers(stored()) == [
        ("Content-Type", "application/octet-stream"),
        ETAG,
        ("Last-Modified", "Fri, 24 Feb 2012 10:00:00 GMT"),
        ("Accept-Ranges", "bytes"),
        ("x-oss-object-type", "Normal"),
        ("x-oss-storage-class", "Standard"),
        *DIGESTS,
    ]
    assert metadata_headers(stored()) == read_headers(stored())[1:3]


def test_everything_that_was_said() -> None:
    headers = ObjectHeaders("image/png", {"Cache-Control": "no-cache"}, {"author": "é"})
    told = read_headers(stored(headers=headers, tags={"a": "1", "b": ""}, encryption="AES256"))
    assert told[0] == ("Content-Type", "image/png")
    assert told[-4:] == [
        ("Cache-Control", "no-cache"),
        ("x-oss-meta-author", "é"),
        ("x-oss-tagging-count", "2"),
        ("x-oss-server-side-encryption", "AES256"),
    ]


def test_tags_are_counted_for_who_may_know() -> None:
    names = [name for name, _ in read_headers(stored(tags={"a": "1"}), tags_told=False)]
    assert "x-oss-tagging-count" not in names


def test_a_copy_does_not_pass_its_md5_off_as_that_of_its_answer() -> None:
    assert copy_headers(stored()) == [ETAG, DIGESTS[0]]


@pytest.mark.parametrize("content_type", sorted(ACTIVE_TYPES))
def test_active_types_do_not_run(content_type: str) -> None:
    told = read_headers(stored(headers=ObjectHeaders(content_type)))
    assert SANDBOX in told
    assert ("Content-Disposition", "attachment") in told


def test_an_attachment_keeps_its_name_and_no_override_lifts_the_rule() -> None:
    headers = ObjectHeaders("text/html", {"Content-Disposition": 'inline; filename="a.html"'})
    told = read_headers(stored(headers=headers))
    assert ("Content-Disposition", 'attachment; filename="a.html"') in told
    overridden = read_headers(
        stored(headers=ObjectHeaders("text/plain")),
        {"Content-Type": "text/html", "Content-Disposition": "inline"},
    )
    assert ("Content-Type", "text/html") in overridden
    assert ("Content-Disposition", "attachment") in overridden
    assert SANDBOX in overridden


@pytest.mark.parametrize(
    "content_type",
    [
        "TEXT/HTML; charset=utf-8",
        "text/html",
        " text/html",
        "text/html charset=utf-8",
        "image/svg+xml",
        "application/vnd.x+xml",
        "text/javascript1.5",
        "",
        "html",
        "text/",
        "/html",
        "text/html, image/png",
        "image/png;,text/html",
        "text/plain;a=b,text/html",
        "text/plain;charset=utf-8,image/svg+xml",
        'text/plain;a="x,text/html"',
        "a/b/c",
        "té/xt",
    ],
)
def test_active(content_type: str) -> None:
    assert is_active(content_type)


@pytest.mark.parametrize(
    "content_type", ["image/png", "text/plain; charset=utf-8", "application/pdf", "video/mp4"]
)
def test_passive(content_type: str) -> None:
    assert not is_active(content_type)
