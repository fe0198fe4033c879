"""The signature of a callback: made by the store, checked by the site (OSS: "Callback", signing).

RSA, PKCS#1 v1.5 with an MD5 digest, over the decoded path, the raw query and the body. MD5 is what
the protocol has: whoever can choose the body that a store signs may make two that collide.
"""

from __future__ import annotations

import base64
import binascii
from typing import Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

#: `cryptography` makes none of the 512 bits that OSS's own key has.
KEY_BITS = 2048


def text_to_sign(decoded_path: bytes, query: str | None, body: bytes) -> bytes:
    """What is signed: the path decoded, `?` and the query as it is, a line feed, the body."""
    tail = b"" if query is None else b"?" + query.encode()
    return decoded_path + tail + b"\n" + body


class SigningKey:
    """The private key of a store."""

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self._key = key

    @classmethod
    def generate(cls) -> Self:
        """A new key of `KEY_BITS`; takes a tenth of a second or more."""
        return cls(rsa.generate_private_key(65537, KEY_BITS))

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """The key of a PEM text without a password.

        Raises:
            ValueError: it is none, or no RSA key.
        """
        try:
            key = serialization.load_pem_private_key(pem, None)
        except (TypeError, UnsupportedAlgorithm) as error:
            raise ValueError(str(error)) from error
        if not isinstance(key, rsa.RSAPrivateKey):
            raise ValueError("no RSA key")
        return cls(key)

    def pem(self) -> bytes:
        """The private key, PKCS#8; for its owner alone."""
        return self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def public_pem(self) -> bytes:
        """The public key, SubjectPublicKeyInfo."""
        return self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, text: bytes) -> str:
        """The header `authorization`: the signature in base64."""
        signature = self._key.sign(text, padding.PKCS1v15(), hashes.MD5())  # noqa: S303
        return base64.b64encode(signature).decode("ascii")


def is_signed(text: bytes, authorization: str, public_pem: bytes) -> bool:
    """Whether `authorization` is the signature of `text` by the key's owner, a key of any size.

    Raises:
        ValueError: `public_pem` is no RSA key.
    """
    try:
        key = serialization.load_pem_public_key(public_pem)
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("no RSA key")
    try:
        signature = base64.b64decode(authorization, validate=True)
        key.verify(signature, text, padding.PKCS1v15(), hashes.MD5())  # noqa: S303
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True
