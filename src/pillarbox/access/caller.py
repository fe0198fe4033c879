"""Who is calling, and with what rights: an account, one of its users, a role's session, anybody."""

from __future__ import annotations

from dataclasses import dataclass, field

from pillarbox.access.ram import RamPolicy, Requester

ANYBODY = Requester()


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated identity, or anybody if there is no account.

    Attributes:
        requester: as permission documents name it.
        policies: documents that are attached to the user or role.
        session_policy: what the session was narrowed by; None for nothing.
    """

    requester: Requester = ANYBODY
    access_key_id: str | None = None
    policies: tuple[RamPolicy, ...] = field(default=(), repr=False)
    session_policy: RamPolicy | None = field(default=None, repr=False)

    @property
    def account_id(self) -> str | None:
        """The account that it belongs to, None for anybody."""
        return self.requester.account_id

    @property
    def anonymous(self) -> bool:
        """Whether nobody signed the request."""
        return self.requester.account_id is None


ANONYMOUS = Caller()
