"""Whatever AWS's SDK can send to an operation that is served is read, or known to be idle."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pillarbox.model.dialects import S3
from pillarbox.server.operations.table import OPERATIONS
from pillarbox.server.requested_object import refuse_other_conditions, requested_condition
from tests.refusing import refused
from tests.server.operations.test_table_s3 import SIGNED, sdk
from tests.server.requests import request

SOURCES = Path(__file__).parents[2] / "src" / "pillarbox"

#: What changes nothing here, without the prefix: nothing is locked, nobody pays, no object is
#: encrypted with its reader's key, and nothing else is known of those that are listed.
IDLE = {
    "bypass-governance-retention",
    "confirm-remove-self-bucket-access",
    "copy-source-server-side-encryption-customer-algorithm",
    "copy-source-server-side-encryption-customer-key",
    "copy-source-server-side-encryption-customer-key-md5",
    "mfa",
    "object-annotation-directive",
    "optional-object-attributes",
    "request-payer",
}
#: How headers begin that are read, or refused, as a family.
FAMILIES = (
    *("checksum-", "copy-source-if-", "if-match-", "meta-"),
    *("object-lock-", "server-side-encryption-"),
)


def sent() -> Iterator[tuple[str, str]]:
    """Operation and name of a header, without the prefix, or of a parameter."""
    served = {op.name_in(S3) for op in OPERATIONS if S3 in op.dialects}
    for name, operation in sdk()["operations"].items():
        if name not in served:
            continue
        shape = sdk()["shapes"].get(operation.get("input", {}).get("shape"), {})
        for member in shape.get("members", {}).values():
            if member.get("location") in ("header", "headers", "querystring"):
                yield name, member["locationName"].lower().removeprefix(S3.prefix)


def test_none_is_dropped_unawares() -> None:
    texts = "".join(path.read_text("utf-8") for path in SOURCES.rglob("*.py"))
    read = {text.lower().removeprefix(S3.prefix) for text in re.findall(r'"([\w-]+)"', texts)}
    unread = {name for _, name in sent() if name not in read and not name.startswith(FAMILIES)}
    assert unread == IDLE


@pytest.mark.parametrize("name", ["if-match-size", "if-match-last-modified-time"])
def test_a_condition_that_no_write_has(name: str) -> None:
    headers = [SIGNED, (S3.field(name).encode(), b"1")]
    with refused("NotImplemented", 501, Header=S3.field(name)):
        requested_condition(request("DELETE", headers=headers))


def test_a_condition_of_an_upload() -> None:
    name = S3.field("if-match-initiated-time")
    with refused("NotImplemented", 501, Header=name):
        refuse_other_conditions(request("DELETE", headers=[(name.encode(), b"1")]))
