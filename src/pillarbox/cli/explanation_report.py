"""An explanation as text for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pillarbox.cli.plain_text import plain
from pillarbox.forms.explanation import Explanation, Outcome
from pillarbox.forms.fields import FormSignature, SignedV1, SignedV4

_MARKS = {
    Outcome.PASSED: "ok",
    Outcome.REFUSED: "REFUSED",
    Outcome.UNKNOWN: "?",
    Outcome.STRICT: "strict",
}
_WIDTH = 14


def report_text(explanation: Explanation, fields: Sequence[str], late: Sequence[str]) -> str:
    """Verdict, fields, policy, conditions, signature and steps; control characters escaped."""
    lines = [_verdict(explanation)]
    if fields or late:
        order = [*fields, "the file", *(f"{name} (behind the file)" for name in late)]
        lines += ["", "Fields in order", f"  {', '.join(map(plain, order))}"]
    if explanation.policy is not None:
        lines += ["", "Policy", *(f"  {plain(t)}" for t in explanation.policy.text.splitlines())]
    if explanation.conditions:
        lines += ["", "Conditions"]
    for found in explanation.conditions:
        lines.append(f"  {_MARKS[found.outcome]:<8} {plain(found.condition)}")
        lines.append(f"{'':11}expected {plain(found.expected)}")
        if found.outcome is not Outcome.UNKNOWN:
            received = "nothing" if found.received is None else plain(found.received)
            lines.append(f"{'':11}received {received}")
    lines += _signature_lines(explanation.signature)
    lines += ["", "Steps, in the order of the server"]
    lines += [
        f"  {_MARKS[check.outcome]:<8} {check.name:<{_WIDTH}} {plain(check.said)}"
        for check in explanation.checks
    ]
    return "\n".join(lines)


def report_json(explanation: Explanation, fields: Sequence[str], late: Sequence[str]) -> str:
    """All that the text says, as one object."""
    refusal = explanation.refusal
    policy = explanation.policy
    document: dict[str, Any] = {
        "verdict": "accept" if refusal is None else "refuse",
        "refusal": None,
        "fields": list(fields),
        "lateFields": list(late),
        "policy": None,
        "conditions": [
            {
                "condition": found.condition,
                "expected": found.expected,
                "received": found.received,
                "outcome": found.outcome.value,
            }
            for found in explanation.conditions
        ],
        "signature": _signature_members(explanation.signature),
        "steps": [
            {"name": check.name, "outcome": check.outcome.value, "text": check.said}
            for check in explanation.checks
        ],
    }
    if refusal is not None:
        document["refusal"] = {
            "code": refusal.code,
            "status": int(refusal.status),
            "message": refusal.message,
            "ec": refusal.ec,
            "details": refusal.details,
        }
    if policy is not None:
        document["policy"] = {"text": policy.text, "expiration": policy.expiration.isoformat()}
    return json.dumps(document, indent=2)


def _verdict(explanation: Explanation) -> str:
    refusal = explanation.refusal
    if refusal is not None:
        ec = "" if refusal.ec is None else f", EC {refusal.ec}"
        return plain(f"REFUSE: {int(refusal.status)} {refusal.code}{ec}: {refusal.message}")
    open_ = [check.name for check in explanation.checks if check.outcome is Outcome.UNKNOWN]
    return f"ACCEPT, but not judged: {', '.join(open_)}" if open_ else "ACCEPT"


def _signature_lines(signature: FormSignature | None) -> list[str]:
    members = _signature_members(signature)
    if members is None:
        return []
    return ["", "Signature", *(f"  {name}: {plain(text)}" for name, text in members.items())]


def _signature_members(signature: FormSignature | None) -> dict[str, str] | None:
    match signature:
        case SignedV1():
            return {
                "algorithm": "V1, HMAC-SHA1",
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
