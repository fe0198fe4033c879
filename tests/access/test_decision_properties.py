"""What holds for the one decision, whatever the documents say and whoever asks."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pillarbox.access.caller import ANYBODY
from pillarbox.access.decision import Grants, Ground, decide
from pillarbox.access.ram import DocumentKind, Question, RamPolicy, evaluate
from pillarbox.access.ram.principals import PrincipalPattern
from pillarbox.model.acl import BucketAcl, ObjectAcl
from tests.access.ram.random_documents import asked, policies

IDENTITY, BUCKET = DocumentKind.IDENTITY, DocumentKind.BUCKET

_PUBLIC = {"public-read", "public-read-write"}

grants_of = st.builds(
    Grants,
    own=st.just(()) | st.lists(policies(IDENTITY), max_size=2).map(tuple),
    session=st.none() | st.none() | policies(IDENTITY),
    bucket=policies(BUCKET) | policies(BUCKET, "Allow") | st.none(),
    bucket_acl=st.sampled_from(BucketAcl),
    object_acl=st.sampled_from(ObjectAcl),
    anonymous_list=st.booleans(),
)


denials = {kind: policies(kind, "Deny", most=1) for kind in (IDENTITY, BUCKET)}
places = st.integers(0, 2)


def _with(policy: RamPolicy | None, denial: RamPolicy, place: int) -> RamPolicy:
    """A document with another statement at a place."""
    if policy is None:
        return denial
    before = policy.statements
    return replace(policy, statements=(*before[:place], *denial.statements, *before[place:]))


def _allows_no_more(question: Question, grants: Grants, denied: Grants, denial: RamPolicy) -> None:
    """Not with the denial, and nothing at all of what that speaks of."""
    if decide(question, denied).is_allowed:
        assert decide(question, grants).is_allowed
        assert evaluate((denial,), question).effect is None


@given(asked, grants_of, denials[IDENTITY], places)
def test_another_denial_of_the_caller_s_own(
    question: Question, grants: Grants, denial: RamPolicy, place: int
) -> None:
    beside = (*grants.own[:place], denial, *grants.own[place:])
    _allows_no_more(question, grants, replace(grants, own=beside), denial)
    within = tuple(_with(policy, denial, place) for policy in grants.own)
    if grants.own:
        _allows_no_more(question, grants, replace(grants, own=within), denial)


@given(asked, grants_of, denials[BUCKET], places)
def test_another_denial_of_the_bucket_policy(
    question: Question, grants: Grants, denial: RamPolicy, place: int
) -> None:
    denied = replace(grants, bucket=_with(grants.bucket, denial, place))
    _allows_no_more(question, grants, denied, denial)


@given(asked, grants_of, denials[IDENTITY], places)
def test_another_denial_of_the_session_policy(
    question: Question, grants: Grants, denial: RamPolicy, place: int
) -> None:
    denied = replace(grants, session=_with(grants.session, denial, place))
    _allows_no_more(question, grants, denied, denial)


@given(asked, grants_of, policies(IDENTITY))
def test_a_session_policy_never_widens(
    question: Question, grants: Grants, session: RamPolicy
) -> None:
    bare = replace(grants, session=None)
    if decide(question, replace(grants, session=session)).is_allowed:
        assert decide(question, bare).is_allowed
        assert evaluate((session,), question).effect == "Allow"


@given(
    asked,
    st.none() | policies(BUCKET, public=False),
    st.sampled_from([ObjectAcl.DEFAULT, ObjectAcl.PRIVATE]),
    st.booleans(),
)
def test_anybody_is_allowed_nothing_where_nothing_is_public(
    question: Question, bucket: RamPolicy | None, acl: ObjectAcl, anonymous_list: bool
) -> None:
    grants = Grants(bucket=bucket, object_acl=acl, anonymous_list=anonymous_list)
    assert not decide(replace(question, requester=ANYBODY), grants).is_allowed


@given(asked, grants_of)
def test_anybody_is_allowed_only_what_something_public_grants(
    question: Question, grants: Grants
) -> None:
    question = replace(question, requester=ANYBODY)
    grants = replace(grants, own=(), session=None)
    if not decide(question, grants).is_allowed:
        return
    acl: str = grants.bucket_acl
    if question.key is not None and grants.object_acl is not ObjectAcl.DEFAULT:
        acl = grants.object_acl
    by_acl = acl in _PUBLIC and question.action in {
        "public-read": {"oss:GetObject", "oss:ListObjects"},
        "public-read-write": {
            *("oss:GetObject", "oss:ListObjects", "oss:PutObject", "oss:DeleteObject")
        },
    }.get(acl, set())
    statements = () if grants.bucket is None else grants.bucket.statements
    by_policy = any(
        statement.effect == "Allow" and PrincipalPattern("*") in (statement.principals or ())
        for statement in statements
    )
    assert by_acl or by_policy


def test_random_documents_decide_in_every_way() -> None:
    """Else the properties would say little."""
    seen = set()

    @settings(max_examples=600, phases=[Phase.generate], derandomize=True, database=None)
    @given(asked, grants_of)
    def see(question: Question, grants: Grants) -> None:
        decision = decide(question, grants)
        seen.add((decision.ground, decision.is_allowed))

    see()
    impossible = {(Ground.SESSION_POLICY, True), (Ground.OWNERSHIP, False)}
    assert seen == set(product(Ground, (True, False))) - impossible
