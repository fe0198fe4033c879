"""Which dialect a request speaks, by what stands in its head. A form says so in its fields."""

from __future__ import annotations

from collections.abc import Iterator

from pillarbox.model import refusals
from pillarbox.model.dialects import OSS, S3, Dialect
from pillarbox.signing.header_v1 import Pairs
from pillarbox.signing.s3_canonical_request import ADDED_ON_THE_WAY

_SHOWN = 128

# What SDKs of S3 add of their own, signed or not.
_SDK_PREFIX = "amz-sdk-"


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
    of_oss = next(_names_of(OSS, headers, query), None)
    of_s3 = next(_names_of(S3, headers, query), None)
    if of_oss is not None and of_s3 is not None:
        raise refusals.INVALID_ARGUMENT(
            f"A request speaks OSS or S3, not both: '{of_oss}' belongs to OSS, '{of_s3}' to S3.",
            ArgumentName=of_s3,
        )
    return OSS if of_s3 is None else S3


def _names_of(dialect: Dialect, headers: Pairs, query: Pairs) -> Iterator[str]:
    """The names of what only this dialect has; of the header Authorization the scheme."""
    for raw_name, value in headers:
        name = raw_name.lower()
        if name == b"authorization":
            scheme = value.strip().partition(b" ")[0].decode("latin-1")
            if _is_scheme(dialect, scheme):
                yield scheme[:_SHOWN]
        elif name not in ADDED_ON_THE_WAY and _is_header(dialect, shown := _text(name)):
            yield shown
    for name, _ in query:
        shown = _text(name)
        if shown == dialect.access_key_field or shown.lower().startswith(dialect.prefix):
            yield shown


def _is_scheme(dialect: Dialect, scheme: str) -> bool:
    # `AWS4-ECDSA-P256-SHA256` and `OSS2` are the dialect's too, though refused.
    return scheme.startswith(dialect.v1_scheme)


def _is_header(dialect: Dialect, name: str) -> bool:
    return name.startswith(dialect.prefix) or (dialect is S3 and name.startswith(_SDK_PREFIX))


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")[:_SHOWN]
