"""The conditions of a form's policy, and the proof that the form itself keeps them.

Everything that a form fixes, its policy fixes too: the bucket always, then the key, the size, the
types and each field with a value of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pillarbox.forms.fields import FILENAME_VARIABLE, FilePart, SubmittedForm
from pillarbox.model.limits import MAX_FILE_SIZE
from pillarbox.model.names import check_key as check_object_key
from pillarbox.model.names import has_control_characters
from pillarbox.model.refusals import Refusal
from pillarbox.policy import (
    ConditionEntry,
    FieldCondition,
    PostPolicy,
    judge,
    read_policy,
)

_TYPE = "content-type"


def literal(value: str) -> str:
    """`value` as a condition writes it: `$` marks a variable there, a plain one is `\\$`."""
    return value.replace("$", "\\$")


def key_prefix_of(key: str) -> str | None:
    """What a key must begin with, where the visitor chooses the rest; None for a key as a whole."""
    prefix = key.removesuffix(FILENAME_VARIABLE)
    return None if prefix == key else prefix


def key_condition(key: str) -> ConditionEntry:
    """The condition on the key, which sees it before `${filename}` is replaced."""
    prefix = key_prefix_of(key)
    if prefix is not None:
        return ["starts-with", "$key", literal(prefix)]
    return ["eq", "$key", literal(key)]


def size_conditions(low: int, high: int | None) -> Iterator[ConditionEntry]:
    """The condition on the file's size in bytes, none for any size."""
    if high is not None or low:
        yield ["content-length-range", low, MAX_FILE_SIZE if high is None else high]


def type_conditions(types: tuple[str, ...]) -> Iterator[ConditionEntry]:
    """The condition on the file's type, none for any type."""
    match types:
        case ():
            pass
        case (one,) if one.endswith("/*"):
            yield ["starts-with", f"${_TYPE}", literal(one[:-1])]
        case (one,):
            yield ["eq", f"${_TYPE}", literal(one)]
        case several:
            yield ["in", f"${_TYPE}", [literal(one) for one in several]]


def field_conditions(fields: Iterable[tuple[str, str]]) -> Iterator[ConditionEntry]:
    """A condition for each field that has a value: that it keeps it.

    None for an empty one: stores are not known to agree on whether it is there.
    """
    for name, value in fields:
        if value:
            yield ["eq", f"${name}", literal(value)]


def check_key(key: str) -> None:
    """ValueError for a key that can't name an object."""
    try:
        check_object_key(key)
    except Refusal as refusal:
        raise ValueError(
            f"the key {key[:80]!r} can't name an object: {refusal.message} "
            "Give 1 to 1023 bytes that begin with neither / nor a backslash"
        ) from None


def check_sizes(low: int, high: int | None) -> None:
    """ValueError for sizes that no form can carry, or that no file has."""
    if low < 0 or low > MAX_FILE_SIZE:
        raise ValueError(f"the least size {low} is not between 0 and {MAX_FILE_SIZE} bytes")
    if high is None:
        return
    if high > MAX_FILE_SIZE:
        raise ValueError(
            f"the largest size {high} is over the {MAX_FILE_SIZE} bytes (5 GiB) that a form can "
            "carry: give less, or leave it out"
        )
    if high < low:
        raise ValueError(f"the largest size {high} is under the least size {low}: swap them")


def check_content_types(types: tuple[str, ...]) -> None:
    """ValueError for what is no type, or for several that no one condition can hold."""
    if isinstance(types, str):
        raise ValueError(f"the content types are one text, {types!r}: write ({types!r},)")
    for type_ in types:
        if not type_ or has_control_characters(type_) or "/" not in type_:
            raise ValueError(f"the content type {type_!r} is none: write it like image/png")
        if "*" in type_ and (type_.count("*") > 1 or not type_.endswith("/*") or type_[0] == "*"):
            raise ValueError(f"the content type {type_!r} has a * that isn't like that of image/*")
        if "*" in type_ and len(types) > 1:
            raise ValueError(
                f"the content type {type_!r} can't stand beside others, for every condition must "
                "hold: list the types one by one"
            )


def check_kept(
    encoded: str, fields: Mapping[str, str], bucket: str, types: tuple[str, ...]
) -> tuple[FieldCondition, ...]:
    """Prove that a form keeps its own policy, by the store's own rules.

    Args:
        encoded: the policy as the form carries it.
        types: that the form allows, none meaning any.

    Returns:
        The conditions on fields that the form doesn't have, which a page has to add.

    Raises:
        ValueError: a condition is none, or no upload by this form can keep it.
    """
    try:
        policy = read_policy(encoded)
    except Refusal as refusal:
        raise ValueError(f"the policy is none: {refusal.message} Mend the conditions") from None
    sizes = policy.size_range
    if sizes.maximum is not None and sizes.maximum < sizes.minimum:
        raise ValueError(
            f"no size fits all size conditions: at least {sizes.minimum} and at most "
            f"{sizes.maximum} bytes"
        )
    _check_types_kept(policy, types)
    form = SubmittedForm.of(fields.items(), FilePart())
    added = []
    for verdict in judge(policy, form.condition_values(bucket)):
        condition = verdict.condition
        if verdict.passed or condition.name == _TYPE:
            continue
        if verdict.received is not None:
            raise ValueError(
                f"the form's own {condition.field} {verdict.received[:200]!r} does not keep "
                f"the condition {condition.render()[:400]}: change one of them"
            )
        added.append(condition)
    return tuple(added)


def _check_types_kept(policy: PostPolicy, types: tuple[str, ...]) -> None:
    exact = [one for one in types if not one.endswith("/*")]
    conditions = [
        one for one in policy.conditions if isinstance(one, FieldCondition) and one.name == _TYPE
    ]
    if exact and not any(all(one.matches(type_) for one in conditions) for type_ in exact):
        raise ValueError(
            f"none of the content types {', '.join(types)} keeps all conditions: "
            f"{', '.join(one.render() for one in conditions)[:400]}"
        )
