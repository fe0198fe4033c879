"""The one decision: its table, and how it says why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pillarbox.access.decision import Grants, decide
from pillarbox.access.ram import DocumentKind, RamPolicy, read_ram_policy
from tests.access import decision_table
from tests.access.decision_table import Row, document
from tests.access.ram.questions import ANYBODY, question

ROWS = decision_table.rows()


@pytest.mark.parametrize("row", ROWS, ids=[row.place for row in ROWS])
def test_table(row: Row) -> None:
    decision = decide(row.question, row.grants)
    assert (decision.is_allowed, decision.ground) == (row.is_allowed, row.ground)


def test_the_table_is_long_and_has_its_sources() -> None:
    known = decision_table.sources()
    assert len(ROWS) >= 150
    assert {row.source for row in ROWS} <= set(known)
    seen = [(row.question, row.grants) for row in ROWS]
    assert all(seen.count(pair) == 1 for pair in seen)


def test_a_decision_says_why() -> None:
    row = next(row for row in ROWS if row.place.startswith("policies_of_buckets") and row.bucket)
    assert decide(row.question, row.grants).reason == (
        "allowed by statement number 1 of the bucket policy"
    )
    nothing = decide(question(requester=ANYBODY), Grants())
    assert nothing.reason == "denied by the bucket's ACL"
    denial = replace(_identity("no-delete"), name="keepers")
    denied = decide(question("oss:DeleteObject"), Grants(own=(_identity("all"), denial)))
    assert denied.reason == (
        "denied by statement number 1 of 'keepers', a policy of the caller's own"
    )
    silent = decide(question(), Grants(session=_identity("read-all")))
    assert silent.reason == "no statement of the session's policy allows it"


def _identity(name: str) -> RamPolicy:
    return read_ram_policy(document(name), DocumentKind.IDENTITY)
