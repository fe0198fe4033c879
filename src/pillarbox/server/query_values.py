"""Values of query parameters that page through listings, checked."""

from __future__ import annotations

from pillarbox.model import refusals
from pillarbox.model.limits import MAX_KEY_SIZE
from pillarbox.server.request import Request
from pillarbox.wire_xml.key_encoding import KeyEncoding

#: More than any page holds, and than S3 takes for a number (32 bits).
_MOST_ASKED = 2**31 - 1


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
    is_number = text.isascii() and text.isdigit() and len(text) <= max(6, len(str(most)))
    if not (is_number and least <= int(text) <= most):
        raise refusals.INVALID_ARGUMENT(ArgumentName=name, ArgumentValue=text[:128])
    return int(text)


def page_size(request: Request, name: str, most: int, *, usual: int | None = None) -> int:
    """How many entries a page of a listing holds, from 1, or from 0 where `usual` is given.

    OSS refuses more than `most`; S3 gives as many, and `most` too where nothing is said
    (S3: "ListObjectsV2", max-keys).

    Raises:
        Refusal: `InvalidArgument` for what is no such number.
    """
    least = 1 if usual is None else 0
    if not request.rules.caps_pages:
        return bounded_number(request, name, most, least=least, usual=usual)
    return min(bounded_number(request, name, _MOST_ASKED, least=0, usual=most), most)


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

    In S3 `/` stays: of a list in the first version boto3 hands on the prefix as it finds it.

    Raises:
        Refusal: `InvalidArgument` for another type than `url`.
    """
    match request.query.get("encoding-type"):
        case None | "":
            return KeyEncoding()
        case "url":
            return KeyEncoding(is_url=True, keeps=request.dialect.kept_in_keys)
        case other:
            raise refusals.INVALID_ARGUMENT(ArgumentName="encoding-type", ArgumentValue=other[:128])
