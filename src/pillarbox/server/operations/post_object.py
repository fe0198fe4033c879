"""PostObject: a browser's form becomes an object (OSS: "PostObject", S3: "POST Object").

Everything that can be judged is judged before a byte of the file is kept; the order of the
refusals is that of `docs/parity.md`, "Order of evaluation"::

    fields -> key -> signature -> policy -> expiry -> coverage -> conditions -> ceilings
           -> bucket -> may the signer put this key -> values of the fields -> overwrite
           -> the file, counted as it comes -> its size -> the closing delimiter -> digests
           -> commit
           -> the callback
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from sys import getsizeof

from pillarbox.access.caller import Caller
from pillarbox.access.form_authentication import authenticate_form
from pillarbox.forms.coverage import required_coverage, s3_coverage, strict_coverage
from pillarbox.forms.fields import FilePart, SubmittedForm
from pillarbox.forms.form_rules import OSS_FIELDS, rules_of
from pillarbox.forms.submitted_checksums import (
    SubmittedDigest,
    kept_checksum,
    submitted_digests,
)
from pillarbox.forms.submitted_object import (
    brings_extras_as_s3,
    object_spec,
    requested_callback,
    requested_tags,
)
from pillarbox.model import refusals
from pillarbox.model.acl import BucketAcl, WriteRule, all_rules
from pillarbox.model.bucket_forms import expects_s3_forms
from pillarbox.model.dialects import S3
from pillarbox.model.limits import (
    MAX_FORM_SIZE,
    MAX_TRAILER_SIZE,
)
from pillarbox.model.objects import Bucket, ObjectSpec, StoredObject
from pillarbox.model.refusals import Refusal
from pillarbox.policy import (
    Ceilings,
    PostPolicy,
    SizeRange,
    check_conditions,
    check_coverage,
    check_expiry,
    check_policy_ceilings,
    check_size_ceiling,
    check_size_floor,
    check_strict_coverage,
    check_upload_size,
)
from pillarbox.server.answers import Answer
from pillarbox.server.arrived_form import ArrivedForm
from pillarbox.server.callbacks import UploadCallback, Uploaded, admit
from pillarbox.server.digests import BodyDigest
from pillarbox.server.field_memory import Share
from pillarbox.server.file_digests import FileDigests
from pillarbox.server.form_reader import (
    FileEnd,
    FormField,
    FormReader,
    boundary_of,
)
from pillarbox.server.form_stream import FormStream
from pillarbox.server.form_success import check_redirect_host, success_answer
from pillarbox.server.late_fields import name_late_fields
from pillarbox.server.request import Request
from pillarbox.server.service import Service
from pillarbox.server.signed_body import hold_form_body
from pillarbox.server.verified_body import RequestBody


@dataclass(frozen=True, slots=True)
class Admission:
    """A form that was judged and let in: what its file becomes.

    Attributes:
        sizes: what the policy lets the file measure.
        digests: what the form says that the file has.
        callback: to be made when the object is there, None for none.
        rule: to be asked again by the transaction that commits, None if nothing can change.
    """

    caller: Caller
    bucket: Bucket
    spec: ObjectSpec
    sizes: SizeRange
    digests: tuple[SubmittedDigest, ...]
    callback: UploadCallback | None
    rule: WriteRule | None


async def post_object(request: Request, service: Service) -> Answer:
    """Take one form upload, whole or not at all."""
    arrived = ArrivedForm()
    try:
        return await _take(request, service, arrived)
    except Exception as error:
        if arrived.fields:
            request.record.dialect = rules_of(arrived.fields).dialect
        answer = error if isinstance(error, Refusal) else refusals.INTERNAL_ERROR()
        service.refused_forms.keep(request, arrived, answer, service.now())
        raise


async def _take(request: Request, service: Service, arrived: ArrivedForm) -> Answer:
    bucket_name = request.bucket_name
    if request.dialect is S3:
        hold_form_body(request)
    reader = FormReader(_boundary(request))
    body = request.body
    if body.content_length is not None and body.content_length > MAX_FORM_SIZE:
        raise refusals.ENTITY_TOO_LARGE(
            ProposedSize=str(body.content_length), MaxSizeAllowed=str(MAX_FORM_SIZE)
        )
    if body.content_length is None and body.finished:
        raise refusals.MISSING_CONTENT_LENGTH()
    digest = BodyDigest.of(request)
    with service.field_memory.share() as memory:
        stream = FormStream(body, reader, digest, memory)
        file = await _fields(stream, memory, arrived)
        try:
            acl_header = request.headers.get(OSS_FIELDS.acl)
            form = SubmittedForm.of(arrived.fields, file, acl_header)
            request.record.dialect = form.dialect
            arrived.judged_at = service.now()
            admission = await _admit(request, service, bucket_name, form, arrived.judged_at)
        except Refusal as refusal:
            await name_late_fields(refusal, body, stream, arrived)
            raise
        stored, called = await _receive(request, service, admission, stream, digest, arrived)
        return called or success_answer(request, form, stored, admission.bucket)


def _boundary(request: Request) -> bytes:
    if request.headers.count("content-type") > 1:
        # Which of two boundaries another program on the way took is anybody's guess.
        raise refusals.REQUEST_IS_NOT_MULTIPART()
    return boundary_of(request.headers.raw("content-type"))


async def _fields(stream: FormStream, memory: Share, arrived: ArrivedForm) -> FilePart:
    """Read the fields in front of the file into `arrived`, and the file part."""
    fields = arrived.fields
    while await stream.read():
        for event in stream.events:
            if isinstance(event, FormField):
                memory.keep(getsizeof(event.value))
                fields.append(event)
            elif isinstance(event, FilePart):
                memory.file_begins()
                arrived.file = event
                return event
    raise AssertionError("a form without a file is refused by its reader")


async def _admit(
    request: Request, service: Service, bucket_name: str, form: SubmittedForm, now: datetime
) -> Admission:
    """Judge all that can be judged without the file's bytes, in the order of the facts."""
    settings = service.settings
    form.refuse_other_bucket(bucket_name)
    key = form.object_key(leading_slash=settings.leading_slash_keys)
    request.record.key = key.decode("utf-8")
    caller, policy = await authenticate_form(
        form, service.signers, now, settings.region, service.verified
    )
    request.record.access_key_id = caller.access_key_id
    if policy is not None:
        _judge(form, policy, bucket_name, now)
        check_policy_ceilings(policy, settings.ceilings, now)
    bucket = await service.bucket(request)
    if settings.strict_forms or bucket.strict_forms:
        check_strict_coverage(policy, strict_coverage(form))
    if expects_s3_forms(bucket):
        check_strict_coverage(policy, s3_coverage(form))
    tags = partial(requested_tags, form)
    rule = await service.permitted(request, caller, "oss:PutObject", bucket, key, tags)
    spec = object_spec(
        form, key, bucket.storage_class, encrypted_at_rest=settings.encrypted_at_rest
    )
    digests = submitted_digests(form)
    if digests:
        spec = replace(spec, checksum=kept_checksum(digests))
    granted = _grants_extras(form, caller, bucket)
    extras = await service.permitted_extras(request, caller, bucket, spec, granted=granted)
    rule = all_rules(rule, extras)
    check_redirect_host(form.redirect, settings.redirect_hosts)
    callback = await admit(requested_callback(form), bucket, service.messenger)
    await service.refuse_overwriting(bucket, spec)
    sizes = _sizes(policy)
    _refuse_by_length(request.body, sizes, settings.ceilings)
    return Admission(caller, bucket, spec, sizes, digests, callback, rule)


def _grants_extras(form: SubmittedForm, caller: Caller, bucket: Bucket) -> bool:
    """Whether the bucket's ACL grants the object's ACL and tags along with the object.

    In S3 whom the bucket's ACL lets write may give its own object either. Nobody gets more by it
    than such a bucket gives to all; in OSS's words the rule is OSS's ("PostObject", permissions).
    """
    return (
        caller.access_key_id is None
        and bucket.acl is BucketAcl.PUBLIC_READ_WRITE
        and brings_extras_as_s3(form)
    )


def _judge(form: SubmittedForm, policy: PostPolicy, bucket_name: str, now: datetime) -> None:
    """Hold the form to its policy: expiry, coverage, repeated fields, conditions."""
    check_expiry(policy, now)
    check_coverage(policy, required_coverage(form))
    form.refuse_repeated(policy.covered)
    check_conditions(policy, form.condition_values(bucket_name))


def _sizes(policy: PostPolicy | None) -> SizeRange:
    return SizeRange() if policy is None else policy.size_range


def _refuse_by_length(body: RequestBody, sizes: SizeRange, ceilings: Ceilings) -> None:
    """Refuse at once what Content-Length proves to be too large."""
    if body.content_length is not None:
        _check_ceiling(sizes, ceilings, body.content_length - body.received - MAX_TRAILER_SIZE)


def _check_ceiling(sizes: SizeRange, ceilings: Ceilings, size: int) -> None:
    check_size_ceiling(sizes, size)
    check_upload_size(size, ceilings)


async def _receive(
    request: Request,
    service: Service,
    admission: Admission,
    stream: FormStream,
    digest: BodyDigest,
    arrived: ArrivedForm,
) -> tuple[StoredObject, Answer | None]:
    """Store the file's bytes and commit the object; whatever fails leaves nothing behind.

    Returns:
        The object, and what the site answered to the callback, if there was one.
    """
    callback = admission.callback
    digests = FileDigests(admission.digests)
    upload = service.store.begin_upload(admission.bucket)
    request.body.inner.when_still = upload.rest
    size = 0
    try:
        is_more = True
        while is_more:
            for event in stream.events:
                if isinstance(event, bytes):
                    size += len(event)
                    _check_ceiling(admission.sizes, service.settings.ceilings, size)
                    if callback is not None:
                        callback.see(event)
                    await digests.update(event)
                    await upload.write(event)
                elif isinstance(event, FileEnd):
                    arrived.complete = True
                    check_size_floor(admission.sizes, size)
                del event  # or its bytes would be held as long as the client stands still
            is_more = await stream.read()
        digest.check()
        digests.check()
        bucket, caller = admission.bucket, admission.caller
        owner_id, rule = caller.account_id or bucket.owner_id, admission.rule
        if callback is not None:
            uploaded = Uploaded.whole(admission.spec, await upload.finish())
            commit = partial(upload.commit, admission.spec, owner_id, rule)
            return await callback.commit(request, service, uploaded, commit)
        return await upload.commit(admission.spec, owner_id, rule), None
    except BaseException:
        arrived.size = size
        await upload.abort()
        raise
