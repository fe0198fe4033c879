"""Security tokens of temporary credentials (OSS: "Use temporary access credentials from STS").

A token is everything that there is to know of a session, encrypted and authenticated under a key
that the store's processes share. So nothing is kept anywhere, and a token is checked without
asking the catalog. The temporary AccessKey's secret follows from its id and the same key.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
import string
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pillarbox.model import refusals
from pillarbox.model.limits import KIB

#: What ids of temporary AccessKeys begin with; clients tell them by it.
ID_PREFIX = "STS."

#: Characters of base64. A policy of 2,048 characters takes some 3,000 of them, one of four bytes
#: each some 11,000.
MAX_TOKEN_SIZE = 12 * KIB

_ID_LENGTH = 24
_NONCE_SIZE = 12
_ALPHABET = string.ascii_letters + string.digits
#: Authenticated with each token, so that a later layout can't be taken for this one.
_LAYOUT = b"pillarbox session 2"


@dataclass(frozen=True, slots=True)
class Session:
    """A role that somebody has assumed for a while.

    Attributes:
        access_key_id: of the temporary AccessKey.
        account_id: account of the role.
        role: its name.
        role_created_ms: when that role was made, in milliseconds since the Unix epoch, UTC: another
            that is made under its name later has none of its sessions.
        name: of the session, as whoever assumed the role called it.
        expires: aware, UTC, whole seconds.
        policy: JSON of the document that narrows it; None for none.
    """

    access_key_id: str
    account_id: str
    role: str
    role_created_ms: int
    name: str
    expires: datetime
    policy: str | None = field(default=None, repr=False)


def new_access_key_id() -> str:
    """An id for a temporary AccessKey."""
    return ID_PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(_ID_LENGTH))


def is_temporary(access_key_id: str) -> bool:
    """Whether an id is that of a temporary AccessKey."""
    return access_key_id.startswith(ID_PREFIX)


class TokenKey:
    """Makes and reads tokens; what is derived from the store's key shows in no repr."""

    def __init__(self, store_key: bytes) -> None:
        """Derive from the store's key, 32 bytes or more."""
        self._cipher = AESGCM(_derived(store_key, b"security token"))
        self._secrets = _derived(store_key, b"temporary secret")

    def secret_of(self, access_key_id: str) -> str:
        """The secret of a temporary AccessKey."""
        digest = hmac.digest(self._secrets, access_key_id.encode("ascii"), "sha256")
        return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")

    def seal(self, session: Session) -> str:
        """The session's token."""
        document = json.dumps(
            {
                "id": session.access_key_id,
                "account": session.account_id,
                "role": session.role,
                "role_created_ms": session.role_created_ms,
                "name": session.name,
                "expires": int(session.expires.timestamp()),
                "policy": session.policy,
            },
            separators=(",", ":"),
            # Six bytes for a character of two, or twelve for one of four, would not fit.
            ensure_ascii=False,
        ).encode("utf-8")
        nonce = secrets.token_bytes(_NONCE_SIZE)
        sealed = nonce + self._cipher.encrypt(nonce, document, _LAYOUT)
        return base64.b64encode(sealed).decode("ascii")

    def open(self, token: str, access_key_id: str, now: datetime) -> Session:
        """The session of a token that came with `access_key_id`.

        Args:
            now: aware.

        Raises:
            Refusal: `InvalidSecurityToken` if it is none of this store's,
                `AccessKeyIdAndSecurityTokenNotMatch` if it belongs to another id,
                `SecurityTokenExpired` (OSS: "HTTP 403 status code").
        """
        session = self._read(token)
        if session.access_key_id != access_key_id:
            raise refusals.TOKEN_OF_ANOTHER_KEY()
        if now >= session.expires:
            raise refusals.SECURITY_TOKEN_EXPIRED()
        return session

    def _read(self, token: str) -> Session:
        try:
            if len(token) > MAX_TOKEN_SIZE:
                raise ValueError("too long")
            sealed = base64.b64decode(token, validate=True)
            text = self._cipher.decrypt(sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:], _LAYOUT)
        except (binascii.Error, InvalidTag, ValueError):
            raise refusals.INVALID_SECURITY_TOKEN() from None
        members = json.loads(text)
        return Session(
            members["id"],
            members["account"],
            members["role"],
            members["role_created_ms"],
            members["name"],
            datetime.fromtimestamp(members["expires"], UTC),
            members["policy"],
        )


def _derived(store_key: bytes, purpose: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=b"pillarbox " + purpose).derive(store_key)
