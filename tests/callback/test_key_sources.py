import base64

import pytest

from pillarbox.callback.key_sources import KeySources, told_key_url

OSS_KEY = "http://gosspublic.alicdn.com/callback_pub_key_v1.pem"


def test_oss_alone() -> None:
    sources = KeySources.of([])
    assert sources.allow(OSS_KEY)
    assert sources.allow(OSS_KEY.replace("http:", "https:"))
    for url in (
        "http://gosspublic.alicdn.com",
        "http://gosspublic.alicdn.com.evil.example/k.pem",
        "http://gosspublic.alicdn.com@evil.example/k.pem",
        "http://gosspublic.alicdn.com:81/k.pem",
        "HTTP://gosspublic.alicdn.com/k.pem",
        "ftp://gosspublic.alicdn.com/k.pem",
        "http://evil.example/http://gosspublic.alicdn.com/k.pem",
        "",
    ):
        assert not sources.allow(url)


@pytest.mark.parametrize("endpoint", ["http://files.example:9000", "http://files.example:9000/"])
def test_of_a_store_the_one_path_that_nobody_can_upload_to(endpoint: str) -> None:
    sources = KeySources.of([endpoint], oss=False)
    assert sources.allow("http://files.example:9000/-/callback.pem")
    for url in (
        OSS_KEY,
        "http://files.example:9000/inbox/callback.pem",
        "http://files.example:9000/-/callback.pem?x",
        "http://files.example:9000/-/callback.pem/../../inbox/k",
        "http://inbox.files.example:9000/-/callback.pem",
        "http://files.example/-/callback.pem",
        "https://files.example:9000/-/callback.pem",
    ):
        assert not sources.allow(url)


def test_oss_beside_a_store_only_if_the_site_says_so() -> None:
    store = "http://files.example:9000"
    assert not KeySources.of([store]).allow(OSS_KEY)
    assert KeySources.of([store], oss=True).allow(OSS_KEY)
    assert not KeySources.of([], oss=False).allow(OSS_KEY)


def test_a_whole_url_is_taken_as_it_is() -> None:
    sources = KeySources.of(["https://keys.example/store.pem"])
    assert sources.allow("https://keys.example/store.pem")
    assert not sources.allow("https://keys.example/-/callback.pem")


@pytest.mark.parametrize("text", ["", "files.example", "file:///k.pem", "http://"])
def test_what_is_no_store(text: str) -> None:
    with pytest.raises(ValueError, match="is no store: write it like"):
        KeySources.of([text])


def test_the_header() -> None:
    assert told_key_url(base64.b64encode(OSS_KEY.encode()).decode()) == OSS_KEY
    assert told_key_url("?") is None
    assert told_key_url(base64.b64encode("é".encode()).decode()) is None
    assert told_key_url(base64.b64encode(b"http://a/\r\nb").decode()) is None
