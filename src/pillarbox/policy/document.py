"""The post policy as a document: from the form field `policy` to a checked `PostPolicy`.

The field is the standard base64 of UTF-8 JSON (OSS: "PostObject", policy; "PostObject errors",
EC 0006-00000201 to 0006-00000224). The signature covers the field's text, not the document, so
nothing of what is read here is ever encoded again to verify it.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce

from pillarbox.model.limits import MAX_FIELD_VALUE_SIZE
from pillarbox.model.refusals import INVALID_POLICY, Refusal
from pillarbox.policy.condition_reader import read_condition
from pillarbox.policy.conditions import Condition, ContentLengthRange, FieldCondition
from pillarbox.policy.excerpt import excerpt
from pillarbox.policy.json_reader import JsonError, JsonValue, read_json, spell
from pillarbox.policy.rules import OSS_POLICY, PolicyRules
from pillarbox.policy.size_range import SizeRange

#: OSS names no limit; more conditions than this is a flood, not a policy.
MAX_CONDITIONS = 1000

_MOMENT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?Z"
)
_JSON_WHITESPACE = " \t\n\r"


@dataclass(frozen=True, slots=True)
class PostPolicy:
    """A policy that was read and found well-formed; immutable, so it may be cached and shared.

    Attributes:
        expiration: UTC; a form must arrive before this moment.
        conditions: in the order of the document.
        size_range: the file sizes that every content-length-range allows.
        covered: lower-case names of the fields that conditions name.
        text: the JSON, decoded.
    """

    expiration: datetime
    conditions: tuple[Condition, ...]
    size_range: SizeRange
    covered: frozenset[str]
    text: str


def read_policy(field: str | bytes, rules: PolicyRules = OSS_POLICY) -> PostPolicy:
    """The policy in a form's field `policy`, by the rules of the form's dialect.

    CR and LF around the base64 are tolerated. Raises the refusal `InvalidPolicyDocument`, and
    nothing else, for whatever is wrong with the field.
    """
    text = _decode(field)
    document = _read_object(text)
    if "conditions" not in document:
        raise _refuse("Policy missing conditions.", "0006-00000209")
    if "expiration" not in document:
        raise _refuse("Policy missing expiration.", "0006-00000208")
    for name in document:
        if name not in ("expiration", "conditions"):
            raise _refuse(f'Unexpected: "{name}"')
    expiration = _read_expiration(document["expiration"])
    conditions = _read_conditions(document["conditions"], rules)
    ranges = [entry.sizes for entry in conditions if isinstance(entry, ContentLengthRange)]
    return PostPolicy(
        expiration,
        conditions,
        reduce(SizeRange.intersect, ranges, SizeRange()),
        frozenset(entry.name for entry in conditions if isinstance(entry, FieldCondition)),
        text,
    )


def _decode(field: str | bytes) -> str:
    if len(field) > MAX_FIELD_VALUE_SIZE:
        raise _refuse(f"policy longer than {MAX_FIELD_VALUE_SIZE} bytes.")
    try:
        encoded = field.encode() if isinstance(field, str) else field
        encoded = encoded.strip(b"\r\n")
        decoded = base64.b64decode(encoded)
    except ValueError:
        raise _refuse("invalid Base64 encoding.", "0006-00000202") from None
    # The standard decoder skips foreign characters and lets surplus padding pass.
    if base64.b64encode(decoded) != encoded:
        raise _refuse("invalid Base64 encoding.", "0006-00000202")
    try:
        return decoded.decode()
    except UnicodeDecodeError:
        raise _refuse("Invalid JSON.", "0006-00000203") from None


def _read_object(text: str) -> dict[str, JsonValue]:
    start = text.lstrip(_JSON_WHITESPACE)
    if not start:
        raise _refuse("Expecting '{' but found End-of-Input", "0006-00000205")
    try:
        document = read_json(text)
    except JsonError as error:
        raise _refuse(str(error), "0006-00000204") from None
    if not isinstance(document, dict):
        raise _refuse(f"Expecting '{{' but found '{start[0]}'")
    return document


def _read_expiration(value: JsonValue) -> datetime:
    """A moment in ISO 8601 that ends in `Z`, with up to nine digits of a second's fraction.

    Digits behind the microseconds are cut off, not rounded: rounding up would grant time that
    the signer did not.
    """
    if not isinstance(value, str):
        raise _refuse_expiration(spell(value), "0006-00000210")
    if not value:
        raise _refuse_expiration(value, "0006-00000211")
    match = _MOMENT.fullmatch(value)
    if match is None:
        raise _refuse_expiration(value, "0006-00000212")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    microsecond = int(((match[7] or "") + "000000")[:6])
    try:
        return datetime(year, month, day, hour, minute, second, microsecond, tzinfo=UTC)
    except ValueError:
        raise _refuse_expiration(value, "0006-00000212") from None


def _read_conditions(value: JsonValue, rules: PolicyRules) -> tuple[Condition, ...]:
    if not isinstance(value, list):
        raise _refuse("Invalid 'conditions' value: must be a List.", "0006-00000214")
    if not value:
        # The text speaks of another flaw, but OSS's documents tie it to the empty list.
        raise _refuse(
            "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.",
            "0006-00000215",
        )
    if len(value) > MAX_CONDITIONS:
        raise _refuse(
            f"Invalid 'conditions' value: {len(value)} conditions, at most {MAX_CONDITIONS}."
        )
    return tuple(read_condition(entry, rules) for entry in value)


def _refuse(flaw: str, ec: str | None = None) -> Refusal:
    """The refusal of a flawed policy; flaws for which OSS has no number share the general one."""
    return INVALID_POLICY(excerpt(f"Invalid Policy: {flaw}"), ec=ec)


def _refuse_expiration(found: str, ec: str) -> Refusal:
    return _refuse(f"Invalid 'expiration' value: '{found}'", ec)
