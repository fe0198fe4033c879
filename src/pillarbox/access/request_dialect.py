"""Which dialect a request speaks, by what stands in its head. A form says so in its fields."""

from __future__ import annotations

from collections.abc import Iterator

from pillarbox.model import refusals
from pillarbox.model.dialects import OSS, S3, Dialect
from pillarbox.signing.header_v1 import Pairs
from pillarbox.signing.s3_canonical_request import ADDED_ON_THE_WAY

_SHOWN = 128

#: Of headers; `amz-sdk-` is what SDKs of S3 add of their own, signed or not.
_PREFIXES = {
    OSS.prefix.encode("ascii"): OSS,
    S3.prefix.encode("ascii"): S3,
    b"amz-sdk-": S3,
}
_ANY_PREFIX = tuple(_PREFIXES)


def request_dialect(headers: Pairs, query: Pairs) -> Dialect:
    """The dialect of a request: S3 if anything in its head is S3's, else OSS.

    S3's are the schemes `AWS` and `AWS4-…` of the header Authorization, the parameters
    `AWSAccessKeyId` and `x-amz-*`, and the headers `x-amz-*` and `amz-sdk-*`; those of OSS are
    its counterparts. The parameters `Expires` and `Signature` belong to both.

    Args:
        headers: names in any case, raw values.
        query: decoded.

    Raises:
        Refusal: `InvalidArgument` for a request that has something of each. One dialect's
            signature doesn't cover the other's headers, so that anybody could have added them.
    """
    found: dict[str, str] = {}
    for dialect, shown in _signs(headers, query):
        found.setdefault(dialect.name, shown)
    of_oss, of_s3 = found.get(OSS.name), found.get(S3.name)
    if of_oss is not None and of_s3 is not None:
        raise refusals.INVALID_ARGUMENT(
            f"A request speaks OSS or S3, not both: '{of_oss}' belongs to OSS, '{of_s3}' to S3.",
            ArgumentName=of_s3,
        )
    return OSS if of_s3 is None else S3


def _signs(headers: Pairs, query: Pairs) -> Iterator[tuple[Dialect, str]]:
    """What only one dialect has, by name; of the header Authorization the scheme."""
    for raw_name, value in headers:
        name = raw_name.lower()
        if name.startswith(_ANY_PREFIX) and name not in ADDED_ON_THE_WAY:
            yield next(_PREFIXES[one] for one in _ANY_PREFIX if name.startswith(one)), _text(name)
        elif name == b"authorization":
            scheme = value.strip().partition(b" ")[0].decode("latin-1")
            # `AWS4-ECDSA-P256-SHA256` and `OSS2` are the dialect's too, though refused.
            for dialect in (OSS, S3):
                if scheme.startswith(dialect.v1_scheme):
                    yield dialect, scheme[:_SHOWN]
    for raw_name, _ in query:
        shown = _text(raw_name)
        for dialect in (OSS, S3):
            if shown == dialect.access_key_field or shown.lower().startswith(dialect.prefix):
                yield dialect, shown


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")[:_SHOWN]
