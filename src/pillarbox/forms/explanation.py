"""What is found when a form is judged: the steps, the conditions, the answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pillarbox.forms.submitted_signature import FormSignature
from pillarbox.model.dialects import OSS, Dialect
from pillarbox.model.refusals import Refusal
from pillarbox.model.s3_refusals import worded
from pillarbox.policy import PostPolicy


class Outcome(StrEnum):
    """Of one step."""

    PASSED = "ok"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    #: It counts in a strict bucket only.
    STRICT = "strict"


@dataclass(frozen=True, slots=True)
class Check:
    """One step of the judgement.

    Attributes:
        said: what was found, a sentence.
        refusal: the server's answer, if this is the first step that failed.
    """

    name: str
    outcome: Outcome
    said: str
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class ConditionFinding:
    """One condition of the policy: what it expects and what the form has.

    Attributes:
        received: None if the form lacks the field, or there is nothing to look at.
    """

    condition: str
    expected: str
    received: str | None
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is to be said of a form.

    Attributes:
        policy: None if there is none that can be read.
        checks: in the server's order.
        conditions: in the policy's order.
        signature: what the form bears, None if that is unclear.
        dialect: in which the form is answered.
    """

    policy: PostPolicy | None
    checks: tuple[Check, ...]
    conditions: tuple[ConditionFinding, ...] = ()
    signature: FormSignature | None = None
    dialect: Dialect = OSS

    @property
    def refusal(self) -> Refusal | None:
        """Why the server would refuse the form, None if it would take it."""
        return next((check.refusal for check in self.checks if check.refusal is not None), None)

    @property
    def answer(self) -> Refusal | None:
        """The refusal as the server would word it."""
        refusal = self.refusal
        return None if refusal is None else worded(refusal, self.dialect)
