"""Whose secret signed, and on whose behalf: permanent AccessKeys, and those of role sessions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache

from pillarbox.access.caller import Caller
from pillarbox.access.ram import DocumentKind, RamPolicy, Requester, kept_ram_policy
from pillarbox.access.session_token import TokenKey, is_temporary
from pillarbox.model import refusals
from pillarbox.model.accounts import Role
from pillarbox.model.names import is_access_key_id
from pillarbox.model.objects import AccessKey

#: Signers that are remembered, each as long as its AccessKey is the very one that it was made of:
#: a key that has changed in anything is another.
_KNOWN_SIGNERS = 1024

KeyLookup = Callable[[str], Awaitable[AccessKey | None]]
"""Gives the AccessKey of an id, or None if there is none."""

RoleLookup = Callable[[str, str], Awaitable[Role | None]]
"""Gives the role of an account and a name, or None if there is none."""


@dataclass(frozen=True, slots=True)
class Signer:
    """What a signature is compared with, and whom it stands for."""

    access_key_id: str
    secret: str = field(repr=False)
    caller: Caller = field(repr=False)


@lru_cache(maxsize=1024)
def identity_policy(text: str, name: str = "") -> RamPolicy:
    """A document that was read before it was kept, under the name that it is attached by."""
    return replace(kept_ram_policy(text, DocumentKind.IDENTITY), name=name)


def _attached(policies: Mapping[str, str]) -> tuple[RamPolicy, ...]:
    return tuple(identity_policy(text, name) for name, text in policies.items())


class Signers:
    """Finds who signs under an AccessKey id."""

    def __init__(self, keys: KeyLookup, roles: RoleLookup, tokens: TokenKey) -> None:
        self._keys = keys
        self._roles = roles
        self._tokens = tokens
        self._known: dict[str, tuple[AccessKey, Signer]] = {}

    async def find(self, access_key_id: str, token: str | None, now: datetime) -> Signer:
        """The signer of an id, with the token that came along, if one did.

        Args:
            now: aware.

        Raises:
            Refusal: `InvalidAccessKeyId` if the id is unknown, disabled or none at all, or a
                temporary one without its token; `UserDisable` if the account may do nothing;
                `InvalidSecurityToken` if the session's role is gone, and its kin, see
                `TokenKey.open`.
        """
        if not is_access_key_id(access_key_id):
            raise refusals.INVALID_ACCESS_KEY_ID(refusals.UNACCEPTABLE_KEY_ID)
        if token is not None:
            return await self._of_session(access_key_id, token, now)
        if is_temporary(access_key_id):
            refusal = refusals.INVALID_ACCESS_KEY_ID()
            refusal.hint = "a temporary AccessKey signs together with its security token only"
            raise refusal
        key = await self._keys(access_key_id)
        known = self._known.get(access_key_id)
        if known is not None and known[0] is key:
            return known[1]
        if key is None:
            raise refusals.INVALID_ACCESS_KEY_ID()
        if not key.enabled:
            raise refusals.INVALID_ACCESS_KEY_ID(
                "The OSS Access Key Id you provided is disabled.", ec="0002-00000904"
            )
        _check_account(key.account_enabled)
        caller = Caller(
            Requester(key.account_id, user=key.user),
            key.id,
            _attached(key.policies),
        )
        signer = Signer(key.id, key.secret, caller)
        if len(self._known) >= _KNOWN_SIGNERS:
            self._known.clear()
        self._known[access_key_id] = key, signer
        return signer

    async def _of_session(self, access_key_id: str, token: str, now: datetime) -> Signer:
        session = self._tokens.open(token, access_key_id, now)
        role = await self._roles(session.account_id, session.role)
        if role is None or role.created_ms != session.role_created_ms:
            # Whatever still names the role or its account must not let the session in.
            refusal = refusals.INVALID_SECURITY_TOKEN()
            refusal.hint = f"the role {session.role!r} of the session is gone"
            raise refusal
        _check_account(role.account_enabled)
        caller = Caller(
            Requester(session.account_id, role=session.role, session=session.name),
            access_key_id,
            _attached(role.policies),
            None if session.policy is None else identity_policy(session.policy),
        )
        return Signer(access_key_id, self._tokens.secret_of(access_key_id), caller)


def _check_account(enabled: bool) -> None:
    if not enabled:
        raise refusals.USER_DISABLE()
