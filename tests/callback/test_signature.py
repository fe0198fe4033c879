import base64
import hashlib
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from pillarbox.callback.signature import SigningKey, is_signed, text_to_sign

KEY = SigningKey.generate()
#: "Callback", signature: path /index.php, query id=1&index=2, body bucket=yonghu-test.
TEXT = b"/index.php?id=1&index=2\nbucket=yonghu-test"

#: As small as OSS's own key; nothing makes such keys any more, so it is kept.
SMALL_PUBLIC = b"""\
-----BEGIN PUBLIC KEY-----
MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALfdpomNIbyvjc5mQJ5uX7FhQ5P5B3VV
3wi6wbjegsMwBtkMZFHvwZjgnx+RLN95W71cTmt4f8t0tPV/aGcb2M0CAwEAAQ==
-----END PUBLIC KEY-----
"""
SMALL_SIGNATURE = (
    "ZpPu+13OkgfAgdyyQradjPoq58ArQIF/okm70l0G9jxCswe+4VDG2aK/xaBfvO/qefDwK36KJ11VbDILyaktAA=="
)


def test_the_text_of_the_documents() -> None:
    text = text_to_sign(b"/index.php", "id=1&index=2", b"bucket=yonghu-test")
    assert text == TEXT
    assert hashlib.md5(text).hexdigest() == "5b74fc97cc385b45c6c8b7782d5a2140"
    assert text_to_sign(b"/a", None, b"") == b"/a\n"
    assert text_to_sign(b"/a", "", b"b") == b"/a?\nb"


def test_what_was_signed_is_found_right_and_nothing_else() -> None:
    signature = KEY.sign(TEXT)
    assert is_signed(TEXT, signature, KEY.public_pem())
    assert not is_signed(TEXT + b"&", signature, KEY.public_pem())
    assert not is_signed(TEXT, SigningKey.generate().sign(TEXT), KEY.public_pem())
    for other in ("", "?", signature[:-4], base64.b64encode(bytes(256)).decode()):
        assert not is_signed(TEXT, other, KEY.public_pem())


def test_a_key_of_512_bits_is_taken() -> None:
    assert is_signed(TEXT, SMALL_SIGNATURE, SMALL_PUBLIC)
    assert not is_signed(TEXT + b"x", SMALL_SIGNATURE, SMALL_PUBLIC)


def test_openssl_agrees(tmp_path: Path) -> None:
    (tmp_path / "public.pem").write_bytes(KEY.public_pem())
    (tmp_path / "signature").write_bytes(base64.b64decode(KEY.sign(TEXT)))
    verify = ["openssl", "dgst", "-md5", "-verify", "public.pem", "-signature", "signature"]
    try:
        done = subprocess.run(verify, input=TEXT, cwd=tmp_path, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed (make services)")
    assert done.stdout == b"Verified OK\n", done.stderr


def test_keys_are_read_again() -> None:
    again = SigningKey.from_pem(KEY.pem())
    assert again.public_pem() == KEY.public_pem()
    assert again.public_pem().startswith(b"-----BEGIN PUBLIC KEY-----")


def test_what_is_no_rsa_key() -> None:
    curve = ec.generate_private_key(ec.SECP256R1())
    private = curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = curve.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for pem in (b"", b"no PEM", private):
        with pytest.raises(ValueError):
            SigningKey.from_pem(pem)
    for pem in (b"", b"no PEM", public):
        with pytest.raises(ValueError):
            is_signed(TEXT, "", pem)
