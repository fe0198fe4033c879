"""How keys are written in answers: the query parameter `encoding-type`."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from pillarbox.model import refusals
from pillarbox.server.request import Request

Encode = Callable[[bytes], str]


def key_encoding(request: Request) -> Encode | None:
    """Percent-encodes keys if the request says `encoding-type=url`; None to leave them as they are.

    Raises:
        Refusal: `InvalidArgument` for another type.
    """
    match request.query.get("encoding-type"):
        case None | "":
            return None
        case "url":
            return lambda text: quote(text, safe="")
        case other:
            raise refusals.INVALID_ARGUMENT(ArgumentName="encoding-type", ArgumentValue=other[:128])
