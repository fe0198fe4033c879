"""AccessKeys for tests, and a lookup that knows them."""

from __future__ import annotations

from pillarbox.model.objects import AccessKey
from tests.signing.vectors import KEY_ID, SECRET

GOOD = AccessKey(KEY_ID, SECRET, "owner")
DISABLED = AccessKey("Disabled", SECRET, "owner", enabled=False)


async def lookup(key_id: str) -> AccessKey | None:
    return {key.id: key for key in (GOOD, DISABLED)}.get(key_id)
