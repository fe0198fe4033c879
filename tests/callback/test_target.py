import pytest

from pillarbox.callback.target import Target, is_host_header


@pytest.mark.parametrize(
    ("text", "url", "authority", "target"),
    [
        # The first is of OSS's documents: without a scheme it is http.
        ("121.43.113.8:23456/index.html", None, "121.43.113.8:23456", "/index.html"),
        ("https://a.example", "https://a.example/", "a.example", "/"),
        ("HTTPS://A.example:443/x", "https://a.example/x", "a.example", "/x"),
        ("http://a.example:80?x=1", "http://a.example/?x=1", "a.example", "/?x=1"),
        ("http://a.example/?", "http://a.example/", "a.example", "/"),
        ("http://a.example/a/../b//c", None, "a.example", "/a/../b//c"),
        ("http://a.example/%2F%zz%", None, "a.example", "/%2F%25zz%25"),
        ("http://a.example/é?é=<1>", None, "a.example", "/%C3%A9?%C3%A9=%3C1%3E"),
        ("http://a.example/a?b?c#d?e", None, "a.example", "/a?b?c"),
        ("http://a.example/a#b?c", None, "a.example", "/a"),
        ("http://2130706433/", None, "2130706433", "/"),
    ],
)
def test_reads(text: str, url: str | None, authority: str, target: str) -> None:
    found = Target.parse(text)
    assert (found.authority, found.request_target) == (authority, target)
    assert Target.parse(str(found)) == found
    if url is not None:
        assert str(found) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/path",
        "http://",
        "ftp://a.example/",
        "file:///etc/passwd",
        "javascript://a.example/",
        "http://a.example:port/",
        "http://a.example:/",
        "http://a.example:0/",
        "http://a.example:65536/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]:80/",
        "http://user@a.example/",
        "http://a.example\\@b.example/",
        "http://a.example/ b",
        "http://a.example/\r\nX: y",
        "http://bücher.example/",
        "http://a.example%00/",
    ],
)
def test_refuses(text: str) -> None:
    with pytest.raises(ValueError):
        Target.parse(text)


def test_the_path_is_signed_decoded_with_its_plus() -> None:
    assert Target.parse("http://a.example/%C3%A9+%2Bx%2F").decoded_path == "/é++x/".encode()


def test_host_headers() -> None:
    assert all(map(is_host_header, ["a.example", "a.example:8080", "10.0.0.1"]))
    assert not any(map(is_host_header, ["", "http://a", "a/b", "a b", "a\r\nb", "[::1]", "a:b"]))
