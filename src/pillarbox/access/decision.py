"""May this caller do that: the one decision, in OSS's order (OSS: "Authorization process").

Who holds a session under a policy is bound by it first: what it doesn't allow is refused, whatever
else says yes. Then an explicit Deny ends it, of the user's or role's own policies or of the
bucket's. Then any of these allows: the account that owns the bucket, a policy of the caller's own
(within its own account), the bucket's policy, the object's ACL, the bucket's ACL. What nothing
allows is refused.

An object's ACL other than `default` overrides the bucket's, both ways (OSS: "Object ACL"). ACLs
grant reading and writing objects to anybody and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pillarbox.access.ram import Effect, Finding, Question, RamPolicy, evaluate
from pillarbox.model.acl import BucketAcl, ObjectAcl, effective_acl

#: What a public ACL lets anybody do (OSS: "Object ACL", permission table).
READ_ACTIONS = frozenset({"oss:GetObject", "oss:GetObjectVersion"})
WRITE_ACTIONS = frozenset({"oss:PutObject", "oss:DeleteObject"})
LIST_ACTIONS = frozenset({"oss:ListObjects"})


class Ground(Enum):
    """What decided."""

    SESSION_POLICY = "the session's policy"
    OWN_POLICY = "a policy of the caller's own"
    BUCKET_POLICY = "the bucket policy"
    OWNERSHIP = "the ownership of the bucket"
    OBJECT_ACL = "the object's ACL"
    BUCKET_ACL = "the bucket's ACL"


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether something is allowed, and why.

    Attributes:
        statement: name of the policy's statement that decided; empty where none did.
        policy: name that the policy is attached by; empty for one that has none.
    """

    is_allowed: bool
    ground: Ground
    statement: str = ""
    policy: str = ""

    @property
    def reason(self) -> str:
        """Why, in words for an operator."""
        verb = "allowed" if self.is_allowed else "denied"
        if self.statement:
            policy = f"{self.policy!r}, " if self.policy else ""
            return f"{verb} by statement {self.statement} of {policy}{self.ground.value}"
        if self.is_allowed or self.ground in (Ground.OBJECT_ACL, Ground.BUCKET_ACL):
            return f"{verb} by {self.ground.value}"
        return f"no statement of {self.ground.value} allows it"


@dataclass(frozen=True, slots=True)
class Grants:
    """The documents that bear on a question.

    Attributes:
        own: attached to the user or role.
        session: given when the role was assumed; None where there is none.
        bucket: the bucket's policy, None where there is none.
        bucket_acl: private where there is no bucket.
        anonymous_list: whether a public bucket may be listed by anybody. OSS says no.
    """

    own: tuple[RamPolicy, ...] = ()
    session: RamPolicy | None = None
    bucket: RamPolicy | None = None
    bucket_acl: BucketAcl = BucketAcl.PRIVATE
    object_acl: ObjectAcl = ObjectAcl.DEFAULT
    anonymous_list: bool = False


_SILENCE = Finding()
_OWNED = Decision(True, Ground.OWNERSHIP)


def decide(question: Question, grants: Grants) -> Decision:
    """Whether the requester may do what is asked."""
    if grants.session is not None:
        found = evaluate((grants.session,), question)
        if found.effect is not Effect.ALLOW:
            return Decision(False, Ground.SESSION_POLICY, found.statement)
    own = evaluate(grants.own, question) if grants.own else _SILENCE
    if own.effect is Effect.DENY:
        return Decision(False, Ground.OWN_POLICY, own.statement, own.policy)
    of_bucket = _SILENCE if grants.bucket is None else evaluate((grants.bucket,), question)
    if of_bucket.effect is Effect.DENY:
        return Decision(False, Ground.BUCKET_POLICY, of_bucket.statement)
    requester = question.requester
    is_at_home = requester.account_id is not None and requester.account_id == question.owner_id
    if is_at_home and requester.is_account:
        return _OWNED
    if is_at_home and own.effect is Effect.ALLOW:
        return Decision(True, Ground.OWN_POLICY, own.statement, own.policy)
    if of_bucket.effect is Effect.ALLOW:
        return Decision(True, Ground.BUCKET_POLICY, of_bucket.statement)
    return _by_acl(question, grants)


def _by_acl(question: Question, grants: Grants) -> Decision:
    by_object = grants.object_acl is not ObjectAcl.DEFAULT and question.key is not None
    ground = Ground.OBJECT_ACL if by_object else Ground.BUCKET_ACL
    acl = effective_acl(grants.bucket_acl, grants.object_acl if by_object else ObjectAcl.DEFAULT)
    action = question.action
    is_allowed = (
        (action in READ_ACTIONS and acl is not BucketAcl.PRIVATE)
        or (action in WRITE_ACTIONS and acl is BucketAcl.PUBLIC_READ_WRITE)
        or (action in LIST_ACTIONS and grants.anonymous_list and acl is not BucketAcl.PRIVATE)
    )
    return Decision(is_allowed, ground)
