from __future__ import annotations

from datetime import timedelta

import pytest

from pillarbox.client.errors import ForeignAnswerError, RefusedError, UnreachableError


@pytest.mark.parametrize(
    ("sent", "received", "ahead"),
    [
        ("2030-01-01T12:00:00.000Z", "2030-01-01T11:00:00.000Z", timedelta(hours=1)),
        ("2030-01-01T12:00:00.000Z", "2030-01-01T12:20:00", timedelta(minutes=-20)),
        ("2030-01-01T12:00:00.000Z", "soon", None),
        ("", "2030-01-01T12:00:00.000Z", None),
    ],
)
def test_how_wrong_the_clock_is(sent: str, received: str, ahead: timedelta | None) -> None:
    times = {"RequestTime": sent, "ServerTime": received}
    assert RefusedError(403, "RequestTimeTooSkewed", "", details=times).clock_ahead == ahead


def test_other_refusals_say_nothing_of_the_clock() -> None:
    assert RefusedError(403, "AccessDenied", "").clock_ahead is None


def test_errors_say_what_they_are() -> None:
    assert str(RefusedError(403, "AccessDenied", "No.")) == "403 AccessDenied: No."
    assert str(UnreachableError("http://a", "timed out")) == "http://a: timed out"
    assert str(ForeignAnswerError("http://a", 200, "no XML")) == "http://a answered 200: no XML"
