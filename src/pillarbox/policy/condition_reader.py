"""From one entry of a policy's `conditions` to a `Condition`.

An entry is an object with exactly one member, which is an `eq`, or a list of operator, field and
argument (`content-length-range`: operator, minimum, maximum). Operators are read without regard
to case, the `$` before a field's name may be missing (OSS: "PostObject", EC pages 0006-00000216
to 0006-00000224).
"""

from __future__ import annotations

from collections.abc import Callable

from pillarbox.model.names import fold_field_name
from pillarbox.model.refusals import INVALID_POLICY, Refusal
from pillarbox.policy.conditions import (
    Condition,
    ContentLengthRange,
    Equals,
    FieldCondition,
    In,
    NotIn,
    StartsWith,
)
from pillarbox.policy.excerpt import excerpt
from pillarbox.policy.json_reader import JsonValue, Number, spell
from pillarbox.policy.rules import OSS_POLICY, PolicyRules

#: Sizes are signed 64-bit numbers, as in every client that sends them.
MAX_SIZE_BOUND = 2**63 - 1

_RANGE = ContentLengthRange.operator


def read_condition(entry: JsonValue, rules: PolicyRules = OSS_POLICY) -> Condition:
    """The condition that an entry spells, or the refusal `InvalidPolicyDocument`."""
    if isinstance(entry, dict):
        return rules.of(_read_simple_condition(entry))
    if isinstance(entry, list):
        return rules.of(_read_list_condition(entry, rules))
    raise _refuse(f"Invalid condition {spell(entry)}: must be a List or Object.", "0006-00000222")


def _read_simple_condition(members: dict[str, JsonValue]) -> Equals:
    if len(members) != 1:
        raise _refuse(
            "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.",
            "0006-00000215",
        )
    [(name, value)] = members.items()
    if fold_field_name(name) == _RANGE:
        raise _refuse(f"Invalid Simple-Condition: {_RANGE} must be a List.", "0006-00000224")
    if not isinstance(value, str):
        raise _refuse("Invalid Simple-Condition: value must be a string.", "0006-00000224")
    return Equals(_field_name("Simple-Condition", name), value)


def _read_list_condition(entry: list[JsonValue], rules: PolicyRules) -> Condition:
    operation = entry[0] if entry else None
    if not isinstance(operation, str) or operation.startswith("$"):
        raise _refuse("Invalid Condition: missing operation identifier.", "0006-00000216")
    operator = fold_field_name(operation)
    read = _READERS.get(operator) if operator in rules.operators else None
    if read is None:
        raise _refuse(f"Invalid Condition: unknown operation '{operation}'.", "0006-00000217")
    if len(entry) != 3:
        raise _refuse(f"Invalid {operator}: wrong number of arguments.", "0006-00000218")
    condition = read(operator, entry[1], entry[2])
    if isinstance(condition, FieldCondition):
        _check_bucket_is_whole(condition)
    return condition


def _check_bucket_is_whole(condition: FieldCondition) -> None:
    """OSS: "PostObject", conditions: `bucket` is matched exactly, so a policy is for one bucket."""
    if condition.name == "bucket" and not isinstance(condition, Equals):
        raise _refuse(f"Invalid {condition.operator}: bucket must match exactly.")


def _read_equals(operator: str, field: JsonValue, argument: JsonValue) -> FieldCondition:
    return Equals(_field_name(operator, field), _text(operator, argument))


def _read_starts_with(operator: str, field: JsonValue, argument: JsonValue) -> FieldCondition:
    return StartsWith(_field_name(operator, field), _text(operator, argument))


def _read_in(operator: str, field: JsonValue, argument: JsonValue) -> FieldCondition:
    return In(_field_name(operator, field), _texts(operator, argument))


def _read_not_in(operator: str, field: JsonValue, argument: JsonValue) -> FieldCondition:
    return NotIn(_field_name(operator, field), _texts(operator, argument))


def _read_range(operator: str, low: JsonValue, high: JsonValue) -> ContentLengthRange:
    minimum, maximum = _bound(operator, low), _bound(operator, high)
    if maximum < minimum:
        raise _refuse(
            f"Invalid {operator}: max {maximum} is less than min {minimum}.", "0006-00000219"
        )
    return ContentLengthRange(minimum, maximum)


_READERS: dict[str, Callable[[str, JsonValue, JsonValue], Condition]] = {
    Equals.operator: _read_equals,
    StartsWith.operator: _read_starts_with,
    In.operator: _read_in,
    NotIn.operator: _read_not_in,
    _RANGE: _read_range,
}


def _field_name(operator: str, field: JsonValue) -> str:
    name = field.removeprefix("$") if isinstance(field, str) else ""
    if not name:
        raise _refuse(
            f"Invalid {operator}: '{spell(field)}' is not the name of a field.", "0006-00000224"
        )
    return name


def _text(operator: str, argument: JsonValue) -> str:
    if not isinstance(argument, str):
        raise _refuse(f"Invalid {operator}: value must be a string.", "0006-00000224")
    return argument


def _texts(operator: str, argument: JsonValue) -> tuple[str, ...]:
    values = argument if isinstance(argument, list) else [None]
    texts = tuple(value for value in values if isinstance(value, str))
    if len(texts) < len(values):
        raise _refuse(f"Invalid {operator}: value must be a List of strings.", "0006-00000224")
    return texts


def _bound(operator: str, argument: JsonValue) -> int:
    """A size in bytes: a plain integer from 0 to 2^63 - 1, neither `1.0` nor `"1"` nor `-0`."""
    size = argument.natural() if isinstance(argument, Number) else None
    if size is None or size > MAX_SIZE_BOUND:
        raise _refuse(
            f"Invalid {operator}: '{spell(argument)}' is not an integer "
            f"from 0 to {MAX_SIZE_BOUND}.",
            "0006-00000221" if isinstance(argument, str | Number) else "0006-00000223",
        )
    return size


def _refuse(flaw: str, ec: str | None = None) -> Refusal:
    return INVALID_POLICY(excerpt(f"Invalid Policy: {flaw}"), ec=ec)
