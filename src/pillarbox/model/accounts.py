"""Accounts, their users and roles, and what is told of AccessKeys (RAM: "Identities")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

#: Seconds that a session of a role may last (STS: "AssumeRole", DurationSeconds).
MIN_SESSION_SECONDS = 900
MAX_SESSION_SECONDS = 43_200
DEFAULT_SESSION_SECONDS = 3_600

#: Names of users, roles and their policies (RAM: "CreateUser", "CreateRole", "CreatePolicy").
_NAME = re.compile(r"[A-Za-z0-9._@=-]{1,64}")

_LONGEST_DISPLAY_NAME = 128


def check_name(what: str, name: str) -> None:
    """Raise ValueError unless `name` is one that a user, role or policy can have.

    Args:
        what: it is, for the message.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"the name {name!r} of a {what} is not 1 to 64 letters, digits or ._@=-")


def check_display_name(name: str) -> None:
    """Raise ValueError unless `name` is one that an account can be shown by."""
    if not name.strip() or len(name) > _LONGEST_DISPLAY_NAME or not name.isprintable():
        raise ValueError(
            f"the name {name[:100]!r} of an account is not 1 to {_LONGEST_DISPLAY_NAME} characters "
            "that can be shown"
        )


def check_session_seconds(seconds: int) -> None:
    """Raise ValueError unless a role's longest session may last `seconds`."""
    if not MIN_SESSION_SECONDS <= seconds <= MAX_SESSION_SECONDS:
        raise ValueError(
            f"a session of {seconds} seconds is not {MIN_SESSION_SECONDS // 60}m to "
            f"{MAX_SESSION_SECONDS // 3600}h long"
        )


@dataclass(frozen=True, slots=True)
class Account:
    """Who owns buckets, and has users and roles.

    Attributes:
        id: sixteen digits.
        created_ms: milliseconds since the Unix epoch, UTC.
        quota_bytes: what its buckets may hold together, None for no bound.
        quota_objects: likewise.
    """

    id: str
    display_name: str
    created_ms: int
    enabled: bool = True
    quota_bytes: int | None = None
    quota_objects: int | None = None


@dataclass(frozen=True, slots=True)
class User:
    """A user of an account: may do what policies say.

    Attributes:
        policies: name to JSON of what is attached.
    """

    account_id: str
    name: str
    created_ms: int
    policies: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Role:
    """What others may become for a while.

    Attributes:
        trust: JSON of the policy that says who.
        max_session_seconds: the longest session.
        policies: name to JSON of what is attached.
        account_enabled: whether its account may do anything.
    """

    account_id: str
    name: str
    created_ms: int
    trust: str
    max_session_seconds: int = DEFAULT_SESSION_SECONDS
    policies: Mapping[str, str] = field(default_factory=dict)
    account_enabled: bool = True

    @property
    def arn(self) -> str:
        """Its name in AssumeRole, such as `acs:ram::1234567890123456:role/uploader`."""
        return f"acs:ram::{self.account_id}:role/{self.name}"


@dataclass(frozen=True, slots=True)
class KeySummary:
    """An AccessKey without its secret.

    Attributes:
        user: whose it is; None for the account itself.
        is_root: whether it is the one that the server was started with.
    """

    id: str
    account_id: str
    user: str | None
    enabled: bool
    created_ms: int
    is_root: bool = False
