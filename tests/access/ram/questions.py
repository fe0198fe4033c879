"""Questions for tests: every part may be given, none has to."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

from pillarbox.access.ram import Question, RequestContext, Requester

OWNER = "1000000000000001"
STRANGER = "2000000000000002"
NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)

ANYBODY = Requester()
ACCOUNT = Requester(OWNER)
USER = Requester(OWNER, user="webform")
SESSION = Requester(OWNER, role="uploader", session="app")
OTHER_ACCOUNT = Requester(STRANGER)
OTHER_USER = Requester(STRANGER, user="guest")


def context(**parts: Any) -> RequestContext:
    """How a request came: by TLS from 192.0.2.7 at `NOW`, unless `parts` say otherwise."""
    usual: dict[str, Any] = {"now": NOW, "source_ip": ip_address("192.0.2.7"), "secure": True}
    return RequestContext(**{**usual, **parts})


def question(
    action: str = "oss:PutObject",
    key: str | None = "incoming/a.pdf",
    requester: Requester = USER,
    **parts: Any,
) -> Question:
    """One of the bucket `photos` of `OWNER`; other `parts` are those of the context."""
    return Question(
        requester,
        action,
        context(**parts),
        owner_id=OWNER,
        bucket="photos",
        key=key,
        region="cn-hangzhou",
    )
