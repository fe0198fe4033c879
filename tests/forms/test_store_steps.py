"""Where the answer of a store stands among the steps of a form."""

from __future__ import annotations

import pytest

from pillarbox.forms.explanation import Check, Outcome
from pillarbox.forms.judgement import explain_form
from pillarbox.forms.presented_form import PresentedForm
from pillarbox.forms.store_steps import is_of_frame, is_of_store, with_answer
from pillarbox.model import refusals
from pillarbox.model.refusals import Refusal
from tests.forms.test_judgement import NOW, SECRET, changed, presented


def steps(answer: Refusal, form: PresentedForm | None = None) -> list[str]:
    found = explain_form(form or presented(), NOW, SECRET)
    checks = with_answer(found.checks, answer)
    (added,) = [check for check in checks if check.refusal is answer]
    assert added.outcome is Outcome.REFUSED
    assert added.said.startswith("Only the store can tell: ")
    assert answer.message in added.said
    assert next(check for check in checks if check.refusal is not None) is added
    return [check.name for check in checks]


def region() -> Refusal:
    return refusals.INVALID_ARGUMENT("the region 'a' is wrong; expecting 'b'", ec="0002-00000710")


@pytest.mark.parametrize(
    ("answer", "name", "behind", "before"),
    [
        (refusals.INVALID_ACCESS_KEY_ID(), "AccessKey", "key", "signature"),
        (refusals.USER_DISABLE(), "account", "key", "signature"),
        (refusals.INVALID_SECURITY_TOKEN(), "token", "key", "signature"),
        (refusals.SECURITY_TOKEN_EXPIRED(), "token", "key", "signature"),
        (refusals.TOKEN_OF_ANOTHER_KEY(), "token", "key", "signature"),
        (region(), "region", "key", "signature"),
        (refusals.NO_SUCH_BUCKET(), "bucket", "conditions", "strict forms"),
        (refusals.ACCESS_DENIED(), "rights", "strict forms", "values"),
        (
            refusals.ACCESS_DENIED(refusals.POLICY_LIVES_TOO_LONG),
            *("ceilings", "conditions", "strict forms"),
        ),
        (refusals.QUOTA_EXCEEDED(), "quota", "size", None),
        (refusals.FILE_ALREADY_EXISTS(), "overwrite", "values", "size"),
        (refusals.ENTITY_TOO_LARGE(), "length", "size", None),
        (refusals.INCOMPLETE_BODY(), "body", "size", None),
        (refusals.INSUFFICIENT_STORAGE(), "server", "size", None),
        (refusals.NO_SUCH_KEY(), "store", "size", None),
    ],
)
def test_its_place(answer: Refusal, name: str, behind: str, before: str | None) -> None:
    names = [*steps(answer), None]
    at = names.index(name)
    assert (names[at - 1], names[at + 1]) == (behind, before)


def test_it_never_stands_behind_a_refusal_of_the_form() -> None:
    """A store that answers so has judged by other rules; the answer that was given counts."""
    form = changed(presented(), key="b")
    names = steps(refusals.INSUFFICIENT_STORAGE(), form)
    assert names[names.index("server") + 1] == "conditions"


def test_an_answer_that_the_form_explains_needs_no_step() -> None:
    found = explain_form(changed(presented(), key="b"), NOW, SECRET)
    assert found.refusal is not None
    given = Refusal(
        found.refusal.code, 403, found.refusal.message, found.refusal.ec, {"Detail": "other"}
    )
    assert with_answer(found.checks, given) == found.checks


def test_a_hint_is_told() -> None:
    answer = refusals.INCOMPLETE_BODY()
    answer.hint = "Send it again."
    (check,) = with_answer((), answer)
    assert isinstance(check, Check)
    assert check.said.endswith("Send it again.")


def test_which_answers_are_whose() -> None:
    assert is_of_frame(refusals.MALFORMED_POST())
    assert not is_of_frame(refusals.INCOMPLETE_BODY())
    assert is_of_store(refusals.INCOMPLETE_BODY())
    assert not is_of_store(refusals.FIELD_ITEM_TOO_LONG())
    assert is_of_store(region())
