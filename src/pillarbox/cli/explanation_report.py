"""A report as text for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pillarbox.forms.explanation import Outcome
from pillarbox.forms.report import Report, ReportedPolicy
from pillarbox.model.plain_text import plain

_MARKS = {
    Outcome.PASSED: "ok",
    Outcome.REFUSED: "REFUSED",
    Outcome.UNKNOWN: "?",
    Outcome.STRICT: "strict",
}
_WIDTH = 14


def report_text(report: Report, origin: Mapping[str, str] | None = None) -> str:
    """Verdict, fields, policy, conditions, signature and steps; control characters escaped.

    Args:
        origin: what is known of the request that brought the form, by name.
    """
    lines = [_verdict(report)]
    lines += _members("Request", origin)
    if report.fields or report.late_fields:
        late = (f"{name} (behind the file)" for name in report.late_fields)
        order = [*report.fields, "the file", *late]
        lines += ["", "Fields in order", f"  {', '.join(map(plain, order))}"]
    if report.policy is not None:
        lines += ["", "Policy", *(f"  {plain(text)}" for text in _policy_lines(report.policy))]
    if report.conditions:
        lines += ["", "Conditions"]
    for found in report.conditions:
        lines.append(f"  {_MARKS[found.outcome]:<8} {plain(found.condition)}")
        lines.append(f"{'':11}expected {plain(found.expected)}")
        if found.outcome is not Outcome.UNKNOWN:
            received = "nothing" if found.received is None else plain(found.received)
            lines.append(f"{'':11}received {received}")
    lines += _members("Signature", report.signature)
    lines += ["", "Steps, in the order of the server"]
    lines += [
        f"  {_MARKS[step.outcome]:<8} {step.name:<{_WIDTH}} {plain(step.text)}"
        for step in report.steps
    ]
    return "\n".join(lines)


def report_json(report: Report, origin: Mapping[str, str] | None = None) -> str:
    """All that the text says, as one object."""
    document: dict[str, Any] = {} if origin is None else {"request": dict(origin)}
    return json.dumps(document | report.document(), indent=2)


def _verdict(report: Report) -> str:
    refusal = report.refusal
    if refusal is not None:
        ec = "" if refusal.ec is None else f", EC {refusal.ec}"
        return plain(f"REFUSE: {refusal.status} {refusal.code}{ec}: {refusal.message}")
    open_ = [step.name for step in report.steps if step.outcome is Outcome.UNKNOWN]
    return f"ACCEPT, but not judged: {', '.join(open_)}" if open_ else "ACCEPT"


def _policy_lines(policy: ReportedPolicy) -> list[str]:
    if policy.text is None:
        return [f"good until {policy.expiration}; its text is not kept"]
    return policy.text.splitlines()


def _members(title: str, members: Mapping[str, str] | None) -> list[str]:
    if not members:
        return []
    return ["", title, *(f"  {name}: {plain(text)}" for name, text in members.items())]
