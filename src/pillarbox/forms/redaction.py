"""What in a form is secret, and a report without it.

A report that is kept holds names of fields, and values as far as a condition names their field,
cut short. Never, wherever they stand:

    the AccessKey secret          also if it stands in a field by mistake
    signatures                    a signed form could be posted again
    `policy` in base64            it is what a signature signs; its conditions are told one by one
    security tokens               and whatever else is named token, secret, password, authorization
    callbacks and `x:` variables  what the store says to the site is nobody else's
    an unknown AccessKey id       who mixes up id and secret sends the secret as the id
    all values of such a form     its secret is unknown, so nobody could tell where it stands

A field is one of these by its name (`is_secret_field`). Its values and what conditions say of it
are not kept, and where they come up in another text they are struck out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from pillarbox.forms.explanation import ConditionFinding, Explanation
from pillarbox.forms.presented_form import PresentedForm
from pillarbox.forms.report import Report, ReportedPolicy, ReportedRefusal, Step
from pillarbox.forms.submitted_signature import Unsigned
from pillarbox.model import refusals
from pillarbox.model.names import fold_field_name
from pillarbox.model.objects import AccessKey
from pillarbox.policy import ContentLengthRange, FieldCondition
from pillarbox.policy.excerpt import excerpt

#: Stands where something was struck out.
STRUCK = "(not kept)"

_SECRET_WORDS = ("signature", "token", "secret", "password", "authorization", "callback")
_NO_SECRETS = frozenset({"x-oss-signature-version"})

#: Children of an error document that are no values of fields, or those of a condition's field.
_DETAILS = frozenset(
    """
    ArgumentName BucketName Condition Expected Header Hint LateField MaxSizeAllowed MinSizeAllowed
    ProposedSize Received
    """.split()  # noqa: SIM905 (so many words read better as text)
)
#: What of a signature is told; both ids count as values of their fields.
_SIGNATURE_MEMBERS = ("algorithm", "accessKeyId", "credential", "date")

_LONGEST_NAME = 100
_LONGEST_VALUE = 200
#: A key has 1,023 bytes at most, a message of a policy's refusal quotes 600 of it.
_LONGEST_SENTENCE = 1200

#: Shorter texts come up in others by chance, and are no secrets.
_SHORTEST_SECRET = 8
#: So much of a longer one is too much to keep, where an excerpt was cut within it.
_TELLING = 12

#: Where secrets come up so often, whole texts are struck out: a form may be made to cost time.
_MANY = 10

_SIZE_CONDITION = f'["{ContentLengthRange.operator}"'
_CONDITION_FIELD = re.compile(r'\["[^"]*", "\$((?:[^"\\]|\\.)*)"')
#: In what is quoted of an unreadable policy nobody knows what is what. A time is shorter.
_LONG_WORD = re.compile(r"[^\s\"']{25,}")


def is_secret_field(lower: str) -> bool:
    """Whether the values of a field (its name in lower case) are never kept."""
    if lower == "policy" or lower.startswith("x:"):
        return True
    return lower not in _NO_SECRETS and any(word in lower for word in _SECRET_WORDS)


def redact_answer(refusal: ReportedRefusal) -> ReportedRefusal:
    """An answer without secrets, where its form is no longer at hand: without any value."""
    message, details = _told_details(refusal, lambda _: True)
    return replace(refusal, message=_cut(message, _LONGEST_SENTENCE), details=details)


def redact(
    report: Report, form: PresentedForm, found: Explanation, key: AccessKey | None
) -> Report:
    """`report` on `form`, of which `found` was found, without secrets.

    Args:
        key: the AccessKey that the form names, None if there is none of that id.
    """
    return _Redaction(form, found, key).report(report)


class _Redaction:
    """What to strike out of the report on one form."""

    def __init__(self, form: PresentedForm, found: Explanation, key: AccessKey | None) -> None:
        self._hides_all = key is None and not isinstance(found.signature, Unsigned)
        self._conditions = () if found.policy is None else found.policy.conditions
        secrets = [value for name, value in form.fields if self._hides(fold_field_name(name))]
        if key is None:
            secrets += [value.partition("/")[0] for value in secrets]
        else:
            secrets.append(key.secret)
        quoted = []
        for condition in self._conditions:
            if isinstance(condition, FieldCondition) and self._hides(condition.name):
                argument = condition.argument()
                secrets += [argument] if isinstance(argument, str) else argument
                shown = _struck_condition(condition.operator, condition.field)
                quoted.append((excerpt(condition.render()), shown))
        self._quoted = tuple(quoted)
        self._secrets = tuple(_spellings(secrets))

    def report(self, report: Report) -> Report:
        # Few of many secrets come up at all, and many texts are looked through for them.
        text = "\n".join(_texts(report))
        self._secrets = tuple(secret for secret in self._secrets if secret[:_TELLING] in text)
        policy = report.policy
        return Report(
            None if report.refusal is None else self._refusal(report.refusal),
            tuple(self._told(name, _LONGEST_NAME) for name in report.fields),
            tuple(self._told(name, _LONGEST_NAME) for name in report.late_fields),
            None if policy is None else ReportedPolicy(None, policy.expiration),
            tuple(map(self._finding, self._conditions, report.conditions)),
            None if report.signature is None else self._signature(report.signature),
            tuple(map(self._step, report.steps)),
        )

    def _hides(self, lower: str) -> bool:
        return self._hides_all or is_secret_field(lower)

    def _told(self, text: str, length: int = _LONGEST_VALUE) -> str:
        if len(self._secrets) > _MANY:
            text = STRUCK if any(secret[:_TELLING] in text for secret in self._secrets) else text
        else:
            for secret in self._secrets:
                text = _without(text, secret)
        return _cut(text, length)

    def _sentence(self, text: str) -> str:
        for condition, shown in self._quoted:
            text = text.replace(condition, shown)
        return self._told(text, _LONGEST_SENTENCE)

    def _refusal(self, refusal: ReportedRefusal) -> ReportedRefusal:
        message, details = _told_details(refusal, self._hides)
        return replace(
            refusal,
            message=self._sentence(message),
            details={name: self._told(text) for name, text in details.items()},
        )

    def _finding(self, condition: object, found: ConditionFinding) -> ConditionFinding:
        if isinstance(condition, FieldCondition) and self._hides(condition.name):
            shown = _struck_condition(condition.operator, condition.field)
            received = None if found.received is None else STRUCK
            return ConditionFinding(shown, STRUCK, received, found.outcome)
        received = None if found.received is None else self._told(found.received)
        expected = self._told(found.expected)
        return ConditionFinding(self._told(found.condition), expected, received, found.outcome)

    def _signature(self, members: Mapping[str, str]) -> dict[str, str]:
        told = {name: self._told(members[name]) for name in _SIGNATURE_MEMBERS if name in members}
        if self._hides_all:
            told |= {name: STRUCK for name in ("accessKeyId", "credential") if name in told}
        return told

    def _step(self, step: Step) -> Step:
        text = _LONG_WORD.sub(STRUCK, step.text) if step.name == "policy" else step.text
        return Step(step.name, step.outcome, self._sentence(text))


def _struck_condition(operator: str, field: str) -> str:
    name = _cut(field, _LONGEST_NAME)
    return json.dumps([operator, f"${name}", STRUCK], ensure_ascii=False)


def _told_details(
    refusal: ReportedRefusal, hides: Callable[[str], bool]
) -> tuple[str, dict[str, str]]:
    """Message and details, without a condition on a field that `hides` (its name in lower case)."""
    message = refusal.message
    details = {name: text for name, text in refusal.details.items() if name in _DETAILS}
    condition = details.get("Condition", "")
    if condition and not condition.startswith(_SIZE_CONDITION):
        field = _CONDITION_FIELD.match(condition)
        if field is None or hides(fold_field_name(field[1])):
            shown = STRUCK if field is None else f'{field[0]}, "{STRUCK}"]'
            message = message.replace(condition, shown)
            details |= {"Condition": shown}
            for name in ("Expected", "Received"):
                details.pop(name, None)
    if refusal.code == refusals.INVALID_POLICY.code:
        message = _LONG_WORD.sub(STRUCK, message)
    return message, details


def _texts(report: Report) -> Iterator[str]:
    """All texts of a report that may be kept."""
    if report.refusal is not None:
        yield report.refusal.message
        yield from report.refusal.details.values()
    yield from (*report.fields, *report.late_fields)
    for found in report.conditions:
        yield from (found.condition, found.expected, found.received or "")
    yield from (report.signature or {}).values()
    for step in report.steps:
        yield step.text


def _spellings(secrets: Iterable[str]) -> Iterator[str]:
    """Each secret that is long enough, as it stands and as JSON writes it."""
    for secret in dict.fromkeys(secrets):
        if len(secret) >= _SHORTEST_SECRET:
            yield secret
            escaped = json.dumps(secret, ensure_ascii=False)[1:-1]
            if escaped != secret:
                yield escaped


def _without(text: str, secret: str) -> str:
    """`text` without the secret, and without a beginning of it where an excerpt was cut."""
    text = text.replace(secret, STRUCK)
    head = secret[:_TELLING]
    at = text.find(head)
    for _ in range(_MANY):
        if at < 0:
            return text
        begun, cut, rest = text[at:].partition("…")
        if secret.startswith(begun):
            text = text[:at] + STRUCK + cut + rest
        at = text.find(head, at + 1)
    return STRUCK


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
