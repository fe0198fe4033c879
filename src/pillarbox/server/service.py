"""What an operation works with besides its request."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from pillarbox.access.authentication import authenticate
from pillarbox.access.caller import Caller
from pillarbox.access.decision import Grants
from pillarbox.access.form_authentication import VerifiedPolicies
from pillarbox.access.inquiry import Inquiry
from pillarbox.access.nonces import Nonces
from pillarbox.access.ram import Question
from pillarbox.access.s3_authentication import authenticate_s3
from pillarbox.access.session_token import TokenKey
from pillarbox.access.signers import Signers
from pillarbox.access.version_actions import version_action
from pillarbox.model import refusals
from pillarbox.model.acl import ObjectAcl, TagReader, WriteRule, all_rules
from pillarbox.model.dialects import S3
from pillarbox.model.metrics import NO_METER, Meter
from pillarbox.model.objects import Bucket, ObjectSpec, StoredObject
from pillarbox.model.versioning import NamedVersion
from pillarbox.model.write_condition import WriteCondition
from pillarbox.outgoing.messenger import Messenger
from pillarbox.server.bucket_policies import bucket_policy_of
from pillarbox.server.expected_owner import check_owner
from pillarbox.server.field_memory import FieldMemory
from pillarbox.server.referer_rules import check_referer
from pillarbox.server.refused_forms import RefusedForms
from pillarbox.server.request import Request
from pillarbox.server.request_context import request_context
from pillarbox.server.settings import Settings
from pillarbox.server.signed_body import hold_body
from pillarbox.storage.store import Store


@dataclass(frozen=True, slots=True)
class Service:
    """The store, the operator's settings, and what the requests of this worker share.

    Attributes:
        signers: finds whose secret signed.
        tokens: makes the tokens of temporary credentials.
        messenger: calls the sites that uploads name.
        refused_forms: keeps why forms were refused.
        nonces: of calls of STS that were heard lately.
        verified: policies whose signature was right before.
        field_memory: what the fields of running forms hold.
        meter: is told what happens, in numbers.
    """

    store: Store
    settings: Settings
    signers: Signers
    tokens: TokenKey
    messenger: Messenger
    refused_forms: RefusedForms
    nonces: Nonces
    verified: VerifiedPolicies = field(default_factory=VerifiedPolicies)
    field_memory: FieldMemory = field(default_factory=FieldMemory)
    meter: Meter = NO_METER

    def now(self) -> datetime:
        """The current time, aware."""
        return datetime.fromtimestamp(time.time(), UTC)

    async def caller(self, request: Request) -> Caller:
        """Who signed a request that is no form. Its body is held to what was signed of it."""
        address = request.address
        if request.dialect is S3:
            caller, payload = await authenticate_s3(
                request.method,
                request.headers.items,
                request.query.pairs,
                request.raw_path,
                (address.bucket, address.key),
                self.signers,
                self.now(),
                self.settings.region,
            )
            request.record.access_key_id = caller.access_key_id
            hold_body(request, payload)
            return caller
        caller = await authenticate(
            request.method,
            request.headers.items,
            request.query.pairs,
            (address.bucket, address.key),
            self.signers,
            self.now(),
            self.settings.region,
        )
        request.record.access_key_id = caller.access_key_id
        return caller

    async def bucket(self, request: Request) -> Bucket:
        """The addressed bucket, if its Referer rules let the request in and it is whose it says.

        Refusals: `NoSuchBucket`, `AccessDenied`.
        """
        bucket = await self.addressed_bucket(request)
        check_referer(request, bucket)
        check_owner(request, bucket)
        return bucket

    async def addressed_bucket(self, request: Request) -> Bucket:
        """The addressed bucket, whoever asks; refusal `NoSuchBucket`."""
        name = request.bucket_name
        bucket = await self.store.bucket(name)
        if bucket is None:
            raise refusals.NO_SUCH_BUCKET(BucketName=name)
        return bucket

    def inquiry(
        self,
        request: Request,
        caller: Caller,
        action: str,
        bucket: Bucket | None = None,
        key: bytes | None = None,
        version: NamedVersion | None = None,
    ) -> Inquiry:
        """One question to the access rules about this request.

        Args:
            action: such as `oss:PutObject`; of a version that is named its like is asked.
            bucket: None for the service itself.
            key: None for the bucket itself.
        """
        question = Question(
            caller.requester,
            version_action(action, version),
            request_context(request, self.now()),
            owner_id=caller.account_id if bucket is None else bucket.owner_id,
            bucket=None if bucket is None else bucket.name,
            key=None if key is None else key.decode("utf-8"),
            region="" if bucket is None else bucket.region,
        )
        return Inquiry(question, self._grants(caller, bucket))

    def _grants(self, caller: Caller, bucket: Bucket | None) -> Grants:
        if bucket is None:
            return Grants(own=caller.policies, session=caller.session_policy)
        return Grants(
            own=caller.policies,
            session=caller.session_policy,
            bucket=bucket_policy_of(bucket),
            bucket_acl=bucket.acl,
            anonymous_list=self.settings.anonymous_list,
        )

    async def permitted(
        self,
        request: Request,
        caller: Caller,
        action: str,
        bucket: Bucket,
        key: bytes,
        tags: TagReader | None = None,
        version: NamedVersion | None = None,
    ) -> WriteRule | None:
        """Ask the access rules about one object, or one version.

        Its ACL and tags are read where they can matter.

        Args:
            tags: reads what tags the request gives it, if it may give any; called where a policy
                asks. It may raise refusals.

        Returns:
            The rule to be asked again by a transaction that writes the object, None if no ACL and
            no tag can change the decision.

        Raises:
            Refusal: `AccessDenied`.
        """
        inquiry = self.inquiry(request, caller, action, bucket, key, version)
        if tags is not None:
            inquiry = inquiry.giving(tags)
        return await self.rule_of(inquiry, bucket, key, version)

    async def rule_of(
        self, inquiry: Inquiry, bucket: Bucket, key: bytes, version: NamedVersion | None = None
    ) -> WriteRule | None:
        """As `permitted`, of an inquiry about that object or version."""
        if inquiry.is_settled():
            return None
        inquiry.check(await self.store.versions.find(bucket, key, version))
        return inquiry.write_rule()

    async def found_version(
        self,
        request: Request,
        caller: Caller,
        action: str,
        bucket: Bucket,
        key: bytes,
        version: NamedVersion | None = None,
    ) -> StoredObject | None:
        """The version of a key, a delete marker too, for whom may do `action` with it.

        The rules are asked before anybody learns whether it is there.

        Raises:
            Refusal: `AccessDenied`.
        """
        # One read: judging one version of the object and serving another would be a hole.
        found = await self.store.versions.find(bucket, key, version)
        self.inquiry(request, caller, action, bucket, key, version).check(found)
        return found

    async def refuse_overwriting(self, bucket: Bucket, spec: ObjectSpec) -> None:
        """Refuse `FileAlreadyExists` before the bytes come, if the commit would as things stand."""
        is_asked = spec.forbids_overwrite(bucket.versioning)
        if is_asked and await self.store.object(bucket, spec.key) is not None:
            raise refusals.FILE_ALREADY_EXISTS()

    async def check_condition(
        self,
        request: Request,
        caller: Caller,
        bucket: Bucket,
        key: bytes,
        condition: WriteCondition | None,
        version: NamedVersion | None = None,
    ) -> None:
        """Ask the access rules whether the caller may ask a condition of the object under a key.

        Who names an ETag learns whether it is the object's, so the caller must be one who may read
        it (AWS: "How to perform conditional deletes"). Else whoever may only put could find out
        what others have put.

        Raises:
            Refusal: `AccessDenied`.
        """
        if condition is not None and condition.etag is not None:
            await self.permitted(request, caller, "oss:GetObject", bucket, key, version=version)

    async def permitted_account(
        self, request: Request, action: str, new_bucket: str | None = None
    ) -> tuple[Caller, str]:
        """The caller and its account, if the caller may do `action` with the service.

        Args:
            new_bucket: name of the bucket to be made, for who makes one.

        Refusals: `AccessDenied`.
        """
        caller = await self.caller(request)
        self.check_account(request, caller, action, new_bucket)
        assert caller.account_id is not None
        return caller, caller.account_id

    def check_account(
        self, request: Request, caller: Caller, action: str, new_bucket: str | None = None
    ) -> None:
        """Ask the access rules about the service, or about a bucket that is not there yet.

        Raises:
            Refusal: `AccessDenied`.
        """
        inquiry = self.inquiry(request, caller, action)
        replace(inquiry, question=replace(inquiry.question, bucket=new_bucket)).check()

    async def permitted_extras(
        self,
        request: Request,
        caller: Caller,
        bucket: Bucket,
        spec: ObjectSpec,
        *,
        granted: bool = False,
    ) -> WriteRule | None:
        """Ask the access rules about an ACL and tags that an upload brings along.

        OSS: "PostObject" and "PutObject", permissions: PutObjectTagging for tags; PutObjectAcl for
        an ACL is of the newer permission table.

        Args:
            granted: whether the bucket's ACL grants both: a policy may still deny it.

        Returns:
            As `permitted`.

        Raises:
            Refusal: `AccessDenied`.
        """
        actions = []
        if spec.acl is not ObjectAcl.DEFAULT:
            actions.append("oss:PutObjectAcl")
        if spec.tags:
            actions.append("oss:PutObjectTagging")
        rules = []
        for action in actions:
            inquiry = self.inquiry(request, caller, action, bucket, spec.key)
            inquiry = replace(inquiry.giving(lambda: spec.tags), granted=granted)
            if granted or inquiry.looks_at_existing_tags:
                rules.append(await self.rule_of(inquiry, bucket, spec.key))
            else:
                inquiry.check()  # no object's ACL grants it
        return all_rules(*rules)

    async def permitted_bucket(self, request: Request, action: str) -> Bucket:
        """The addressed bucket, if the caller may do `action` with it, or with the addressed key.

        Refusals: `NoSuchBucket`, `AccessDenied`.
        """
        caller = await self.caller(request)
        bucket = await self.bucket(request)
        key = None if request.address.key is None else request.key
        self.inquiry(request, caller, action, bucket, key).check()
        return bucket
