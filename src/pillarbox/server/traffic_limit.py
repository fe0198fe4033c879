"""x-oss-traffic-limit, by header or parameter: no upload is held to a speed yet, so it is refused.

Dropped, it would let a client fill a line that it was told to share (OSS: "PutObject").
"""

from __future__ import annotations

from pillarbox.model import refusals
from pillarbox.server.request import Request

NAME = "x-oss-traffic-limit"


def refuse_limited_put(request: Request) -> None:
    """Refuse `NotImplemented` for an object in a body; an empty header asks for a limit too."""
    if request.headers.get(NAME) is not None:
        raise refusals.NOT_IMPLEMENTED(Header=NAME)
    if NAME in request.query:
        raise refusals.NOT_IMPLEMENTED(f"The parameter {NAME} is not implemented yet.")


def refuse_traffic_limit(request: Request) -> None:
    """Refuse `NotImplemented` for a copy or a part; an empty header asks for nothing."""
    if request.headers.get(NAME) or NAME in request.query:
        raise refusals.NOT_IMPLEMENTED(f"{NAME} is not implemented yet.")
