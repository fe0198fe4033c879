from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from pillarbox.forms.judgement import explain_form
from pillarbox.forms.presented_form import PresentedForm
from pillarbox.forms.report import Report, Step
from tests.forms.test_judgement import NOW, SECRET, changed, presented


def report_on(form: PresentedForm) -> Report:
    found = explain_form(form, NOW, SECRET)
    return Report.of(found, [name for name, _ in form.fields], form.late)


@pytest.mark.parametrize(
    "form",
    [
        presented(),
        presented("v4"),
        replace(changed(presented(), key="b", policy=None), late=("policy", "submit")),
        changed(presented(), key="b\n\N{BLACK STAR}", **{"x-oss-object-acl": None}),
        PresentedForm((("key", "a"),)),
    ],
    ids=["v1", "v4", "late", "refused", "unsigned"],
)
def test_it_comes_back_from_json(form: PresentedForm) -> None:
    report = report_on(form)
    text = json.dumps(report.document())
    assert Report.of_document(json.loads(text)) == report


def test_what_it_says_of_a_refused_form() -> None:
    document = report_on(changed(presented(), key="b/cv.pdf")).document()
    assert document["verdict"] == "refuse"
    assert document["refusal"]["ec"] == "0006-00000227"
    assert document["refusal"]["details"]["Received"] == "b/cv.pdf"
    assert {"name": "key", "outcome": "ok", "text": "b/cv.pdf"} in document["steps"]


@pytest.mark.parametrize(
    "change",
    [
        {"steps": [{"name": "key", "outcome": "perhaps", "text": ""}]},
        {"steps": [{"name": "key"}]},
        {"refusal": {"code": "AccessDenied"}},
        {"refusal": "AccessDenied"},
        {"conditions": None},
    ],
)
def test_what_is_no_report(change: dict[str, Any]) -> None:
    document = Report(None, steps=()).document()
    assert Report.of_document(document) == Report(None)
    with pytest.raises(ValueError):
        Report.of_document(document | change)
    with pytest.raises(ValueError):
        Report.of_document({})


def test_a_step_is_that_of_the_judgement() -> None:
    found = explain_form(presented(), NOW, SECRET)
    first = found.checks[0]
    step = report_on(presented()).steps[0]
    assert step == Step(first.name, first.outcome, first.said)
