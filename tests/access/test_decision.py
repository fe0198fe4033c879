"""The one decision: its table, and what must hold for whatever documents there are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.access.decision import READ_ACTIONS, WRITE_ACTIONS, Grants, decide
from pillarbox.access.ram import DocumentKind, RamPolicy, Requester, evaluate, read_ram_policy
from pillarbox.model.acl import BucketAcl, ObjectAcl, effective_acl
from tests.access import decision_table
from tests.access.decision_table import REQUESTERS, STATEMENTS, Row, document
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


# --- whatever the documents are ----------------------------------------------------------------


def _identity(name: str) -> RamPolicy:
    return read_ram_policy(document(name), DocumentKind.IDENTITY)


def _of_kind(principal: bool) -> list[str]:
    return [
        name for name, entries in STATEMENTS.items() if ("Principal" in entries[0]) is principal
    ]


IDENTITIES = [_identity(name) for name in _of_kind(principal=False)]
BUCKETS = [read_ram_policy(document(n), DocumentKind.BUCKET) for n in _of_kind(principal=True)]
DENIALS = [p for p in IDENTITIES if all(s.effect == "Deny" for s in p.statements)]
BUCKET_DENIALS = [p for p in BUCKETS if all(s.effect == "Deny" for s in p.statements)]

ACTIONS = sorted(
    READ_ACTIONS | WRITE_ACTIONS | {"oss:ListObjects", "oss:PutObjectAcl", "oss:PutBucketCors"}
)

grants_of = st.builds(
    Grants,
    own=st.lists(st.sampled_from(IDENTITIES), max_size=3).map(tuple),
    session=st.none() | st.sampled_from(IDENTITIES),
    bucket=st.none() | st.sampled_from(BUCKETS),
    bucket_acl=st.sampled_from(BucketAcl),
    object_acl=st.sampled_from(ObjectAcl),
    anonymous_list=st.booleans(),
)

questions_of = st.builds(
    question,
    st.sampled_from(ACTIONS),
    st.sampled_from([None, "a", "incoming/a", "outgoing/a"]),
    st.sampled_from(list(REQUESTERS.values())),
    secure=st.booleans(),
    form=st.booleans(),
    prefix=st.sampled_from([None, "", "incoming/", "secret/"]),
)


@given(questions_of, grants_of, st.sampled_from(DENIALS), st.integers(0, 3))
def test_another_denial_never_allows_more(asked, grants, denial, place) -> None:  # type: ignore[no-untyped-def]
    own = (*grants.own[:place], denial, *grants.own[place:])
    if decide(asked, replace(grants, own=own)).is_allowed:
        assert decide(asked, grants).is_allowed


@given(questions_of, grants_of, st.sampled_from(BUCKET_DENIALS))
def test_another_denial_in_the_bucket_policy_never_allows_more(asked, grants, denial) -> None:  # type: ignore[no-untyped-def]
    before = () if grants.bucket is None else grants.bucket.statements
    both = RamPolicy(DocumentKind.BUCKET, (*before, *denial.statements))
    if decide(asked, replace(grants, bucket=both)).is_allowed:
        assert decide(asked, grants).is_allowed


@given(questions_of, grants_of, st.sampled_from(IDENTITIES))
def test_a_session_policy_never_widens(asked, grants, session) -> None:  # type: ignore[no-untyped-def]
    if decide(asked, replace(grants, session=session)).is_allowed:
        assert decide(asked, replace(grants, session=None)).is_allowed
        assert evaluate((session,), asked).effect == "Allow"


@given(questions_of, grants_of)
def test_anybody_gets_only_what_something_public_grants(asked, grants) -> None:  # type: ignore[no-untyped-def]
    asked = replace(asked, requester=Requester())
    grants = replace(grants, own=(), session=None)
    if not decide(asked, grants).is_allowed:
        return
    by_policy = grants.bucket is not None and evaluate((grants.bucket,), asked).effect == "Allow"
    object_acl = grants.object_acl if asked.key is not None else ObjectAcl.DEFAULT
    by_acl = effective_acl(grants.bucket_acl, object_acl) is not BucketAcl.PRIVATE
    assert by_policy or by_acl
