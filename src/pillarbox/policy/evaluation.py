"""A form against its policy: expiry, coverage, conditions, sizes.

Everything but the size can be told before the first byte of the file (OSS: "PostObject errors",
EC 0006-00000213 and 0006-00000226 to 0006-00000228, 0006-00000003 and 0006-00000004).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pillarbox.model.names import fold_field_name
from pillarbox.model.refusals import (
    ACCESS_DENIED,
    ENTITY_TOO_LARGE,
    ENTITY_TOO_SMALL,
    Refusal,
)
from pillarbox.policy.conditions import FieldCondition
from pillarbox.policy.document import PostPolicy
from pillarbox.policy.excerpt import excerpt
from pillarbox.policy.size_range import SizeRange

#: The child `Received` of a refusal when the form lacks the field.
ABSENT = "(the form has no such field)"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one condition says of a form.

    Attributes:
        received: the field's value, or None if the form lacks the field.
    """

    condition: FieldCondition
    received: str | None
    passed: bool


def check_expiry(policy: PostPolicy, now: datetime) -> None:
    """Refuse `AccessDenied` unless `now` (aware) lies before the expiration."""
    if now >= policy.expiration:
        refusal = ACCESS_DENIED(
            "Invalid according to Policy: Policy expired.",
            ec="0006-00000213",
            Expected=f"a form before {_shown(policy.expiration)}",
            Received=f"a form at {_shown(now)}",
        )
        refusal.hint = (
            f"The policy expired at {policy.expiration.isoformat()} and it is {now.isoformat()}. "
            "Sign a new one; write its expiration in UTC, not in local time with a Z."
        )
        raise refusal


def check_coverage(policy: PostPolicy, required: Iterable[str]) -> None:
    """Refuse `AccessDenied` if no condition names one of the fields `required`, in any case.

    Which fields a form must cover is the caller's to say: OSS asks it of three of the V4
    signature ("POST V4 signature"), stricter buckets of more, S3 of all.
    """
    for name in required:
        if fold_field_name(name) not in policy.covered:
            raise _uncovered(name)


def check_strict_coverage(policy: PostPolicy | None, names: Sequence[str]) -> None:
    """Refuse `AccessDenied` for a field that a strict bucket wants named; no policy names none."""
    if policy is not None:
        check_coverage(policy, names)
    elif names:
        raise _uncovered(names[0])


def judge(policy: PostPolicy, values: Mapping[str, str]) -> tuple[Verdict, ...]:
    """Every condition but the size ranges, in the order of the document.

    `values` maps the lower-case name of a field to the value that conditions see: under `bucket`
    the bucket addressed, under `content-type` the effective type, under `key` the key before
    `${filename}` is expanded.
    """
    return tuple(
        Verdict(condition, received, condition.matches(received))
        for condition, received in _asked(policy, values)
    )


def check_conditions(policy: PostPolicy, values: Mapping[str, str]) -> None:
    """Refuse `AccessDenied` for the first condition that does not hold; `values` as for `judge`.

    The refusal has the children Condition, Expected and Received, cut to what fits.
    """
    for condition, received in _asked(policy, values):
        if not condition.matches(received):
            raise _refusal_of(condition, received)


def check_size_ceiling(sizes: SizeRange, size: int) -> None:
    """Refuse `EntityTooLarge` if `size` bytes, counted so far, exceed the maximum."""
    if sizes.maximum is not None and size > sizes.maximum:
        raise ENTITY_TOO_LARGE(
            ProposedSize=str(size),
            MaxSizeAllowed=str(sizes.maximum),
            **_condition(sizes.ceiling),
            Expected=f"at most {sizes.maximum} bytes",
            Received=f"at least {size} bytes",
        )


def check_size_floor(sizes: SizeRange, size: int) -> None:
    """Refuse `EntityTooSmall` if a complete file of `size` bytes is under the minimum."""
    if size < sizes.minimum:
        raise ENTITY_TOO_SMALL(
            ProposedSize=str(size),
            MinSizeAllowed=str(sizes.minimum),
            **_condition(sizes.floor),
            Expected=f"at least {sizes.minimum} bytes",
            Received=f"{size} bytes",
        )


def _condition(shown: str) -> dict[str, str]:
    """The child Condition, which a limit of the store's own doesn't have."""
    return {"Condition": shown} if shown else {}


def _shown(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _uncovered(name: str) -> Refusal:
    """The value of the field is not shown: one that was not meant to be sent may be a secret."""
    shown = excerpt(name)
    return ACCESS_DENIED(
        f"Invalid according to Policy: Extra input fields: {shown}",
        ec="0006-00000228",
        Expected=excerpt(f'a condition on the field, such as ["eq", "${name}", "…"]'),
        Received="the field, which no condition names",
    )


def _asked(
    policy: PostPolicy, values: Mapping[str, str]
) -> Iterator[tuple[FieldCondition, str | None]]:
    """Each condition on a field, and the value that it sees."""
    for condition in policy.conditions:
        if isinstance(condition, FieldCondition):
            yield condition, values.get(condition.name)


def _refusal_of(condition: FieldCondition, received: str | None) -> Refusal:
    shown = excerpt(condition.render())
    return ACCESS_DENIED(
        f"Invalid according to Policy: Policy Condition failed: {shown}",
        ec="0006-00000226" if received is None else "0006-00000227",
        Condition=shown,
        Expected=excerpt(condition.expected()),
        Received=ABSENT if received is None else excerpt(received),
    )
