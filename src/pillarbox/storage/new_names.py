"""New accounts' and AccessKeys' ids and secrets, from the system's randomness."""

from __future__ import annotations

import secrets
import string

_ALPHABET = string.ascii_letters + string.digits


def new_account_id() -> str:
    """Sixteen digits, as accounts of the original have."""
    return secrets.choice(string.digits[1:]) + _random(string.digits, 15)


def new_key_id() -> str:
    """The id of a permanent AccessKey."""
    return "PB" + _random(_ALPHABET, 22)


def new_secret() -> str:
    """A secret of 238 bits."""
    return _random(_ALPHABET, 40)


def _random(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))
