"""Principal elements: whom a bucket policy or a trust policy speaks of.

Bucket policies of OSS write numbers of accounts and users; here a user has a name within its
account, so it is written as RAM names it, with or without `acs:ram::` in front.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pillarbox.access.ram.question import Requester
from pillarbox.access.ram.wildcards import matches_pattern

_ACCOUNT = re.compile(r"[0-9]{1,32}")
#: Names as `model.accounts` has them, with wildcards.
_NAME = r"[A-Za-z0-9._@=*?-]{1,64}"
_SESSION = r"[A-Za-z0-9._@*?-]{1,64}"
_NAMED = re.compile(
    r"(?:acs:ram::|arn:sts::)?([0-9]{1,32}|\*):"
    rf"(?:(root)|(user)/({_NAME})|(?:assumed-)?(role)/({_NAME}(?:/{_SESSION})?))"
)


@dataclass(frozen=True, slots=True)
class PrincipalPattern:
    """One Principal element.

    Attributes:
        account: digits, or `*`.
        kind: empty for the account and all in it, as `root` says it too; else `user` or `role`.
        name: pattern of the user's name, or of `ROLE` or `ROLE/SESSION`.
    """

    account: str
    kind: str = ""
    name: str = ""

    @property
    def is_anybody(self) -> bool:
        """Whether it is `*`: everybody, signed or not."""
        return self.account == "*" and not self.kind

    def names(self, requester: Requester) -> bool:
        """Whether it stands for `requester`."""
        if self.is_anybody:
            return True
        if requester.account_id is None:
            return False
        if self.account not in ("*", requester.account_id):
            return False
        if not self.kind:
            return True
        return self._names_within(requester)

    def _names_within(self, requester: Requester) -> bool:
        if self.kind == "user":
            return requester.user is not None and matches_pattern(self.name, requester.user)
        if requester.role is None:
            return False
        session = f"{requester.role}/{requester.session or ''}"
        return matches_pattern(self.name, requester.role) or matches_pattern(self.name, session)


def read_principal(text: str) -> PrincipalPattern:
    """The pattern that `text` spells.

    Raises:
        ValueError: saying what is wrong with it.
    """
    if text == "*":
        return PrincipalPattern("*")
    if _ACCOUNT.fullmatch(text):
        return PrincipalPattern(text)
    found = _NAMED.fullmatch(text)
    if found is not None:
        account, root, user, user_name, role, role_name = found.groups()
        if not root:
            return PrincipalPattern(account, user or role, user_name or role_name)
        if account != "*":
            return PrincipalPattern(account)
    raise ValueError(
        f"the Principal {text!r} is nobody: write an account's number, NUMBER:user/NAME, "
        "NUMBER:role/NAME, or *"
    )
