"""Where the policies of the dialects mean different things by the same text.

OSS: "PostObject", policy conditions. S3: "Creating a POST policy", condition matching.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pillarbox.model.dialects import OSS, S3, Dialect
from pillarbox.policy.conditions import (
    Condition,
    ContentLengthRange,
    Equals,
    In,
    NotIn,
    StartsWith,
)


@dataclass(frozen=True, slots=True)
class PolicyRules:
    """How the policies of one dialect are read.

    Attributes:
        operators: the ones that conditions may have, lower case.
        escapes_dollar: whether `\\$` in a condition stands for a plain `$`; else it is itself.
        lists_types: whether `starts-with` on Content-Type takes a value with commas for a list,
            each item of which must begin so.
    """

    operators: frozenset[str]
    escapes_dollar: bool
    lists_types: bool

    def of(self, condition: Condition) -> Condition:
        """The condition as this dialect means it."""
        if isinstance(condition, StartsWith):
            lists = self.lists_types and condition.name == "content-type"
            return replace(condition, escapes_dollar=self.escapes_dollar, lists=lists)
        if isinstance(condition, Equals):
            return replace(condition, escapes_dollar=self.escapes_dollar)
        return condition


_COMMON = {Equals.operator, StartsWith.operator, ContentLengthRange.operator}

OSS_POLICY = PolicyRules(
    operators=frozenset({*_COMMON, In.operator, NotIn.operator}),
    escapes_dollar=True,
    lists_types=False,
)
S3_POLICY = PolicyRules(operators=frozenset(_COMMON), escapes_dollar=False, lists_types=True)

_RULES = {OSS.name: OSS_POLICY, S3.name: S3_POLICY}


def policy_rules(dialect: Dialect) -> PolicyRules:
    """The rules of a dialect's policies."""
    return _RULES[dialect.name]
