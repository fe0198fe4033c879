"""The signature of RPC calls."""

from __future__ import annotations

from pillarbox.signing import rpc

CALL = {
    "Action": "AssumeRole",
    "RoleArn": "acs:ram::1234567890123456:role/uploader",
    "RoleSessionName": "app",
    "DurationSeconds": "3600",
    "Format": "JSON",
    "Version": "2015-04-01",
    "AccessKeyId": "TestAccessKeyId01",
    "SignatureMethod": "HMAC-SHA1",
    "SignatureVersion": "1.0",
    "SignatureNonce": "0.123456789",
    "Timestamp": "2030-01-01T00:00:00Z",
}
SECRET = "TestAccessKeySecret0123456789"


def test_the_published_vector() -> None:
    assert rpc.sign(SECRET, rpc.string_to_sign("POST", CALL)) == "cgYPSOBsdI/ois0BtjHZLFRMhBs="


def test_the_signature_itself_is_not_signed() -> None:
    assert rpc.string_to_sign("POST", {**CALL, "Signature": "x"}) == rpc.string_to_sign(
        "POST", CALL
    )


def test_what_is_encoded() -> None:
    text = rpc.string_to_sign("GET", {"b": "a b*~/", "a": "é"})
    assert text == "GET&%2F&a%3D%25C3%25A9%26b%3Da%2520b%252A~%252F"
