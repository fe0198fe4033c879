"""The store's key: what secrets are sealed with and security tokens are made of.

It lies in the data directory, or comes from the environment; then the directory by itself, such as
a backup of it, opens nothing.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping

from pillarbox.storage.blobs.durability import Durability
from pillarbox.storage.layout import Layout
from pillarbox.storage.secret_file import write_secret_file

VARIABLE = "PILLARBOX_STORE_KEY"

_SIZE = 32


def read_store_key(layout: Layout, environment: Mapping[str, str] = os.environ) -> bytes:
    """The key, 32 bytes.

    Raises:
        OSError: it can't be read.
        ValueError: there is something else, saying how to mend it.
    """
    if text := environment.get(VARIABLE):
        return _decoded(text, VARIABLE)
    try:
        text = layout.store_key.read_text("ascii").strip()
    except FileNotFoundError:
        raise FileNotFoundError(
            f"{layout.store_key} is missing: put it back, or give the key by {VARIABLE}"
        ) from None
    except UnicodeDecodeError:
        text = ""
    return _decoded(text, str(layout.store_key))


def ensure_store_key(
    layout: Layout, durability: Durability, environment: Mapping[str, str] = os.environ
) -> bytes:
    """As `read_store_key`; makes one where there is none yet, neither file nor variable."""
    if not environment.get(VARIABLE) and not layout.store_key.exists():
        text = secrets.token_hex(_SIZE) + "\n"
        write_secret_file(layout.store_key, text.encode("ascii"), durability)
    return read_store_key(layout, environment)


def _decoded(text: str, where: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != _SIZE:
        raise ValueError(
            f"{where} is not {2 * _SIZE} hexadecimal digits: openssl rand -hex {_SIZE}"
        )
    return key
