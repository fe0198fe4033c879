"""AccessKeys for tests, and signers that know them."""

from __future__ import annotations

from pillarbox.access.session_token import TokenKey
from pillarbox.access.signers import Signers
from pillarbox.model.accounts import Role
from pillarbox.model.objects import AccessKey
from tests.signing.vectors import KEY_ID, SECRET

GOOD = AccessKey(KEY_ID, SECRET, "owner")
DISABLED = AccessKey("Disabled", SECRET, "owner", enabled=False)
OF_DISABLED = AccessKey("OfDisabled", SECRET, "closed", account_enabled=False)

TOKENS = TokenKey(b"k" * 32)


async def lookup(key_id: str) -> AccessKey | None:
    return {key.id: key for key in (GOOD, DISABLED, OF_DISABLED)}.get(key_id)


ROLE = Role("owner", "uploader", 0, "{}")


async def roles(account_id: str, name: str) -> Role | None:
    return ROLE if (account_id, name) == (ROLE.account_id, ROLE.name) else None


SIGNERS = Signers(lookup, roles, TOKENS)
