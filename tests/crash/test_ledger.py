"""What must be found follows from what was answered."""

from __future__ import annotations

from tests.crash.ledger import Attempt, Content, Expectation, Ledger, Outcome

A, B, C = (Content.of(data) for data in (b"a", b"b", b"c"))
ACKNOWLEDGED, REFUSED, UNANSWERED = Outcome.ACKNOWLEDGED, Outcome.REFUSED, Outcome.UNANSWERED


def ledger_of(*attempts: tuple[Content, Outcome], is_exclusive: bool = False) -> Ledger:
    ledger = Ledger()
    add(ledger, *attempts, is_exclusive=is_exclusive)
    return ledger


def add(ledger: Ledger, *attempts: tuple[Content, Outcome], is_exclusive: bool = False) -> None:
    for content, outcome in attempts:
        attempt = Attempt("key", content, is_exclusive)
        ledger.begin(attempt)
        if outcome is not UNANSWERED:
            ledger.end(attempt, outcome)


def expected(ledger: Ledger) -> Expectation:
    return ledger.expectations()["key"]


def test_an_acknowledged_upload_must_be_there() -> None:
    assert expected(ledger_of((A, ACKNOWLEDGED))) == Expectation((A,), may_be_absent=False)


def test_an_upload_without_an_answer_is_whole_or_absent() -> None:
    assert expected(ledger_of((A, UNANSWERED))) == Expectation((A,), may_be_absent=True)


def test_a_refused_upload_is_absent() -> None:
    assert expected(ledger_of((A, REFUSED))) == Expectation((), may_be_absent=True)


def test_the_last_acknowledged_upload_counts_and_those_before_no_longer() -> None:
    ledger = ledger_of((A, ACKNOWLEDGED), (B, ACKNOWLEDGED), (C, REFUSED))
    assert expected(ledger) == Expectation((B,), may_be_absent=False)


def test_a_later_upload_without_an_answer_may_have_replaced_the_acknowledged_one() -> None:
    ledger = ledger_of((A, ACKNOWLEDGED), (B, UNANSWERED))
    assert expected(ledger) == Expectation((A, B), may_be_absent=False)


def test_of_exclusive_uploads_the_acknowledged_one_is_never_replaced() -> None:
    ledger = ledger_of((A, UNANSWERED), (B, ACKNOWLEDGED), (C, UNANSWERED), is_exclusive=True)
    assert expected(ledger) == Expectation((B,), may_be_absent=False)


def test_a_key_that_was_said_to_be_taken_is_not_absent() -> None:
    ledger = ledger_of((A, UNANSWERED), (B, REFUSED), is_exclusive=True)
    ledger.note_taken("key")
    assert expected(ledger) == Expectation((A,), may_be_absent=False)


def test_what_was_found_after_one_crash_must_be_there_after_the_next() -> None:
    ledger = ledger_of((A, ACKNOWLEDGED), (B, UNANSWERED))
    ledger.settle({"key": B})
    assert expected(ledger) == Expectation((B,), may_be_absent=False)
    add(ledger, (C, UNANSWERED))
    assert expected(ledger) == Expectation((B, C), may_be_absent=False)


def test_what_was_absent_after_one_crash_must_not_appear_later() -> None:
    ledger = ledger_of((A, UNANSWERED))
    ledger.settle({})
    assert expected(ledger) == Expectation((), may_be_absent=True)


def test_two_attempts_that_look_alike_are_told_apart() -> None:
    ledger = ledger_of((A, UNANSWERED), (A, ACKNOWLEDGED))
    assert expected(ledger) == Expectation((A,), may_be_absent=False)
    assert ledger.acknowledged == 1
