"""A form that a store has refused, as it is kept under the id of its request.

The verdicts are those of `explain_form`, which the store tells more than a site's author knows:
the secret, the bucket's strictness, and the answer that was really given. A kept form is one line
of JSON: a report (`forms/report.py`), and which request it was of.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Self

from pillarbox.forms.explanation import Explanation, Outcome
from pillarbox.forms.judgement import explain_form
from pillarbox.forms.presented_form import PresentedForm
from pillarbox.forms.redaction import redact, redact_answer
from pillarbox.forms.report import Report, ReportedRefusal, Step
from pillarbox.forms.store_rules import StoreRules
from pillarbox.forms.store_steps import is_of_frame, is_of_store, with_answer
from pillarbox.model.limits import KIB
from pillarbox.model.names import is_access_key_id
from pillarbox.model.objects import AccessKey
from pillarbox.model.refusals import Refusal
from pillarbox.model.s3_refusals import worded

#: Bytes of one line, and conditions; a report that has more is kept without its verdicts.
MAX_LINE = 16 * KIB
MAX_CONDITIONS = 100


@dataclass(frozen=True, slots=True)
class RefusedForm:
    """What is kept of one refused form.

    Attributes:
        time: when it was answered, UTC.
        bucket: the one addressed; empty if the address named none.
        report: without secrets; its refusal is the answer that was given.
    """

    request_id: str
    time: datetime
    bucket: str
    report: Report

    @property
    def origin(self) -> dict[str, str]:
        """Which request it was, by name."""
        time = self.time.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
        return {"id": self.request_id, "time": time, "bucket": self.bucket}

    def line(self) -> bytes:
        """The form as one line, of at most `MAX_LINE` bytes."""
        line = self._line()
        if len(line) <= MAX_LINE or self.report.refusal is None:
            return line
        short = bare_report(self.report.refusal, "its report is too long to be kept")
        return replace(self, report=short)._line()

    def _line(self) -> bytes:
        document = {"request": self.origin} | self.report.document()
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "backslashreplace") + b"\n"

    @classmethod
    def of_line(cls, line: bytes) -> Self:
        """The form that `line` returned.

        Raises:
            ValueError: it is none, as the last line before a crash may be.
        """
        document = json.loads(line)
        try:
            request = document["request"]
            time = datetime.fromisoformat(request["time"]).astimezone(UTC)
            return cls(request["id"], time, request["bucket"], Report.of_document(document))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"the line is no refused form: {error}") from None


def judged_report(
    form: PresentedForm,
    answer: Refusal,
    moment: datetime,
    key: AccessKey | None,
    rules: StoreRules,
) -> Report:
    """Why a store gave `answer` to `form`, without secrets.

    Args:
        form: as far as it came.
        moment: when it was judged, aware.
        key: the AccessKey of the id that the form names, None if there is none.
        rules: of the addressed bucket.
    """
    told = ReportedRefusal.of(worded(answer, form.submitted().dialect))
    if form.file is None and is_of_store(answer):
        # The fields are not all there, or nobody has read them.
        found = Explanation(None, ())
    else:
        if form.file is None or is_of_frame(answer):
            form = replace(form, flaw=answer)
        found = explain_form(form, moment, None if key is None else key.secret, rules)
    if len(found.conditions) > MAX_CONDITIONS:
        why = f"its policy has more than {MAX_CONDITIONS} conditions"
        return bare_report(told, why)
    found = replace(found, checks=with_answer(found.checks, answer))
    report = Report.of(found, [name for name, _ in form.fields], form.late)
    report = replace(report, refusal=told)
    return redact(report, form, found, key)


def bare_report(answer: ReportedRefusal, why: str) -> Report:
    """What is kept of an answer without verdicts; `why` ends the sentence "Not judged: …"."""
    step = Step("judgement", Outcome.UNKNOWN, f"Not judged: {why}.")
    return Report(redact_answer(answer), steps=(step,))


def named_key_id(form: PresentedForm) -> str | None:
    """The AccessKey id that a form names, be it V1 or V4; None for none that can be one."""
    submitted = form.submitted()
    credential = submitted.own("credential") or ""
    key_id = submitted.get(submitted.dialect.access_key_field) or credential.partition("/")[0]
    return key_id if is_access_key_id(key_id) else None
