"""The conditions of a post policy, one type an operator (OSS: "PostObject", policy conditions).

A condition on a field says which values it allows. `matches(None)` asks for a field that the
form does not have: only `not-in`, and `starts-with` with the empty prefix, let that pass.

`\\$` in a condition stands for a plain `$`, since `$` alone marks a variable. A value may match
the text as it stands or the text with each `\\$` turned into `$`; `not-in` excludes both. Not so in
the S3 dialect, see `rules.py`.
Values compare as whole, case-sensitive texts; field names without regard to case.
"""

from __future__ import annotations

import dataclasses
import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from pillarbox.model.names import fold_field_name
from pillarbox.policy.size_range import SizeRange

_json = json.JSONEncoder(ensure_ascii=False).encode


def undollared(text: str) -> str:
    """The second reading of a condition's text: each `\\$` is a plain `$`."""
    return text.replace("\\$", "$")


@dataclass(frozen=True, slots=True)
class FieldCondition(ABC):
    """A condition on one field of the form.

    Attributes:
        field: the field's name as the policy writes it, without the leading `$`.
        name: the same in lower case: the name under which values are looked up.
    """

    operator: ClassVar[str]

    field: str
    name: str = dataclasses.field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", fold_field_name(self.field))

    @abstractmethod
    def matches(self, value: str | None) -> bool:
        """Whether the condition allows `value`; None for a field that is absent."""

    @abstractmethod
    def argument(self) -> str | list[str]:
        """What stands behind the field in the condition."""

    @abstractmethod
    def expected(self) -> str:
        """What the condition asks for, as the child `Expected` of a refusal says it."""

    def render(self) -> str:
        """The condition as OSS shows it in messages: `["eq", "$bucket", "photos"]`."""
        return _json([self.operator, f"${self.field}", self.argument()])


@dataclass(frozen=True, slots=True)
class _TextCondition(FieldCondition):
    """A condition with one text as its argument.

    Attributes:
        escapes_dollar: whether `\\$` in the text may also be read as `$`.
        readings: the text, in all ways in which it may be read.
    """

    text: str
    escapes_dollar: bool = dataclasses.field(default=True, kw_only=True, repr=False)
    readings: tuple[str, ...] = dataclasses.field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        FieldCondition.__post_init__(self)  # `super()` knows nothing of a class with slots
        readings = (self.text, undollared(self.text)) if self.escapes_dollar else (self.text,)
        object.__setattr__(self, "readings", readings)

    def argument(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class _ListCondition(FieldCondition):
    """A condition with a list of texts as its argument."""

    texts: tuple[str, ...]

    def argument(self) -> list[str]:
        return list(self.texts)

    def _lists(self, value: str) -> bool:
        return value in self.texts or value in map(undollared, self.texts)


@dataclass(frozen=True, slots=True)
class Equals(_TextCondition):
    """`["eq", "$field", "text"]` or `{"field": "text"}`: the value is exactly this text."""

    operator: ClassVar[str] = "eq"

    def matches(self, value: str | None) -> bool:
        return value in self.readings

    def expected(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class StartsWith(_TextCondition):
    """`["starts-with", "$field", "prefix"]`; the empty prefix allows anything, absence too.

    Attributes:
        lists: whether a value with commas is a list, each item of which must begin so.
    """

    lists: bool = dataclasses.field(default=False, kw_only=True, repr=False)
    operator: ClassVar[str] = "starts-with"

    def matches(self, value: str | None) -> bool:
        # Absence begins with nothing but nothing, like the empty value.
        text = value or ""
        if not self.lists:
            return text.startswith(self.readings)
        return all(item.strip().startswith(self.readings) for item in text.split(","))

    def expected(self) -> str:
        return f"a value that starts with {_json(self.text)}"


@dataclass(frozen=True, slots=True)
class In(_ListCondition):
    """`["in", "$field", ["a", "b"]]`: the value is one of the list."""

    operator: ClassVar[str] = "in"

    def matches(self, value: str | None) -> bool:
        return value is not None and self._lists(value)

    def expected(self) -> str:
        return f"one of {_json(self.argument())}"


@dataclass(frozen=True, slots=True)
class NotIn(_ListCondition):
    """`["not-in", "$field", ["a", "b"]]`: the value is none of the list; absence is none."""

    operator: ClassVar[str] = "not-in"

    def matches(self, value: str | None) -> bool:
        return value is None or not self._lists(value)

    def expected(self) -> str:
        return f"none of {_json(self.argument())}"


@dataclass(frozen=True, slots=True)
class ContentLengthRange:
    """`["content-length-range", min, max]`: bounds of the file's size in bytes."""

    operator: ClassVar[str] = "content-length-range"

    minimum: int
    maximum: int

    @property
    def sizes(self) -> SizeRange:
        """The range as a `SizeRange`."""
        shown = self.render()
        return SizeRange(self.minimum, self.maximum, floor=shown, ceiling=shown)

    def render(self) -> str:
        """The condition as OSS shows conditions in messages."""
        return _json([self.operator, self.minimum, self.maximum])


Condition = FieldCondition | ContentLengthRange
