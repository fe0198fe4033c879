"""One question to the access rules, asked as often as ACLs are read: now, and at the commit.

What policies and ownership decide, no ACL can change; only where they are silent, or speak of the
object's tags, is the object looked up. A body may take hours to come, so what ACLs and tags decided
is asked again by the transaction that writes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pillarbox.access.decision import Decision, Grants, Ground, decide
from pillarbox.access.ram import Condition, Question, RequestContext, looks_at
from pillarbox.model import refusals
from pillarbox.model.acl import BucketAcl, ObjectAcl, TagReader, WriteRule
from pillarbox.model.objects import StoredObject
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
        granted: whether the ACLs allow it, whatever they are: only a policy can deny it.
    """

    question: Question
    grants: Grants
    granted: bool = False

    @property
    def looks_at_request_tags(self) -> bool:
        """Whether a policy wants to know what tags the request gives, and nobody has read them."""
        known = self.question.context.request_tags is not None
        return not known and self._looks(lambda condition: condition.looks_at_request_tags)

    @property
    def looks_at_existing_tags(self) -> bool:
        """Whether a policy wants to know the object's tags, and nobody has looked."""
        known = self.question.context.existing_tags is not None or self.question.key is None
        return not known and self._looks(lambda condition: condition.looks_at_existing_tags)

    def _looks(self, about: Callable[[Condition], bool]) -> bool:
        grants = self.grants
        policies = [
            policy
            for policy in (*grants.own, grants.session, grants.bucket)
            if policy is not None and policy.of_tags
        ]
        return bool(policies) and looks_at(policies, self.question, about)

    def giving(self, tags: TagReader) -> Inquiry:
        """The same of a request that gives an object these tags; they are read where it matters."""
        if not self.looks_at_request_tags:
            return self
        return self._with(replace(self.question.context, request_tags=tags()))

    def seeing(self, tags: TagReader) -> Inquiry:
        """The same about an object that has these tags; they are read where it matters."""
        if not self.looks_at_existing_tags:
            return self
        return self._with(replace(self.question.context, existing_tags=tags()))

    def _with(self, context: RequestContext) -> Inquiry:
        return replace(self, question=replace(self.question, context=context))

    def decide(self, stored: StoredObject | None = None) -> Decision:
        """The decision, given what stands under the key; None where there is nothing yet.

        A delete marker has neither an ACL nor tags of its own, so it decides as nothing does.
        """
        if stored is None:
            return self._decide(ObjectAcl.DEFAULT)
        return self.seeing(lambda: stored.tags)._decide(stored.acl)

    def _decide(self, object_acl: ObjectAcl) -> Decision:
        grants = self.grants
        if object_acl is not ObjectAcl.DEFAULT:
            grants = replace(grants, object_acl=object_acl)
        decision = decide(self.question, grants)
        if self.granted and decision.ground in _BY_ACL:
            return replace(decision, is_allowed=True)
        return decision

    def is_settled(self) -> bool:
        """Whether it is allowed whatever any ACL says, and whatever tags the object has.

        Raises:
            Refusal: `AccessDenied` if it is denied whatever they say.
        """
        if self.looks_at_existing_tags:
            return False
        decision = self._decide(ObjectAcl.DEFAULT)
        if decision.ground in _BY_ACL and not self.granted:
            return False
        if not decision.is_allowed:
            raise denial(self.question, decision)
        return True

    def check(self, stored: StoredObject | None = None) -> None:
        """Raise the refusal `AccessDenied` unless it is allowed.

        Args:
            stored: what stands under the key.
        """
        decision = self.decide(stored)
        if not decision.is_allowed:
            raise denial(self.question, decision)

    def write_rule(self) -> WriteRule:
        """`check`, to be asked again by the transaction that writes, of what stands then."""

        def judge(bucket_acl: BucketAcl, object_acl: ObjectAcl, tags: TagReader) -> None:
            now = replace(self, grants=replace(self.grants, bucket_acl=bucket_acl)).seeing(tags)
            decision = now._decide(object_acl)
            if not decision.is_allowed:
                raise denial(now.question, decision)

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
