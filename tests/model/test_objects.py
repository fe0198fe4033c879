import hashlib

from pillarbox.model.objects import AccessKey, Digests


def test_an_etag_is_the_md5_in_capitals() -> None:
    digests = Digests(5, hashlib.md5(b"hello").digest(), 11177612005948864433)
    assert digests.etag == "5D41402ABC4B2A76B9719D911017C592"


def test_a_secret_never_shows() -> None:
    key = AccessKey("id", "very-secret", "account")
    assert "very-secret" not in f"{key!r} {key}"
