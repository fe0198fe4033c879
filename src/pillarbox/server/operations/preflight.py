"""OptionObject: the CORS preflight (OSS: "OptionObject")."""

from __future__ import annotations

from pillarbox.model import refusals
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.cors_headers import cors_of, headers_of_rule
from pillarbox.server.request import Request
from pillarbox.server.service import Service

_NOT_MATCHED = "0003-00000602"


async def preflight(request: Request, service: Service) -> Answer:
    """Whether a page of another origin may send the request that it announces; unsigned."""
    origin = request.headers.get("origin")
    if not origin:
        raise refusals.CORS_BAD_REQUEST()
    method = request.headers.get("access-control-request-method")
    if not method:
        raise refusals.CORS_BAD_REQUEST(
            "Insufficient information. Request Access-Control-Request-Method header needed.",
            ec="0034-00000102",
        )
    configuration = cors_of(await service.bucket(request))
    if configuration is None:
        raise refusals.CORS_FORBIDDEN()
    asked = _asked_headers(request)
    rule = configuration.rule_for_preflight(origin, method, asked)
    if rule is None:
        raise refusals.CORS_FORBIDDEN(ec=_NOT_MATCHED)
    return answers.empty(200, headers_of_rule(configuration, rule, origin, asked))


def _asked_headers(request: Request) -> list[str]:
    """Names in Access-Control-Request-Headers; empty items say nothing (RFC 9110, 5.6.1)."""
    text = request.headers.get("access-control-request-headers") or ""
    return [name for item in text.split(",") if (name := item.strip())]
