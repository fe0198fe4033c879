"""The date of an S3 request that is signed in its header (S3: "Authenticating Requests")."""

from __future__ import annotations

from datetime import datetime

from pillarbox.model import refusals, s3_refusals
from pillarbox.model.dialects import S3
from pillarbox.model.timestamps import parse_http_date
from pillarbox.signing import post_v4
from pillarbox.signing.header_v1 import Pairs


def request_date(headers: Pairs) -> datetime:
    """The moment, UTC, of `x-amz-date` if it is there, else of `Date`.

    Each may be `YYYYMMDDTHHMMSSZ` or an HTTP date: clients of V2 write the latter into both.

    Raises:
        Refusal: `AccessDenied` if there is none that can be read.
    """
    by_name = {name.lower(): value.strip() for name, value in reversed(headers)}
    text = (by_name.get(b"x-amz-date") or by_name.get(b"date", b"")).decode("latin-1")
    moment = parse_http_date(text)
    if moment is not None:
        return moment
    try:
        return post_v4.parse_date(text, S3)
    except refusals.Refusal:
        raise s3_refusals.SIGNATURE_NOT_ACCEPTED(
            "AWS authentication requires a valid Date or x-amz-date header"
        ) from None
