"""What is asked of the permission documents: who wants to do what, with what, how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address


@dataclass(frozen=True, slots=True)
class Requester:
    """An identity, as `Principal` elements name it. Anybody if there is no account.

    Attributes:
        account_id: digits.
        user: name of the account's user; None for the account itself or a role's session.
        role: name of the role whose session it is.
        session: name of that session.
    """

    account_id: str | None = None
    user: str | None = None
    role: str | None = None
    session: str | None = None

    @property
    def is_account(self) -> bool:
        """Whether it is an account itself, with all of its rights."""
        return self.account_id is not None and self.user is None and self.role is None


@dataclass(frozen=True, slots=True)
class RequestContext:
    """How a request came.

    Attributes:
        now: aware.
        source_ip: the client's address; None where there is none, such as a Unix socket.
        secure: whether it came by TLS.
        form: whether it is a form upload.
        prefix: of a listing; None for other requests.
        delimiter: likewise.
        user_agent: header of that name, None if there is none.
        request_tags: that the request gives to an object, None if nobody has read them.
        existing_tags: of the object that stands under the key, none if there is no object; None if
            nobody has looked.
    """

    now: datetime
    source_ip: IPv4Address | IPv6Address | None = None
    secure: bool = False
    form: bool = False
    prefix: str | None = None
    delimiter: str | None = None
    user_agent: str | None = None
    request_tags: Mapping[str, str] | None = None
    existing_tags: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One action on one resource.

    Attributes:
        action: such as `oss:PutObject`.
        owner_id: account that owns the bucket or role; of the service itself, the requester's own.
        bucket: None for the service itself.
        key: decoded; None for the bucket itself.
        role: name of the role to be assumed; then there is no bucket.
        region: such as `cn-hangzhou`.
    """

    requester: Requester
    action: str
    context: RequestContext
    owner_id: str | None = None
    bucket: str | None = None
    key: str | None = None
    role: str | None = None
    region: str = ""

    @property
    def service(self) -> str:
        """The second part of the resource's name: `oss` or `ram`."""
        return "oss" if self.role is None else "ram"

    @property
    def path(self) -> str:
        """The last part of the resource's name: `*`, `BUCKET`, `BUCKET/KEY` or `role/NAME`."""
        if self.role is not None:
            return f"role/{self.role}"
        if self.bucket is None:
            return "*"
        return self.bucket if self.key is None else f"{self.bucket}/{self.key}"
