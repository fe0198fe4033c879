"""Who is visiting: a random id in a cookie, and the prefix in the bucket that belongs to it.

The id is a capability: who knows it may write under its prefix. So it is long, random, and hidden
from scripts. A site with accounts takes the account's id instead.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass

COOKIE = "visitor"

#: What every key of the site begins with; it has the right to no other.
PREFIX = "applications/"

_ID = re.compile(r"[0-9a-f]{32}")
_KEY = re.compile(rf"{PREFIX}([0-9a-f]{{32}})/.*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Visitor:
    """One browser that visits the site."""

    id: str

    @classmethod
    def of_cookie(cls, cookie: str | None) -> Visitor:
        """The visitor whose cookie it is; a new one for a cookie that is none of ours."""
        if cookie is not None and _ID.fullmatch(cookie):
            return cls(cookie)
        return cls(secrets.token_hex(16))

    @classmethod
    def of_key(cls, key: str) -> Visitor | None:
        """The visitor to whom an object belongs; None for a key that is no visitor's."""
        found = _KEY.fullmatch(key)
        return None if found is None else cls(found[1])

    @property
    def application(self) -> str:
        """Number of their application: may be shown to anybody, for it doesn't tell the id."""
        return f"A-{hashlib.sha256(self.id.encode()).hexdigest()[:8].upper()}"

    @property
    def key_prefix(self) -> str:
        """What the key of each of their objects begins with."""
        return f"{PREFIX}{self.id}/"
