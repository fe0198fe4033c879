"""The fields of rightly signed forms: the root key's signature of any conditions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from tests.signing.vectors import KEY_ID, SECRET
from tests.wire.signatures import policy_field, v1_fields, v4_fields, v4_names

Sign = Callable[[], dict[str, str]]

#: Passes for any form; the first condition is there because a policy needs one.
ANYTHING: list[object] = [["starts-with", "$key", ""]]


def v1(*conditions: object) -> dict[str, str]:
    """A right V1 signature of a policy with these conditions."""
    return v1_fields(KEY_ID, SECRET, policy_field(conditions or ANYTHING))


def v4(*conditions: object, region: str = "cn-hangzhou") -> dict[str, str]:
    """A right V4 signature of a policy that covers what it has to, and these conditions."""
    names = v4_names(KEY_ID, datetime.now(UTC), region)
    covering = [{name: value} for name, value in names.items()]
    return v4_fields(names, SECRET, policy_field([*covering, *conditions]))
