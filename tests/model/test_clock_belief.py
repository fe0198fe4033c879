from __future__ import annotations

from pillarbox.model.clock_belief import DOUBT_MS, GAP_MS, ClockBelief

NOW = 1_800_000_000_000
YEAR = 365 * 24 * 3600 * 1000
HOUR = 3600 * 1000


def heard(belief: ClockBelief, *moments: int) -> tuple[list[bool], ClockBelief]:
    """What is believed of each word in turn, and what is kept in the end."""
    answers = []
    for now_ms in moments:
        is_believed, belief = belief.hear(now_ms)
        answers.append(is_believed)
    return answers, belief


def test_the_first_word_is_believed_and_so_is_a_clock_that_goes_on() -> None:
    moments = range(NOW, NOW + 10 * GAP_MS, GAP_MS)
    assert heard(ClockBelief(), *moments) == (
        [True] * 10,
        ClockBelief(until_ms=NOW + 10 * GAP_MS),
    )


def test_after_a_gap_the_clock_must_go_on_for_a_day() -> None:
    before = ClockBelief(until_ms=NOW)
    later = NOW + YEAR
    answers, _ = heard(before, later, later + HOUR, later + DOUBT_MS - 1, later + DOUBT_MS)
    assert answers == [False, False, False, True]


def test_a_clock_that_is_put_right_meanwhile_is_believed_at_once() -> None:
    answers, belief = heard(ClockBelief(until_ms=NOW), NOW + YEAR, NOW - HOUR)
    assert answers == [False, True]
    assert belief == ClockBelief(until_ms=NOW - HOUR + GAP_MS), "the doubt is forgotten"


def test_a_second_jump_is_doubted_anew() -> None:
    later = NOW + YEAR
    answers, _ = heard(ClockBelief(until_ms=NOW), later, later + YEAR, later + YEAR + HOUR)
    assert answers == [False, False, False]
    # From far ahead to less far ahead: the day begins again.
    answers, _ = heard(ClockBelief(until_ms=NOW), later, later - YEAR // 2, later)
    assert answers == [False, False, False]


def test_what_was_believed_far_ahead_ends_when_the_clock_is_back() -> None:
    far = ClockBelief(until_ms=NOW + YEAR)
    assert heard(far, NOW, NOW + YEAR // 2)[0] == [True, False]
