"""The credential in an S3 V4 signature, `<id>/<YYYYMMDD>/<region>/s3/aws4_request`
(S3: "Authenticating Requests"; facts 11.4).

Header and URL refuse the same flaws under different codes, so each hands in how it refuses.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from pillarbox.model.dialects import S3
from pillarbox.model.refusals import Refusal
from pillarbox.signing import post_v4
from pillarbox.signing.post_v4 import Scope

# Refusals repeat what was sent; the XML has to stay under 4 KB.
_SHOWN = 64


class Refuse(Protocol):
    """Makes the refusal of a flaw, with XML children as keywords."""

    def __call__(self, flaw: str, /, **details: str) -> Refusal: ...


def parse_credential(credential: str, refuse: Refuse) -> Scope:
    """Read a credential.

    Raises:
        Refusal: what `refuse` makes of a wrong layout, day, service or terminator.
    """
    parts = credential.split("/")
    if len(parts) != 5 or not all(parts):
        raise refuse(
            "the Credential is mal-formed; expecting "
            f'"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/{S3.v4_terminator}".'
        )
    access_key_id, day, region, service, terminator = parts
    if not post_v4.is_day(day):
        raise refuse(
            f'incorrect date format "{day[:_SHOWN]}". This date in the credential must be in the '
            'format "yyyyMMdd".'
        )
    if service != S3.v4_service:
        raise refuse(
            f'incorrect service "{service[:_SHOWN]}". This endpoint belongs to "{S3.v4_service}".'
        )
    if terminator != S3.v4_terminator:
        raise refuse(
            f'incorrect terminal "{terminator[:_SHOWN]}". This endpoint uses "{S3.v4_terminator}".'
        )
    return Scope(access_key_id, day, region)


def check_region(scope: Scope, region: str | None, refuse: Refuse) -> None:
    """Refuse a credential of another region than the only one that is served; None for any.

    Raises:
        Refusal: what `refuse` makes of it. SDKs try again in the `Region` that it names.
    """
    if region is not None and scope.region != region:
        raise refuse(
            f"the region '{scope.region[:_SHOWN]}' is wrong; expecting '{region}'", Region=region
        )


def check_day(scope: Scope, date: datetime, refuse: Refuse) -> None:
    """Refuse a date (aware) of another day than the credential's.

    Raises:
        Refusal: what `refuse` makes of it.
    """
    day = post_v4.render_date(date)[:8]
    if day != scope.day:
        raise refuse(
            f'Invalid credential date "{scope.day}". This date is not the same as X-Amz-Date: '
            f'"{day}".'
        )
