"""Values of query parameters that page through listings, checked."""

from __future__ import annotations

from pillarbox.model import refusals
from pillarbox.model.limits import MAX_KEY_SIZE
from pillarbox.server.request import Request
from pillarbox.wire_xml.key_encoding import KeyEncoding


def bounded_number(
    request: Request, name: str, most: int, *, least: int = 1, usual: int | None = None
) -> int:
    """A parameter that is a number; `usual` without it, or `most` if that is None.

    Raises:
        Refusal: `InvalidArgument` unless it is from `least` to `most`.
    """
    text = request.query.get(name)
    if not text:
        return most if usual is None else usual
    if not (text.isascii() and text.isdigit() and len(text) < 7 and least <= int(text) <= most):
        raise refusals.INVALID_ARGUMENT(ArgumentName=name, ArgumentValue=text[:128])
    return int(text)


def bounded_text(request: Request, name: str) -> bytes:
    """A parameter that is a key or part of one; empty without it.

    Raises:
        Refusal: `InvalidArgument` if it is longer than any key.
    """
    value = request.query.raw(name)
    if len(value) > MAX_KEY_SIZE:
        raise refusals.INVALID_ARGUMENT(
            f"The length of {name} must be less than 1024.", ArgumentName=name
        )
    return value


def key_encoding(request: Request) -> KeyEncoding:
    """How the answer shall write keys: the parameter `encoding-type`.

    Raises:
        Refusal: `InvalidArgument` for another type than `url`.
    """
    match request.query.get("encoding-type"):
        case None | "":
            return KeyEncoding()
        case "url":
            return KeyEncoding(is_url=True)
        case other:
            raise refusals.INVALID_ARGUMENT(ArgumentName="encoding-type", ArgumentValue=other[:128])
