"""The V4 signature of a form (OSS: "POST V4 signature").

The secret never signs by itself: a chain of HMACs makes from it a key that is good for one day,
one region and one service, and that key signs the policy field as it stands in the form. There is
no canonical request; the base64 text of the policy is the whole string to sign.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from pillarbox.model import refusals
from pillarbox.model.dialects import OSS, S3, Dialect
from pillarbox.model.limits import MAX_CLOCK_SKEW_SECONDS, MAX_POST_V4_AGE_SECONDS
from pillarbox.model.names import is_access_key_id

# "POST V4 signature" names both; read together they are a window around the form's date.
CLOCK_SKEW = timedelta(seconds=MAX_CLOCK_SKEW_SECONDS)
"""How far the signer's clock may run before ours."""
VALIDITY = timedelta(seconds=MAX_POST_V4_AGE_SECONDS)
"""How long after its date a form may be sent, whatever the policy's expiration says."""

_DAY = re.compile(r"[0-9]{8}")
_DATE = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_DAY_FORMAT = "%Y%m%d"
_DATE_FORMAT = "%Y%m%dT%H%M%SZ"

_EC_ACCESS_KEY_ID = "0002-00000708"
_EC_DATE = "0002-00000709"
_EC_LAYOUT = "0002-00000710"

# Refusals repeat what was sent; the XML has to stay under 4 KB.
_SHOWN = 256


@dataclass(frozen=True, slots=True)
class Scope:
    """What a V4 signature is good for.

    Attributes:
        access_key_id: whose secret signs.
        day: `YYYYMMDD`, UTC.
        region: such as `cn-hangzhou`.
    """

    access_key_id: str
    day: str
    region: str

    @classmethod
    def parse(cls, credential: str, dialect: Dialect) -> Self:
        """Read a credential field, `<id>/<YYYYMMDD>/<region>/oss/aliyun_v4_request` in OSS.

        Of S3's the refusal says which part is wrong (facts 11.4).

        Raises:
            Refusal: `InvalidArgument` with EC 0002-00000710 for a wrong layout, 708 for characters
                that no AccessKey id has, 709 for a day that is none.
        """
        parts = credential.split("/")
        if len(parts) != 5 or not parts[2]:
            raise _credential_refusal(credential, dialect, _EC_LAYOUT)
        access_key_id, day, region, service, terminator = parts
        if service != dialect.v4_service:
            raise _part_refusal(
                credential,
                dialect,
                f'incorrect service "{service[:_SHOWN]}". This endpoint belongs to '
                f'"{dialect.v4_service}".',
            )
        if terminator != dialect.v4_terminator:
            raise _part_refusal(
                credential,
                dialect,
                f'incorrect terminal "{terminator[:_SHOWN]}". This endpoint uses '
                f'"{dialect.v4_terminator}".',
            )
        if not is_access_key_id(access_key_id):
            raise _credential_refusal(credential, dialect, _EC_ACCESS_KEY_ID)
        if not is_day(day):
            raise _part_refusal(
                credential,
                dialect,
                f'incorrect date format "{day[:_SHOWN]}". This date in the credential must be in '
                'the format "yyyyMMdd".',
                _EC_DATE,
            )
        return cls(access_key_id, day, region)

    def render(self, dialect: Dialect) -> str:
        """The text of the credential field."""
        return "/".join(
            (
                self.access_key_id,
                self.day,
                self.region,
                dialect.v4_service,
                dialect.v4_terminator,
            )
        )


def signing_key(secret: str, scope: Scope, dialect: Dialect) -> bytes:
    """The key, 32 bytes, that signs everything within `scope`."""
    key = (dialect.v4_key_prefix + secret).encode("utf-8")
    for step in (scope.day, scope.region, dialect.v4_service, dialect.v4_terminator):
        key = hmac.digest(key, step.encode("utf-8"), "sha256")
    return key


def sign(secret: str, scope: Scope, policy_field: bytes, dialect: Dialect) -> str:
    """The signature field's value: lowercase hex of HMAC-SHA256 over the policy field's bytes."""
    return hmac.digest(signing_key(secret, scope, dialect), policy_field, "sha256").hex()


def parse_date(text: str, dialect: Dialect = OSS) -> datetime:
    """The moment, UTC, that a date field (`x-oss-date`) of the form `YYYYMMDDTHHMMSSZ` names.

    Raises:
        Refusal: `InvalidArgument`, EC 0002-00000709, for any other text.
    """
    if _DATE.fullmatch(text) is not None:
        try:
            return datetime.strptime(text, _DATE_FORMAT).replace(tzinfo=UTC)
        except ValueError:
            pass
    raise _date_refusal(text, dialect, "must be in the form of YYYYMMDDTHHMMSSZ.")


def render_date(moment: datetime) -> str:
    """`moment` (aware) as the text of a date field."""
    return moment.astimezone(UTC).strftime(_DATE_FORMAT)


def check_date(scope: Scope, date: datetime, now: datetime, dialect: Dialect = OSS) -> None:
    """Refuse a form whose date belongs to another day than its credential, or is too far from now.

    A form is good from 15 minutes before its date, for clocks differ, until 7 days after it, both
    ends included ("POST V4 signature"; the document gives both figures and no formula).

    Args:
        date: what the date field names (`parse_date`).
        now: aware.

    Raises:
        Refusal: `InvalidArgument`, EC 0002-00000709.
    """
    check_day(scope, date, dialect)
    text = render_date(date)
    if now < date - CLOCK_SKEW:
        raise _date_refusal(text, dialect, "is more than 15 minutes in the future.")
    if now > date + VALIDITY:
        raise _date_refusal(text, dialect, "is more than 7 days ago.")


def check_day(scope: Scope, date: datetime, dialect: Dialect = OSS) -> None:
    """Refuse a date (aware) of another day than the credential's.

    Raises:
        Refusal: `InvalidArgument`, EC 0002-00000709.
    """
    text = render_date(date)
    if text[:8] != scope.day:
        raise _date_refusal(text, dialect, f"must be on the day of the credential, {scope.day}.")


def check_region(scope: Scope, region: str | None, dialect: Dialect = OSS) -> None:
    """Refuse a credential of another region than the only one that is served; None for any.

    Raises:
        Refusal: `InvalidArgument`, EC 0002-00000710.
    """
    if region is not None and scope.region != region:
        raise refusals.INVALID_ARGUMENT(
            f"the region '{scope.region[:64]}' is wrong; expecting '{region}'",
            ec=_EC_LAYOUT,
            ArgumentName=dialect.field("credential"),
        )


def is_day(text: str) -> bool:
    """Whether `text` is a day of the calendar, `YYYYMMDD`."""
    if _DAY.fullmatch(text) is None:
        return False
    try:
        datetime.strptime(text, _DAY_FORMAT)
    except ValueError:
        return False
    return True


def _credential_refusal(credential: str, dialect: Dialect, ec: str) -> refusals.Refusal:
    expected = Scope("<YOUR-AKID>", "YYYYMMDD", "REGION").render(dialect)
    expected = expected.replace(f"/{dialect.v4_service}/", "/SERVICE/")
    return refusals.INVALID_ARGUMENT(
        f'the Credential is mal-formed; expecting "{expected}".',
        ec=ec,
        ArgumentName=dialect.field("credential"),
        ArgumentValue=credential[:_SHOWN],
    )


def _part_refusal(
    credential: str, dialect: Dialect, flaw: str, ec: str = _EC_LAYOUT
) -> refusals.Refusal:
    """Of one part of the credential, which S3 names and OSS does not."""
    refusal = _credential_refusal(credential, dialect, ec)
    if dialect is S3:
        refusal.message = flaw
    return refusal


def _date_refusal(text: str, dialect: Dialect, reason: str) -> refusals.Refusal:
    name = dialect.field("date")
    return refusals.INVALID_ARGUMENT(
        f"{name} {reason}", ec=_EC_DATE, ArgumentName=name, ArgumentValue=text[:_SHOWN]
    )
