"""The lines of notices: what clients bring along forges none and steers no terminal."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest

from pillarbox.server.notices import notify, notify_error, write_notices

FORGED = 'a\r\npillarbox: all is well\x1b[2J\x9b1m\u2028\u202e"'
Told = Callable[[str], io.StringIO]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    """What notices of a format write; the loggers are as before in the end."""
    loggers = [logging.getLogger(name) for name in ("pillarbox", "_granian")]
    before = [(one, one.handlers, one.level, one.propagate) for one in loggers]

    def begin(log_format: str) -> io.StringIO:
        stream = io.StringIO()
        monkeypatch.setattr("sys.stderr", stream)
        write_notices(log_format)
        return stream

    yield begin
    for logger, handlers, level, propagate in before:
        logger.handlers, logger.level, logger.propagate = handlers, level, propagate


def test_text(told: Told) -> None:
    stream = told("text")
    notify("one")
    notify_error("two 文件")
    assert stream.getvalue() == "pillarbox: one\npillarbox: two 文件\n"


def test_no_text_forges_a_line_or_steers_a_terminal(told: Told) -> None:
    stream = told("text")
    logging.getLogger("pillarbox").info("%s %s", "ID", FORGED)
    assert stream.getvalue() == (
        'pillarbox: ID a\\r\\npillarbox: all is well\\x1b[2J\\x9b1m\\u2028\\u202e"\n'
    )


def test_the_lines_of_a_traceback_are_set_in(told: Told) -> None:
    stream = told("text")
    try:
        raise ValueError(FORGED)
    except ValueError:
        logging.getLogger("pillarbox").exception("request %s failed", "ID")
    first, *others = stream.getvalue().split("\n")[:-1]
    assert first == "pillarbox: request ID failed"
    assert others[0] == "  Traceback (most recent call last):"
    assert all(line.startswith("  ") and line.isprintable() for line in others)
    assert any("all is well" in line for line in others)


def test_json_tells_it_as_it_was(told: Told) -> None:
    stream = told("json")
    notify(FORGED)
    (line,) = stream.getvalue().split("\n")[:-1]
    assert json.loads(line)["message"] == FORGED
