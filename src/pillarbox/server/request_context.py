"""How a request came, as conditions of policies look at it."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from pillarbox.access.ram import RequestContext
from pillarbox.server.request import Request


def request_context(request: Request, now: datetime) -> RequestContext:
    """The context of a request.

    Args:
        now: aware.
    """
    on_bucket = request.address.bucket is not None and request.address.key is None
    is_form = request.method == "POST" and on_bucket and "delete" not in request.query
    is_listing = request.method == "GET" and on_bucket
    return RequestContext(
        now=now,
        source_ip=_address(request.record.remote),
        secure=request.scheme == "https",
        form=is_form,
        # A listing without a prefix is one of the empty prefix.
        prefix=(request.query.get("prefix") or "") if is_listing else None,
        delimiter=(request.query.get("delimiter") or "") if is_listing else None,
        user_agent=request.headers.get("user-agent"),
    )


@lru_cache(maxsize=4096)
def _address(text: str | None) -> IPv4Address | IPv6Address | None:
    try:
        return None if text is None else ip_address(text)
    except ValueError:
        return None
