"""An explanation in plain texts: what a command prints and a server keeps.

As a document it is one JSON object, the same for both::

    {"verdict": "refuse",
     "refusal": {"code": "AccessDenied", "status": 403, "message": "…", "ec": "…", "details": {}},
     "fields": ["key", "policy"], "lateFields": ["submit"],
     "policy": {"text": "…", "expiration": "2030-01-01T12:00:00+00:00"},
     "conditions": [{"condition": "…", "expected": "…", "received": "…", "outcome": "refused"}],
     "signature": {"algorithm": "V1, HMAC-SHA1", "accessKeyId": "…"},
     "steps": [{"name": "fields", "outcome": "ok", "text": "…"}]}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from pillarbox.forms.explanation import ConditionFinding, Explanation, Outcome
from pillarbox.forms.submitted_signature import FormSignature, SignedV1, SignedV4
from pillarbox.model.dialects import Dialect
from pillarbox.model.refusals import Refusal


@dataclass(frozen=True, slots=True)
class ReportedRefusal:
    """The answer of a store that refuses: see `Refusal`."""

    code: str
    status: int
    message: str
    ec: str | None
    details: Mapping[str, str]

    @classmethod
    def of(cls, refusal: Refusal) -> Self:
        """The values of `refusal`, which itself is an exception."""
        return cls(
            refusal.code,
            int(refusal.status),
            refusal.message,
            refusal.ec,
            dict(refusal.details),
        )


@dataclass(frozen=True, slots=True)
class ReportedPolicy:
    """The policy.

    Attributes:
        text: the JSON, None where it isn't kept.
        expiration: in ISO 8601.
    """

    text: str | None
    expiration: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the judgement: see `Check`."""

    name: str
    outcome: Outcome
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """All that is told of a form.

    Attributes:
        refusal: the answer, None if the form is taken.
        fields, late_fields: names in order, before the file and behind it.
        signature: what the form bears, by the names of the document; None if it bears none.
    """

    refusal: ReportedRefusal | None
    fields: tuple[str, ...] = ()
    late_fields: tuple[str, ...] = ()
    policy: ReportedPolicy | None = None
    conditions: tuple[ConditionFinding, ...] = ()
    signature: Mapping[str, str] | None = None
    steps: tuple[Step, ...] = ()

    @classmethod
    def of(cls, explanation: Explanation, fields: Sequence[str], late: Sequence[str]) -> Self:
        """What `explanation` found of a form of these fields."""
        refusal, policy = explanation.answer, explanation.policy
        return cls(
            None if refusal is None else ReportedRefusal.of(refusal),
            tuple(fields),
            tuple(late),
            None if policy is None else ReportedPolicy(policy.text, policy.expiration.isoformat()),
            explanation.conditions,
            _signature_members(explanation.signature, explanation.dialect),
            tuple(Step(check.name, check.outcome, check.said) for check in explanation.checks),
        )

    def document(self) -> dict[str, Any]:
        """The report as values of JSON."""
        refusal, policy = self.refusal, self.policy
        return {
            "verdict": "accept" if refusal is None else "refuse",
            "refusal": None
            if refusal is None
            else {
                "code": refusal.code,
                "status": refusal.status,
                "message": refusal.message,
                "ec": refusal.ec,
                "details": dict(refusal.details),
            },
            "fields": list(self.fields),
            "lateFields": list(self.late_fields),
            "policy": None
            if policy is None
            else {"text": policy.text, "expiration": policy.expiration},
            "conditions": [
                {
                    "condition": found.condition,
                    "expected": found.expected,
                    "received": found.received,
                    "outcome": found.outcome.value,
                }
                for found in self.conditions
            ],
            "signature": None if self.signature is None else dict(self.signature),
            "steps": [
                {"name": step.name, "outcome": step.outcome.value, "text": step.text}
                for step in self.steps
            ],
        }

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> Self:
        """The report that `document` returned.

        Raises:
            ValueError: it is none.
        """
        try:
            refusal, policy = document["refusal"], document["policy"]
            return cls(
                None if refusal is None else ReportedRefusal(**refusal),
                tuple(document["fields"]),
                tuple(document["lateFields"]),
                None if policy is None else ReportedPolicy(**policy),
                tuple(
                    ConditionFinding(**(found | {"outcome": Outcome(found["outcome"])}))
                    for found in document["conditions"]
                ),
                document["signature"],
                tuple(
                    Step(step["name"], Outcome(step["outcome"]), step["text"])
                    for step in document["steps"]
                ),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"the document is no report: {error}") from None


def _signature_members(signature: FormSignature | None, dialect: Dialect) -> dict[str, str] | None:
    match signature:
        case SignedV1():
            return {
                "algorithm": f"{dialect.v1_name}, HMAC-SHA1",
                "accessKeyId": signature.access_key_id,
                "signature": signature.signature,
                "stringToSign": signature.policy,
            }
        case SignedV4():
            return {
                "algorithm": "V4, HMAC-SHA256",
                "credential": signature.credential,
                "date": signature.date,
                "signature": signature.signature,
                "stringToSign": signature.policy,
            }
    return None
