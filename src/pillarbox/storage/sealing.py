"""Secrets at rest: sealed under the store's key, each to the AccessKey that it belongs to."""

from __future__ import annotations

import base64
import binascii
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_MARK = "sealed:"
_NONCE_SIZE = 12


class WrongStoreKeyError(ValueError):
    """A secret was sealed under another key than the store has now."""


class Sealer:
    """Seals and opens secrets."""

    def __init__(self, store_key: bytes) -> None:
        """Derive from the store's key, 32 bytes or more."""
        key = HKDF(hashes.SHA256(), 32, salt=None, info=b"pillarbox secrets at rest")
        self._cipher = AESGCM(key.derive(store_key))

    def seal(self, secret: str, owner: str) -> str:
        """`secret` as it may lie on a disk, good for `owner` alone."""
        nonce = secrets.token_bytes(_NONCE_SIZE)
        sealed = nonce + self._cipher.encrypt(nonce, secret.encode("utf-8"), owner.encode("utf-8"))
        return _MARK + base64.b64encode(sealed).decode("ascii")

    def open(self, sealed: str, owner: str) -> str:
        """The secret of `owner`.

        Raises:
            WrongStoreKeyError: it was sealed under another key, or for another owner.
        """
        try:
            raw = base64.b64decode(sealed.removeprefix(_MARK), validate=True)
            opened = self._cipher.decrypt(raw[:_NONCE_SIZE], raw[_NONCE_SIZE:], owner.encode())
        except (binascii.Error, InvalidTag, ValueError):
            raise WrongStoreKeyError(
                f"the secret of AccessKey {owner} was sealed with another store key: put the "
                "former one back"
            ) from None
        return opened.decode("utf-8")


def is_sealed(text: str) -> bool:
    """Whether a secret of the catalog is sealed; those of catalogs before this rule are not."""
    return text.startswith(_MARK)
