from __future__ import annotations

import pytest

from pillarbox.forms.endpoint import bucket_url, service_url


@pytest.mark.parametrize(
    ("endpoint", "service", "bucket"),
    [
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000/", "http://127.0.0.1:9000/photos"),
        ("http://[::1]:9000/", "http://[::1]:9000/", "http://[::1]:9000/photos"),
        ("http://localhost", "http://localhost/", "http://localhost/photos"),
        ("https://oss.example", "https://oss.example/", "https://photos.oss.example/"),
    ],
)
def test_where_a_store_and_its_buckets_are(endpoint: str, service: str, bucket: str) -> None:
    assert service_url(endpoint) == service
    assert bucket_url(endpoint, "photos") == bucket


@pytest.mark.parametrize("bucket", ["", "ab", "Photos", "a.b", "evil.example/", "photos\r\n"])
def test_what_can_be_no_bucket(bucket: str) -> None:
    with pytest.raises(ValueError, match="is no bucket name"):
        bucket_url("https://oss.example", bucket)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://u:hush@oss.example",
        "ftp://u:hush@oss.example",
        "u:hush@oss.example",
        "http://u:hush@[",
        "http://u:hush@oss.example:99999",
        "http://u:hush@oss.example/x@y",
        "http://hush@h\u2100.example",
    ],
)
def test_a_password_is_not_repeated(endpoint: str) -> None:
    with pytest.raises(ValueError, match="the endpoint '…@") as caught:
        service_url(endpoint)
    assert "hush" not in str(caught.value)
