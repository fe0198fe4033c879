"""The key that callbacks are signed with, for the sites that check them (`GET /-/callback.pem`)."""

from __future__ import annotations

from pillarbox.server.answers import Answer
from pillarbox.server.request import Request
from pillarbox.server.service import Service

#: A site may keep it for so many seconds.
_MAX_AGE = 3600


async def get_callback_key(request: Request, service: Service) -> Answer:  # noqa: ARG001
    """The public key of the store's callbacks, PEM, for anybody."""
    headers = [
        ("Content-Type", "application/x-pem-file"),
        ("Cache-Control", f"public, max-age={_MAX_AGE}"),
    ]
    return Answer(200, headers, service.messenger.public_pem)
