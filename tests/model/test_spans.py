from datetime import timedelta

import pytest

from pillarbox.model.spans import span_in_words


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(0), "less than a second"),
        (timedelta(seconds=-0.9), "less than a second"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(seconds=60), "1 minute"),
        (timedelta(hours=2, minutes=5, seconds=59), "2 hours 5 minutes"),
        (-timedelta(hours=8), "8 hours"),
        (timedelta(days=1, seconds=5), "1 day"),
        (timedelta(days=365 * 2 + 3), "2 years 3 days"),
    ],
)
def test_words(span: timedelta, words: str) -> None:
    assert span_in_words(span) == words
