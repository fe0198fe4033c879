"""CompleteMultipartUpload: the object that the parts of an upload make (OSS and S3 pages)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from pillarbox.access.caller import Caller
from pillarbox.model import refusals
from pillarbox.model.acl import WriteRule, all_rules
from pillarbox.model.limits import MAX_MULTIPART_SIZE
from pillarbox.model.multipart import etag_of_parts
from pillarbox.model.objects import Bucket, StoredObject
from pillarbox.model.refusals import Refusal
from pillarbox.policy import check_upload_size
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.callbacks import UploadCallback, Uploaded, admit, callback_of_request
from pillarbox.server.checksum_words import checksum_nodes
from pillarbox.server.claimed_checksums import check_claimed_size, part_rules
from pillarbox.server.form_success import object_url
from pillarbox.server.lifecycle_headers import expiration_headers
from pillarbox.server.operations.multipart_uploads import named_nodes, part_rule, upload_id_of
from pillarbox.server.query_values import key_encoding
from pillarbox.server.request import Request
from pillarbox.server.requested_object import (
    forbids_overwrite,
    requested_condition,
)
from pillarbox.server.service import Service
from pillarbox.server.stored_headers import copy_headers
from pillarbox.server.xml_body import read_xml_body
from pillarbox.storage.errors import LostBlob
from pillarbox.storage.multipart import Completion
from pillarbox.wire_xml.completion import COMPLETE_MULTIPART_UPLOAD, ListedPart, read_completion
from pillarbox.wire_xml.tree import Node

#: 10,000 parts take some 1.2 MB.
_MAX_COMPLETION_SIZE = 2 << 20

_EC_BOTH = "0042-00000216"
_EC_MALFORMED = "0042-00000205"


async def complete_multipart_upload(request: Request, service: Service) -> Answer:
    """Make the object of the parts that the body lists, or of all of them."""
    caller = await service.caller(request)
    bucket = await service.bucket(request)
    key = request.key
    rule = await part_rule(request, service, caller, bucket)
    listed = await _listed(request)
    try:
        return await _complete(request, service, caller, (bucket, key, rule), listed)
    except Refusal as refusal:
        if refusal.code != refusals.NO_SUCH_UPLOAD.code or not request.rules.completes_again:
            raise
        stored = await service.store.object(bucket, key)
        if stored is None or not _was_made_by(request, stored, listed or ()):
            raise
        return _completed(request, bucket, stored)


async def _complete(
    request: Request,
    service: Service,
    caller: Caller,
    place: tuple[Bucket, bytes, WriteRule | None],
    listed: Sequence[ListedPart] | None,
) -> Answer:
    bucket, key, rule = place
    rules = part_rules(request, listed or ())
    upload = await service.store.multipart.find(bucket, key, upload_id_of(request))
    # Who began it may have been somebody else, or have lost the right since.
    extras = await service.permitted_extras(request, caller, bucket, upload.spec)
    rule = all_rules(rule, extras)
    requested = callback_of_request(request, upload.spec.headers.content_type)
    callback = await admit(requested, bucket, service.messenger)
    condition = requested_condition(request)
    await service.check_condition(request, caller, bucket, key, condition)
    completion = await service.store.multipart.reckon(
        upload,
        None if listed is None else [(part.number, part.etag) for part in listed],
        forbid_overwrite=forbids_overwrite(request),
        condition=condition,
        rules=rules,
    )
    check_claimed_size(request, completion.whole)
    check_upload_size(completion.whole.size, service.settings.ceilings, MAX_MULTIPART_SIZE)
    commit = partial(service.store.multipart.complete, bucket, completion, rule)
    if callback is not None:
        await _show_head(service, completion, callback)
        whole = completion.whole
        uploaded = Uploaded(completion.spec, whole.etag, whole.size, whole.crc64, None)
        _, answer = await callback.commit(request, service, uploaded, commit)
        return answer
    return _completed(request, bucket, await commit())


def _was_made_by(request: Request, stored: StoredObject, listed: Sequence[ListedPart]) -> bool:
    """Whether the object is what this very request made, whose answer was lost on its way.

    SDKs ask again by themselves, and Amazon S3 answers them as before.
    """
    try:
        digests = [bytes.fromhex(part.etag.strip().strip('"')) for part in listed]
    except ValueError:
        return False
    return stored.upload_id == upload_id_of(request) and stored.etag == etag_of_parts(digests)


def _completed(request: Request, bucket: Bucket, stored: StoredObject) -> Answer:
    nodes: list[Node] = [
        *named_nodes(bucket, stored.key, key_encoding(request)),
        ("Location", object_url(request, stored.key)),
        ("ETag", request.dialect.etag(stored.etag)),
        *checksum_nodes(stored.checksum, request.dialect),
    ]
    headers = copy_headers(stored, request.dialect, bucket.versioning)
    headers.extend(expiration_headers(bucket, stored, request.dialect))
    root: Node = ("CompleteMultipartUploadResult", nodes)
    return answers.document(200, root, headers, request.dialect)


async def _listed(request: Request) -> list[ListedPart] | None:
    """The parts that the body lists; None for all there are."""
    wants_all = (request.headers.get("x-oss-complete-all") or "").strip().lower() == "yes"
    root = await read_xml_body(request, COMPLETE_MULTIPART_UPLOAD, _MAX_COMPLETION_SIZE)
    if wants_all:
        if root is not None:
            raise refusals.INVALID_ARGUMENT(
                "Should not speficy both complete all header and http body.", ec=_EC_BOTH
            )
        return None
    if root is None:
        raise refusals.MALFORMED_XML(ec=_EC_MALFORMED)
    return read_completion(root)


async def _show_head(service: Service, completion: Completion, callback: UploadCallback) -> None:
    """Let the callback see the first bytes, if its body tells of a picture.

    Raises:
        Refusal: `ServiceUnavailable` if a part was just uploaded again, and its bytes are gone.
    """
    if not callback.head_size:
        return
    reader = service.store.multipart.open_parts(completion.whole.parts)
    try:
        async for piece in reader.chunks(0, callback.head_size):
            callback.see(piece)
    except LostBlob as lost:
        raise refusals.SERVICE_UNAVAILABLE() from lost
    finally:
        reader.close()
