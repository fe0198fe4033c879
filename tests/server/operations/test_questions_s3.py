"""Every operation asks by S3 what it asks by OSS, each question once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pillarbox.model.dialects import S3
from pillarbox.server.operations.never_configured import get_never_configured
from pillarbox.server.operations.operation import Level, Operation
from pillarbox.server.operations.table import OPERATIONS
from tests.server.operations.test_questions import (
    Questions,
    Stage,
    expected,
    extras_of,
    operation_id,
    questions,
    send,
    stage_of,
)
from tests.wire.s3_speaker import S3Speaker

__all__ = ["questions"]

#: A preflight and what is the service's own speak no dialect.
SPOKEN = [
    operation
    for operation in OPERATIONS
    if S3 in operation.dialects
    and operation.level is not Level.OWN
    and operation.name != "OptionObject"
]


@pytest.fixture(scope="module", params=["account", "user"])
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    with stage_of(tmp_path_factory.mktemp("questions")) as (owner, user, role):
        caller = owner if request.param == "account" else user
        yield Stage(S3Speaker.of(owner), S3Speaker.of(caller), role)


@pytest.mark.parametrize("operation", SPOKEN, ids=operation_id)
def test_each_question_is_asked_once(
    stage: Stage, questions: Questions, operation: Operation
) -> None:
    answer = send(stage, operation, questions, (), tags=False)
    is_never = operation.handler is get_never_configured
    assert answer.status < 300 or (is_never and answer.status == 404), answer.body
    assert answer.header("x-amz-request-id")
    assert questions.asked() == expected(operation, operation.actions)


@pytest.mark.parametrize("operation", [op for op in SPOKEN if op.extras], ids=operation_id)
def test_what_is_asked_besides(stage: Stage, questions: Questions, operation: Operation) -> None:
    answer = send(stage, operation, questions, extras_of(operation), tags=True)
    assert answer.status < 300, answer.body
    assert questions.asked() == expected(operation, operation.actions + operation.extras)
