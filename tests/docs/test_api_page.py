"""`docs/api.md` is what the table of operations says, and what it calls missing is missing."""

from __future__ import annotations

import base64
import hashlib

import pytest
from docs.make_api import PAGE, PENDING, PendingOperation, render

from pillarbox.server.operations.table import OPERATIONS, Level
from tests.docs.signed_requests import signed_request
from tests.server_process import ServerProcess

_BUCKET = "documented"
_KEY = "key"


@pytest.fixture(scope="module")
def server(module_server: ServerProcess) -> ServerProcess:
    """A server with a bucket that holds one object."""
    assert signed_request(module_server, "PUT", f"/{_BUCKET}", {}).status == 200
    empty = {"Content-MD5": base64.b64encode(hashlib.md5(b"").digest()).decode()}
    assert signed_request(module_server, "PUT", f"/{_BUCKET}/{_KEY}", empty).status == 200
    return module_server


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == render(), "run `make docs`"


def test_nothing_stands_in_both_tables() -> None:
    served = {(op.method, op.level, op.sub_resource) for op in OPERATIONS}
    pending = {
        (op.method, op.level, op.query.partition("&")[0].partition("=")[0])
        for op in PENDING
        if not op.header
    }
    assert not served & pending


@pytest.mark.parametrize("operation", PENDING, ids=lambda operation: operation.name)
def test_a_missing_operation_says_so(operation: PendingOperation, server: ServerProcess) -> None:
    place = {
        Level.SERVICE: "/",
        Level.BUCKET: f"/{_BUCKET}",
        Level.OBJECT: f"/{_BUCKET}/{_KEY}",
        Level.OWN: "/-/",
    }[operation.level]
    target = f"{place}?{operation.query}" if operation.query else place
    name, _, value = operation.header.partition(": ")
    answer = signed_request(server, operation.method, target, {name: value} if name else {})
    assert answer.status == 501
