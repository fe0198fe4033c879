"""One question to the access rules, asked as often as ACLs are read: now, and at the commit.

What policies and ownership decide, no ACL can change; only where they are silent is the object
looked up. A body may take hours to come, so what ACLs decided is asked again by the transaction
that writes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pillarbox.access.decision import Decision, Grants, Ground, decide
from pillarbox.access.ram import Question
from pillarbox.model import refusals
from pillarbox.model.acl import BucketAcl, ObjectAcl, WriteRule
from pillarbox.model.refusals import Refusal

EC_ANONYMOUS = "0003-00000905"
EC_BUCKET_POLICY = "0003-00000101"
EC_OWN_POLICY = "0003-00000201"

_BY_ACL = frozenset({Ground.OBJECT_ACL, Ground.BUCKET_ACL})


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question, and the documents and ACLs that bear on it.

    Attributes:
        grants: with the bucket's ACL as it was read, and no object's.
    """

    question: Question
    grants: Grants

    def decide(self, object_acl: ObjectAcl = ObjectAcl.DEFAULT) -> Decision:
        """The decision, given the ACL of the object; `default` where there is none yet."""
        if object_acl is ObjectAcl.DEFAULT:
            return decide(self.question, self.grants)
        return decide(self.question, replace(self.grants, object_acl=object_acl))

    def is_settled(self) -> bool:
        """Whether it is allowed whatever any ACL says; False where ACLs decide.

        Raises:
            Refusal: `AccessDenied` if it is denied whatever they say.
        """
        decision = decide(self.question, self.grants)
        if decision.ground in _BY_ACL:
            return False
        if not decision.is_allowed:
            raise denial(self.question, decision)
        return True

    def check(self, object_acl: ObjectAcl = ObjectAcl.DEFAULT) -> None:
        """Raise the refusal `AccessDenied` unless it is allowed."""
        decision = self.decide(object_acl)
        if not decision.is_allowed:
            raise denial(self.question, decision)

    def write_rule(self) -> WriteRule:
        """`check`, to be asked again by the transaction that writes, of what ACLs decide."""

        def judge(bucket_acl: BucketAcl, object_acl: ObjectAcl) -> None:
            replace(self, grants=replace(self.grants, bucket_acl=bucket_acl)).check(object_acl)

        return judge


def denial(question: Question, decision: Decision) -> Refusal:
    """The refusal `AccessDenied` of a decision; which statement decided is for the log alone."""
    refusal = _refusal(question, decision)
    if question.requester.account_id is not None or decision.statement:
        # Of what anybody may not do, everybody can make as many lines as he likes.
        refusal.hint = f"{question.action} on {question.path}: {decision.reason}"
    return refusal


def _refusal(question: Question, decision: Decision) -> Refusal:
    if decision.ground is Ground.BUCKET_POLICY:
        return refusals.ACCESS_DENIED("Access denied by bucket policy.", ec=EC_BUCKET_POLICY)
    if decision.ground in (Ground.OWN_POLICY, Ground.SESSION_POLICY):
        return refusals.ACCESS_DENIED("Access denied by authorizer's policy.", ec=EC_OWN_POLICY)
    if question.requester.account_id is None:
        if question.bucket is None or question.action == "oss:PutBucket":
            return refusals.ACCESS_DENIED(
                "Anonymous access is forbidden for this operation.", ec=EC_ANONYMOUS
            )
        noun = "bucket" if question.key is None else "object"
        return refusals.ACCESS_DENIED(
            f"Anonymous user has no right to access this {noun}.", ec=EC_ANONYMOUS
        )
    if question.key is not None:
        return refusals.ACCESS_DENIED(
            "You have no right to access this object because of bucket acl."
        )
    return refusals.ACCESS_DENIED("AccessDenied")
