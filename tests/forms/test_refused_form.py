"""What is kept of a refused form, as a line and back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pillarbox.forms.explanation import Outcome
from pillarbox.forms.fields import FilePart
from pillarbox.forms.judgement import explain_form
from pillarbox.forms.presented_form import PresentedFile, PresentedForm
from pillarbox.forms.refused_form import (
    MAX_LINE,
    RefusedForm,
    bare_report,
    judged_report,
    named_key_id,
)
from pillarbox.forms.report import Report, ReportedRefusal, Step
from pillarbox.forms.store_rules import USUAL_RULES, StoreRules
from pillarbox.model import refusals
from pillarbox.model.objects import AccessKey
from pillarbox.model.refusals import Refusal
from tests.forms.test_judgement import NOW, SECRET, changed, presented

pytestmark = pytest.mark.filterwarnings("ignore::pillarbox.forms.DoubtfulForm")

KEY = AccessKey("TestAccessKeyId01", SECRET, account_id="1")
ID = "6B06045C8FA961F889A4E48F"
TIME = datetime(2030, 1, 1, 12, 0, 0, 123000, tzinfo=UTC)


def refused(report: Report) -> RefusedForm:
    return RefusedForm(ID, TIME, "inbox", report)


def steps_of(form: PresentedForm, answer: Refusal, rules: StoreRules = USUAL_RULES) -> list[str]:
    report = judged_report(form, answer, NOW, KEY, rules)
    assert report.refusal == ReportedRefusal.of(answer)
    return [step.name for step in report.steps if step.outcome is Outcome.REFUSED]


def test_a_line_comes_back() -> None:
    form = refused(judged_report(presented(), refusals.NO_SUCH_BUCKET(), NOW, KEY, USUAL_RULES))
    line = form.line()
    assert line.count(b"\n") == 1
    assert RefusedForm.of_line(line) == form
    assert form.origin == {"id": ID, "time": "2030-01-01T12:00:00.123Z", "bucket": "inbox"}


@pytest.mark.parametrize(
    "line", [b"", b"{", b"[]", b"{}", b'{"request": {}}', b'{"request": 1}', b'"', b"\xff"]
)
def test_what_is_no_line(line: bytes) -> None:
    with pytest.raises(ValueError):
        RefusedForm.of_line(line)


@pytest.mark.parametrize("length", [0, 20, 60, 100, 200])
def test_a_torn_line(length: int) -> None:
    form = refused(judged_report(presented(), refusals.NO_SUCH_BUCKET(), NOW, KEY, USUAL_RULES))
    with pytest.raises(ValueError):
        RefusedForm.of_line(form.line()[:length])


def test_the_verdicts_are_those_of_the_offline_judgement() -> None:
    form = changed(presented(), key="b/cv.pdf")
    found = explain_form(form, NOW, SECRET)
    assert found.refusal is not None
    report = judged_report(form, found.refusal, NOW, KEY, USUAL_RULES)
    assert report.steps == tuple(Step(c.name, c.outcome, c.said) for c in found.checks)
    assert report.conditions == found.conditions


def test_what_only_the_store_can_tell() -> None:
    assert steps_of(presented(), refusals.NO_SUCH_BUCKET()) == ["bucket"]
    late = changed(presented(), success_action_redirect="https://example.com/")
    strict = StoreRules(strict_forms=True)
    assert steps_of(late, refusals.NO_SUCH_BUCKET(), strict) == ["bucket", "strict forms"]


def test_a_form_whose_fields_did_not_all_come() -> None:
    cut = PresentedForm((("key", "a"),), bucket="inbox")
    report = judged_report(cut, refusals.INCOMPLETE_BODY(), NOW, None, USUAL_RULES)
    assert [step.name for step in report.steps] == ["body"]
    assert report.fields == ("key",)


@pytest.mark.parametrize(
    "answer", [refusals.MALFORMED_POST(), refusals.FIELD_ITEM_TOO_LONG(ArgumentName="key")]
)
def test_a_body_that_is_no_form(answer: Refusal) -> None:
    report = judged_report(PresentedForm(()), answer, NOW, None, USUAL_RULES)
    assert [(step.name, step.outcome) for step in report.steps] == [("frame", Outcome.REFUSED)]


def test_a_frame_that_breaks_behind_the_file() -> None:
    assert steps_of(presented(), refusals.MALFORMED_POST()) == ["frame"]


def test_a_report_that_is_too_long_gives_its_answer_alone() -> None:
    many = [["starts-with", "$x-oss-meta-a", "a" * 200]] * 60
    form = changed(presented(conditions=many), **{"x-oss-meta-a": "a" * 200})
    report = judged_report(form, refusals.NO_SUCH_BUCKET(), NOW, KEY, USUAL_RULES)
    assert len(report.conditions) > 60
    line = refused(report).line()
    assert len(line) < MAX_LINE
    kept = RefusedForm.of_line(line).report
    assert kept.refusal == report.refusal
    assert [step.text for step in kept.steps] == ["Not judged: its report is too long to be kept."]


def test_more_conditions_than_are_kept() -> None:
    form = changed(presented(conditions=[["eq", "$x-oss-meta-a", "a"]] * 100))
    report = judged_report(form, refusals.NO_SUCH_BUCKET(), NOW, KEY, USUAL_RULES)
    assert [step.name for step in report.steps] == ["judgement"]
    assert "more than 100 conditions" in report.steps[0].text


def test_a_bare_report() -> None:
    answer = ReportedRefusal.of(refusals.FILE_ALREADY_EXISTS())
    report = bare_report(answer, "a reason")
    assert report == Report(
        answer, steps=(Step("judgement", Outcome.UNKNOWN, "Not judged: a reason."),)
    )
    assert json.loads(refused(report).line())["refusal"]["code"] == "FileAlreadyExists"


def test_the_key_id_that_a_form_names() -> None:
    assert named_key_id(presented()) == KEY.id
    assert named_key_id(presented("v4")) == KEY.id
    assert named_key_id(PresentedForm((("key", "a"),))) is None
    assert named_key_id(changed(presented(), OSSAccessKeyId="no/id")) is None
    twice = replace(presented(), fields=(*presented().fields, ("OSSAccessKeyId", "other")))
    assert named_key_id(twice) == KEY.id


def test_an_s3_form_is_kept_with_the_answer_that_s3s_clients_hear() -> None:
    fields = (("AWSAccessKeyId", "TestAccessKeyId01"), ("signature", "s"), ("key", "k"))
    form = PresentedForm(fields, bucket="photos", file=PresentedFile(FilePart("a"), 1))
    report = judged_report(
        form, refusals.ACCESS_DENIED(), datetime(2030, 1, 1, tzinfo=UTC), None, StoreRules()
    )
    assert report.refusal is not None
    assert (report.refusal.message, report.refusal.ec) == ("Access Denied", None)
