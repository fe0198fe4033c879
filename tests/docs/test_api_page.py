"""`docs/api.md` is what the table of operations says, and what it calls missing is missing."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest

from docs.make_api import PAGE, render, spelled
from docs.pending_operations import OSS_PENDING, REASONS, S3_PENDING, PendingOperation
from docs.spellings import SPELLINGS
from pillarbox.model.dialects import OSS, S3, Dialect
from pillarbox.server.operations.operation import Level
from pillarbox.server.operations.table import OPERATIONS
from tests.docs.signed_requests import s3_signed_request, signed_request
from tests.server.operations.test_table_s3 import found, names
from tests.server_process import ServerProcess

_BUCKET = "documented"
_KEY = "key"
_SOURCES = Path(__file__).parents[2] / "src" / "pillarbox"


@pytest.fixture(scope="module")
def server(module_server: ServerProcess) -> ServerProcess:
    """A server with a bucket that holds one object."""
    assert signed_request(module_server, "PUT", f"/{_BUCKET}", {}).status == 200
    empty = {"Content-MD5": base64.b64encode(hashlib.md5(b"").digest()).decode()}
    assert signed_request(module_server, "PUT", f"/{_BUCKET}/{_KEY}", empty).status == 200
    return module_server


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == render(), "run `make docs`"


@pytest.mark.parametrize(("dialect", "pending"), [(OSS, OSS_PENDING), (S3, S3_PENDING)])
def test_nothing_stands_in_both_tables(
    dialect: Dialect, pending: tuple[PendingOperation, ...]
) -> None:
    served = {(op.method, op.level, op.sub_resource) for op in OPERATIONS if dialect in op.dialects}
    assert not served & {
        (op.method, op.level, op.query.partition("&")[0].partition("=")[0]) for op in pending
    }


def test_the_page_names_all_that_s3_has_and_is_not_served() -> None:
    missing = {name for name in names() if found(name) is None}
    assert missing == {operation.name for operation in S3_PENDING} - {"GetObject"}


def test_every_operation_of_both_dialects_is_spelled() -> None:
    served = {op.name for op in OPERATIONS if op.level is not Level.OWN and S3 in op.dialects}
    assert SPELLINGS.keys() == served


def test_every_header_of_the_page_is_one_that_the_server_reads() -> None:
    texts = "".join(path.read_text("utf-8") for path in _SOURCES.rglob("*.py"))
    literals = {text.lower() for text in re.findall(r'"([A-Za-z0-9-]+)"', texts)}
    for name, spelling in SPELLINGS.items():
        for dialect, alone in ((OSS, spelling.oss), (S3, spelling.s3)):
            for header in (*spelling.both, *alone):
                read = {header.lower(), spelled(header, dialect).lower()}
                assert any(_names(literal, read) for literal in literals), f"{name}: {header}"


def _names(literal: str, read: set[str]) -> bool:
    """Whether a text of the code is one of these names, or how one of those with `*` begins."""
    stems = {name.removesuffix("*") for name in read if name.endswith("*")}
    is_prefix = literal.endswith("-") and any(stem.startswith(literal) for stem in stems)
    return literal in read or is_prefix or any(literal.startswith(stem) for stem in stems)


def _target(operation: PendingOperation) -> str:
    place = {Level.BUCKET: f"/{_BUCKET}", Level.OBJECT: f"/{_BUCKET}/{_KEY}"}[operation.level]
    return f"{place}?{operation.query}"


def test_what_is_not_served_has_a_reason() -> None:
    pending = (*OSS_PENDING, *S3_PENDING)
    assert {operation.why for operation in pending} == set(REASONS.values())


@pytest.mark.parametrize("operation", OSS_PENDING, ids=lambda operation: operation.name)
def test_a_missing_operation_says_so(operation: PendingOperation, server: ServerProcess) -> None:
    assert signed_request(server, operation.method, _target(operation), {}).status == 501


@pytest.mark.parametrize("operation", S3_PENDING, ids=lambda operation: operation.name)
def test_a_missing_operation_of_s3_says_so(
    operation: PendingOperation, server: ServerProcess
) -> None:
    answer = s3_signed_request(server, operation.method, _target(operation), {})
    assert (answer.status, answer.getheader("Server")) == (501, "AmazonS3")
