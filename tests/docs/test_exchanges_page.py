"""`docs/exchanges.md` is what a running server answers, for every operation of both dialects."""

from __future__ import annotations

import re

from docs.exchanges import exchanges
from docs.make_exchanges import PAGE, render
from docs.spellings import SPELLINGS
from pillarbox.model.dialects import OSS, S3
from pillarbox.server.operations.never_configured import (
    delete_never_configured,
    get_never_configured,
)
from pillarbox.server.operations.operation import Level
from pillarbox.server.operations.table import OPERATIONS


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == render(), "run `make docs`"


def test_no_operation_is_missing() -> None:
    shown = {exchange.operation for exchange in exchanges(OSS)} - {""}
    served = {
        op.name
        for op in OPERATIONS
        if op.level is not Level.OWN
        and S3 in op.dialects
        and op.handler not in (get_never_configured, delete_never_configured)
    }
    assert shown == served - {"PostObject"}


def answers_of(section: str) -> set[str]:
    """What a section of the page answers, without what all of S3's answers do otherwise."""
    answers = set()
    for block in re.findall(r"```http\n(.*?)```", section, re.S):
        answer = block.partition("\nHTTP/1.1 ")[2].replace(f' xmlns="{S3.namespace}"', "")
        answers.add(answer.lower().replace(S3.prefix, OSS.prefix))
    return answers


def test_the_page_of_operations_tells_each_difference() -> None:
    sections = PAGE.read_text("utf-8").split("\n## ")[1:]
    assert len(sections) > 30
    for section in sections:
        name = re.split(r"[,\n]", section)[0]
        if len(answers_of(section)) > 1:
            assert SPELLINGS[name].in_s3, name


def test_nothing_of_a_single_run_is_left() -> None:
    text = PAGE.read_text("utf-8")
    assert set(re.findall(r"\d{4}-\d\d-\d\dT", text)) == {"2030-01-01T"}
    assert set(re.findall(r"127\.0\.0\.1:\d+", text)) == {"127.0.0.1:9000"}
    assert "example-secret" not in text
