"""The list of all operations: verb, level, sub-resource, function, actions asked of the rules.

A request names its operation by the verb, by whether it addresses the service, a bucket or an
object, and by a query parameter that selects a sub-resource; a PUT that names a source to copy is
another operation again. Query first, then content type: a `POST /?delete` is no form. What the
service has of its own, behind `/-/`, is named by its path.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from pillarbox.model import refusals
from pillarbox.model.dialects import OSS, S3, Dialect
from pillarbox.model.refusals import Refusal
from pillarbox.server.answers import Answer
from pillarbox.server.copy_source import HEADER as COPY_SOURCE
from pillarbox.server.operations.acl import (
    get_bucket_acl,
    get_object_acl,
    put_bucket_acl,
    put_object_acl,
)
from pillarbox.server.operations.actions import (
    Action,
    on_bucket,
    on_key,
    on_role,
    on_service,
    on_source,
)
from pillarbox.server.operations.append_object import append_object
from pillarbox.server.operations.bucket_lifecycle import (
    delete_bucket_lifecycle,
    get_bucket_lifecycle,
    put_bucket_lifecycle,
)
from pillarbox.server.operations.bucket_policy import (
    delete_bucket_policy,
    get_bucket_policy,
    put_bucket_policy,
)
from pillarbox.server.operations.bucket_stat import get_bucket_stat
from pillarbox.server.operations.bucket_tagging import (
    delete_bucket_tags,
    get_bucket_tags,
    put_bucket_tags,
)
from pillarbox.server.operations.bucket_versioning import (
    get_bucket_versioning,
    put_bucket_versioning,
)
from pillarbox.server.operations.buckets import (
    delete_bucket,
    get_bucket_info,
    get_bucket_location,
    head_bucket,
    put_bucket,
)
from pillarbox.server.operations.callback_key import get_callback_key
from pillarbox.server.operations.copy_object import copy_object
from pillarbox.server.operations.cors import (
    delete_bucket_cors,
    get_bucket_cors,
    put_bucket_cors,
)
from pillarbox.server.operations.delete_object import delete_object
from pillarbox.server.operations.delete_objects import delete_multiple_objects
from pillarbox.server.operations.get_object import get_object, get_object_meta, head_object
from pillarbox.server.operations.list_buckets import list_buckets
from pillarbox.server.operations.list_object_versions import list_object_versions
from pillarbox.server.operations.list_objects import list_objects, list_objects_v2
from pillarbox.server.operations.multipart_completion import complete_multipart_upload
from pillarbox.server.operations.multipart_parts import (
    list_parts,
    upload_part,
    upload_part_copy,
)
from pillarbox.server.operations.multipart_uploads import (
    abort_multipart_upload,
    initiate_multipart_upload,
    list_multipart_uploads,
)
from pillarbox.server.operations.never_configured import (
    delete_never_configured,
    get_never_configured,
    reading_action,
    removing_action,
)
from pillarbox.server.operations.object_tagging import (
    delete_object_tagging,
    get_object_tagging,
    put_object_tagging,
)
from pillarbox.server.operations.post_object import post_object
from pillarbox.server.operations.preflight import preflight
from pillarbox.server.operations.put_object import put_object
from pillarbox.server.operations.referer import get_bucket_referer, put_bucket_referer
from pillarbox.server.operations.regions import describe_regions
from pillarbox.server.operations.restore_object import restore_object
from pillarbox.server.operations.sts import call_sts
from pillarbox.server.operations.symlinks import get_symlink, put_symlink
from pillarbox.server.operations.upload_script import get_upload_script
from pillarbox.server.request import Request
from pillarbox.server.requested_version import PARAMETER as VERSION
from pillarbox.server.service import Service


class Level(StrEnum):
    """What a request addresses."""

    SERVICE = "service"
    BUCKET = "bucket"
    OBJECT = "object"
    OWN = "own"


Handler = Callable[[Request, Service], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that the server can do.

    Attributes:
        sub_resource: query parameter that selects it, empty for none; of the service's own, the
            path behind `/-/`.
        actions: all that the caller must be allowed, each asked once of each resource. Empty only
            for what anybody may ask.
        header: request header that selects it beside its sub-resource, without the dialect's
            prefix; empty for none.
        extras: what is asked besides: by a request that brings an ACL or tags, or completes an
            upload that was begun with them; of an object whose tags are copied or counted.
        s3_name: what S3 calls it, empty where that is `name` too, which is OSS's.
        dialects: that have it. The service's own is asked for in any.
        takes_version: whether a version of the object may be named.
    """

    name: str
    method: str
    level: Level
    sub_resource: str
    handler: Handler
    actions: tuple[Action, ...] = ()
    header: str = ""
    extras: tuple[Action, ...] = ()
    s3_name: str = ""
    dialects: tuple[Dialect, ...] = (OSS, S3)
    takes_version: bool = False

    def name_in(self, dialect: Dialect) -> str:
        """What the documents of a dialect that has it call it."""
        return self.s3_name if dialect is S3 and self.s3_name else self.name


#: Of operations that S3 doesn't have, and of those that OSS doesn't.
_OSS_ALONE = (OSS,)
_S3_ALONE = (S3,)

#: An upload's ACL and tags.
_UPLOADED = on_key("PutObjectAcl", "PutObjectTagging")


def _never(
    name: str,
    sub_resource: str,
    *,
    removed: bool = False,
    s3_name: str = "",
    dialects: tuple[Dialect, ...] = (OSS, S3),
) -> tuple[Operation, ...]:
    """Reading, and perhaps removing, a configuration that no bucket here has.

    Args:
        name, s3_name: without the verb.
    """

    def operation(verb: str, method: str, handler: Handler, action: str) -> Operation:
        return Operation(
            f"{verb}{name}",
            method,
            Level.BUCKET,
            sub_resource,
            handler,
            on_bucket(action),
            s3_name=f"{verb}{s3_name}" if s3_name else "",
            dialects=dialects,
        )

    told = operation("Get", "GET", get_never_configured, reading_action(sub_resource))
    if not removed:
        return (told,)
    action = removing_action(sub_resource)
    return told, operation("Delete", "DELETE", delete_never_configured, action)


# One line an operation, however long.
# fmt: off
OPERATIONS = (
    Operation("ListBuckets", "GET", Level.SERVICE, "", list_buckets, on_service("ListBuckets")),
    Operation("DescribeRegions", "GET", Level.SERVICE, "regions", describe_regions, on_service("DescribeRegions"), dialects=_OSS_ALONE),
    Operation("AssumeRole", "POST", Level.SERVICE, "", call_sts, on_role("AssumeRole"), dialects=_OSS_ALONE),
    Operation("AssumeRole", "POST", Level.SERVICE, "Action", call_sts, on_role("AssumeRole"), dialects=_OSS_ALONE),
    Operation("AssumeRole", "GET", Level.SERVICE, "Action", call_sts, on_role("AssumeRole"), dialects=_OSS_ALONE),
    Operation("PutBucket", "PUT", Level.BUCKET, "", put_bucket, on_bucket("PutBucket"), extras=on_bucket("PutBucketAcl"), s3_name="CreateBucket"),
    Operation("DeleteBucket", "DELETE", Level.BUCKET, "", delete_bucket, on_bucket("DeleteBucket")),
    Operation("HeadBucket", "HEAD", Level.BUCKET, "", head_bucket, on_bucket("ListObjects")),
    Operation("GetBucketInfo", "GET", Level.BUCKET, "bucketInfo", get_bucket_info, on_bucket("GetBucketInfo"), dialects=_OSS_ALONE),
    Operation("GetBucketLocation", "GET", Level.BUCKET, "location", get_bucket_location, on_bucket("GetBucketLocation")),
    Operation("GetBucketStat", "GET", Level.BUCKET, "stat", get_bucket_stat, on_bucket("GetBucketStat"), dialects=_OSS_ALONE),
    Operation("GetBucketAcl", "GET", Level.BUCKET, "acl", get_bucket_acl, on_bucket("GetBucketAcl")),
    Operation("PutBucketAcl", "PUT", Level.BUCKET, "acl", put_bucket_acl, on_bucket("PutBucketAcl")),
    Operation("PutBucketCors", "PUT", Level.BUCKET, "cors", put_bucket_cors, on_bucket("PutBucketCors")),
    Operation("GetBucketCors", "GET", Level.BUCKET, "cors", get_bucket_cors, on_bucket("GetBucketCors")),
    Operation("DeleteBucketCors", "DELETE", Level.BUCKET, "cors", delete_bucket_cors, on_bucket("DeleteBucketCors")),
    Operation("PutBucketTags", "PUT", Level.BUCKET, "tagging", put_bucket_tags, on_bucket("PutBucketTagging"), s3_name="PutBucketTagging"),
    Operation("GetBucketTags", "GET", Level.BUCKET, "tagging", get_bucket_tags, on_bucket("GetBucketTagging"), s3_name="GetBucketTagging"),
    Operation("DeleteBucketTags", "DELETE", Level.BUCKET, "tagging", delete_bucket_tags, on_bucket("DeleteBucketTagging"), s3_name="DeleteBucketTagging"),
    Operation("PutBucketReferer", "PUT", Level.BUCKET, "referer", put_bucket_referer, on_bucket("PutBucketReferer"), dialects=_OSS_ALONE),
    Operation("GetBucketReferer", "GET", Level.BUCKET, "referer", get_bucket_referer, on_bucket("GetBucketReferer"), dialects=_OSS_ALONE),
    Operation("PutBucketPolicy", "PUT", Level.BUCKET, "policy", put_bucket_policy, on_bucket("PutBucketPolicy")),
    Operation("GetBucketPolicy", "GET", Level.BUCKET, "policy", get_bucket_policy, on_bucket("GetBucketPolicy")),
    Operation("DeleteBucketPolicy", "DELETE", Level.BUCKET, "policy", delete_bucket_policy, on_bucket("DeleteBucketPolicy")),
    Operation("PutBucketLifecycle", "PUT", Level.BUCKET, "lifecycle", put_bucket_lifecycle, on_bucket("PutBucketLifecycle"), s3_name="PutBucketLifecycleConfiguration"),
    Operation("GetBucketLifecycle", "GET", Level.BUCKET, "lifecycle", get_bucket_lifecycle, on_bucket("GetBucketLifecycle"), s3_name="GetBucketLifecycleConfiguration"),
    Operation("DeleteBucketLifecycle", "DELETE", Level.BUCKET, "lifecycle", delete_bucket_lifecycle, on_bucket("DeleteBucketLifecycle")),
    Operation("PutBucketVersioning", "PUT", Level.BUCKET, "versioning", put_bucket_versioning, on_bucket("PutBucketVersioning")),
    Operation("GetBucketVersioning", "GET", Level.BUCKET, "versioning", get_bucket_versioning, on_bucket("GetBucketVersioning")),
    *_never("BucketWebsite", "website", removed=True),
    *_never("BucketLogging", "logging"),
    Operation("DeleteBucketLogging", "DELETE", Level.BUCKET, "logging", delete_never_configured, on_bucket(removing_action("logging")), dialects=_OSS_ALONE),
    *_never("BucketEncryption", "encryption", removed=True),
    *_never("BucketRequestPayment", "requestPayment"),
    *_never("BucketReplication", "replication"),
    Operation("DeleteBucketReplication", "DELETE", Level.BUCKET, "replication", delete_never_configured, on_bucket(removing_action("replication")), dialects=_S3_ALONE),
    *_never("BucketTransferAcceleration", "transferAcceleration", dialects=_OSS_ALONE),
    Operation("ListBucketInventory", "GET", Level.BUCKET, "inventory", get_never_configured, on_bucket(reading_action("inventory")), dialects=_OSS_ALONE),
    *_never("BucketWorm", "worm", dialects=_OSS_ALONE),
    *_never("BucketAccelerateConfiguration", "accelerate", dialects=_S3_ALONE),
    *_never("BucketNotificationConfiguration", "notification", dialects=_S3_ALONE),
    *_never("BucketOwnershipControls", "ownershipControls", removed=True, dialects=_S3_ALONE),
    *_never("BucketPublicAccessBlock", "publicAccessBlock", removed=True, s3_name="PublicAccessBlock", dialects=_S3_ALONE),
    *_never("ObjectLockConfiguration", "object-lock", dialects=_S3_ALONE),
    Operation("ListObjects", "GET", Level.BUCKET, "", list_objects, on_bucket("ListObjects")),
    Operation("ListObjectsV2", "GET", Level.BUCKET, "list-type", list_objects_v2, on_bucket("ListObjects")),
    Operation("ListObjectVersions", "GET", Level.BUCKET, "versions", list_object_versions, on_bucket("ListObjectVersions")),
    Operation("PostObject", "POST", Level.BUCKET, "", post_object, on_key("PutObject"), extras=_UPLOADED),
    Operation("DeleteMultipleObjects", "POST", Level.BUCKET, "delete", delete_multiple_objects, on_key("DeleteObject"), s3_name="DeleteObjects"),
    Operation("ListMultipartUploads", "GET", Level.BUCKET, "uploads", list_multipart_uploads, on_bucket("ListMultipartUploads")),
    Operation("PutObject", "PUT", Level.OBJECT, "", put_object, on_key("PutObject"), extras=_UPLOADED),
    Operation("AppendObject", "POST", Level.OBJECT, "append", append_object, on_key("PutObject"), extras=_UPLOADED, dialects=_OSS_ALONE),
    Operation("PutSymlink", "PUT", Level.OBJECT, "symlink", put_symlink, on_key("PutObject"), extras=_UPLOADED, dialects=_OSS_ALONE),
    Operation("GetSymlink", "GET", Level.OBJECT, "symlink", get_symlink, on_key("GetObject"), dialects=_OSS_ALONE, takes_version=True),
    Operation("CopyObject", "PUT", Level.OBJECT, "", copy_object, on_source("GetObject") + on_key("PutObject"), header=COPY_SOURCE, extras=on_source("GetObjectTagging") + _UPLOADED),
    Operation("GetObject", "GET", Level.OBJECT, "", get_object, on_key("GetObject"), extras=on_key("GetObjectTagging"), takes_version=True),
    Operation("HeadObject", "HEAD", Level.OBJECT, "", head_object, on_key("GetObject"), extras=on_key("GetObjectTagging"), takes_version=True),
    Operation("GetObject", "GET", Level.OBJECT, "partNumber", get_object, on_key("GetObject"), extras=on_key("GetObjectTagging"), dialects=_S3_ALONE, takes_version=True),
    Operation("HeadObject", "HEAD", Level.OBJECT, "partNumber", head_object, on_key("GetObject"), extras=on_key("GetObjectTagging"), dialects=_S3_ALONE, takes_version=True),
    Operation("GetObjectMeta", "HEAD", Level.OBJECT, "objectMeta", get_object_meta, on_key("GetObject"), dialects=_OSS_ALONE, takes_version=True),
    Operation("GetObjectMeta", "GET", Level.OBJECT, "objectMeta", get_object_meta, on_key("GetObject"), dialects=_OSS_ALONE, takes_version=True),
    Operation("DeleteObject", "DELETE", Level.OBJECT, "", delete_object, on_key("DeleteObject"), takes_version=True),
    Operation("GetObjectACL", "GET", Level.OBJECT, "acl", get_object_acl, on_key("GetObjectAcl"), s3_name="GetObjectAcl", takes_version=True),
    Operation("PutObjectACL", "PUT", Level.OBJECT, "acl", put_object_acl, on_key("PutObjectAcl"), s3_name="PutObjectAcl", takes_version=True),
    Operation("PutObjectTagging", "PUT", Level.OBJECT, "tagging", put_object_tagging, on_key("PutObjectTagging"), takes_version=True),
    Operation("GetObjectTagging", "GET", Level.OBJECT, "tagging", get_object_tagging, on_key("GetObjectTagging"), takes_version=True),
    Operation("DeleteObjectTagging", "DELETE", Level.OBJECT, "tagging", delete_object_tagging, on_key("DeleteObjectTagging"), takes_version=True),
    Operation("RestoreObject", "POST", Level.OBJECT, "restore", restore_object, on_key("RestoreObject"), takes_version=True),
    Operation("InitiateMultipartUpload", "POST", Level.OBJECT, "uploads", initiate_multipart_upload, on_key("PutObject"), extras=_UPLOADED, s3_name="CreateMultipartUpload"),
    Operation("UploadPart", "PUT", Level.OBJECT, "partNumber", upload_part, on_key("PutObject")),
    # oss2 names the version of the source here too, which the header says.
    Operation("UploadPartCopy", "PUT", Level.OBJECT, "partNumber", upload_part_copy, on_source("GetObject") + on_key("PutObject"), header=COPY_SOURCE, takes_version=True),
    Operation("CompleteMultipartUpload", "POST", Level.OBJECT, "uploadId", complete_multipart_upload, on_key("PutObject"), extras=_UPLOADED),
    Operation("AbortMultipartUpload", "DELETE", Level.OBJECT, "uploadId", abort_multipart_upload, on_key("AbortMultipartUpload")),
    Operation("ListParts", "GET", Level.OBJECT, "uploadId", list_parts, on_key("ListParts")),
    Operation("OptionObject", "OPTIONS", Level.BUCKET, "", preflight),
    Operation("OptionObject", "OPTIONS", Level.OBJECT, "", preflight),
    Operation("GetUploadScript", "GET", Level.OWN, "upload.js", get_upload_script),
    Operation("GetUploadScript", "HEAD", Level.OWN, "upload.js", get_upload_script),
    Operation("GetCallbackKey", "GET", Level.OWN, "callback.pem", get_callback_key),
    Operation("GetCallbackKey", "HEAD", Level.OWN, "callback.pem", get_callback_key),
)
# fmt: on

#: Query parameters that select another operation than the plain one, of the documents and of the
#: official SDKs. Those without a line in `OPERATIONS` are answered `NotImplemented`: a
#: `DELETE /BUCKET?cname` that removed the bucket would be the worst of false successes.
#: `x-oss-ac-*` narrow who may use a signed URL, so they can't be ignored either.
_SELECTORS = frozenset(
    """
    MetaQuery accessPoint accessPointPolicy accessmonitor acl append asyncFetch
    bucketArchiveDirectRead bucketInfo callback cleanRestoredObject cloudboxes cname comp cors
    dataPipeline delete encryption httpsConfig inventory inventoryId legalHold lifecycle live
    location logging metaQuery metadataConfiguration metadataInventoryTable metadataJournalTable
    objectInfo objectMeta objectWorm overwriteConfig partNumber playlistName policy policyStatus
    position publicAccessBlock qos qosInfo qosRequester quota redundancyTransition referer
    regionList regions replication replicationLocation replicationProgress requestPayment
    requesterQosInfo resourceGroup resourcePool resourcePoolBuckets resourcePoolInfo responseHeader
    restore retention rtc seal select sequential stat style styleName symlink tagging
    transferAcceleration uploadId uploads userDefinedLogFieldsConfig versioning versions
    vod website worm wormExtend wormId x-oss-ac-forward-allow x-oss-ac-source-ip
    x-oss-ac-subnet-mask x-oss-ac-vpc-id x-oss-access-point-name x-oss-async-process x-oss-process
    x-oss-write-get-object-response
    """.split()  # noqa: SIM905 (so many words read better as text)
)

#: The same of S3's documents and SDKs, for its requests: elsewhere these words may mean anything.
_S3_SELECTORS = frozenset(
    """
    abac accelerate analytics annotation attributes intelligent-tiering legal-hold
    metadataAnnotationTable metadataTable metrics notification object-lock ownershipControls
    renameObject select-type session torrent
    """.split()  # noqa: SIM905 (so many words read better as text)
)

_BY_PLACE = {(op.method, op.level, op.sub_resource): op for op in OPERATIONS if not op.header}
_BY_HEADER = {(op.method, op.level, op.sub_resource): op for op in OPERATIONS if op.header}


def level_of(request: Request) -> Level:
    """What the request addresses."""
    if request.address.own_path is not None:
        return Level.OWN
    if request.address.bucket is None:
        return Level.SERVICE
    return Level.BUCKET if request.address.key is None else Level.OBJECT


def find_operation(request: Request) -> Operation:
    """The operation that a request names.

    Raises:
        Refusal: `NotImplemented` for a sub-resource that this server doesn't serve and for an
            operation that the request's dialect doesn't have, `MethodNotAllowed` for a verb that
            means nothing here, `NoSuchKey` for a path that the service doesn't have.
    """
    level = level_of(request)
    method = request.method
    if level is Level.OWN:
        return _find_own(method, request.address.own_path or "")
    selected = _selected(request, level)
    place = (method, level, selected)
    operation = _BY_HEADER.get(place)
    if operation is None or request.own(operation.header) is None:
        operation = _BY_PLACE.get(place)
    if operation is not None:
        _refuse_version(request, operation)
        return _in_dialect(operation, request.dialect)
    if selected:
        raise refusals.NOT_IMPLEMENTED(
            f"The operation {method} ?{selected} is not implemented.",
            Method=method,
            ResourceType=level.value.upper(),
        )
    # A POST to the service is a call of STS or nothing: who calls otherwise is not sent there.
    plain = (
        op
        for op in OPERATIONS
        if op.level is level and not op.sub_resource and op.handler is not call_sts
    )
    raise _not_allowed(method, level, plain)


def _in_dialect(operation: Operation, dialect: Dialect) -> Operation:
    if dialect not in operation.dialects:
        if operation.handler is call_sts:
            # IAM's clients ask here for much else: a 5xx they would ask again.
            raise refusals.METHOD_NOT_ALLOWED(Method=operation.method, ResourceType="SERVICE")
        # S3 takes such a parameter for none: what it would answer is another operation's.
        (owner,) = operation.dialects
        raise refusals.NOT_IMPLEMENTED(
            f"The operation {operation.name} is {owner.name.upper()}'s: ask for it in "
            f"{owner.name.upper()}'s dialect.",
            Method=operation.method,
            ResourceType=operation.level.value.upper(),
        )
    return operation


def _refuse_version(request: Request, operation: Operation) -> None:
    """Refuse `NotImplemented` for a version where none can be named: another would be meant."""
    if VERSION in request.query and not operation.takes_version:
        raise refusals.NOT_IMPLEMENTED(
            f"The operation {operation.name} of a version is not implemented.",
            Method=request.method,
            ResourceType=operation.level.value.upper(),
        )


def _find_own(method: str, path: str) -> Operation:
    here = [op for op in OPERATIONS if op.level is Level.OWN and op.sub_resource == path]
    if not here:
        raise refusals.NO_SUCH_KEY(Key=f"-/{path[:1000]}")
    for operation in here:
        if operation.method == method:
            return operation
    raise _not_allowed(method, Level.OWN, here)


def _not_allowed(method: str, level: Level, served: Iterable[Operation]) -> Refusal:
    refusal = refusals.METHOD_NOT_ALLOWED(Method=method, ResourceType=level.value.upper())
    refusal.headers["Allow"] = ", ".join(sorted({operation.method for operation in served}))
    return refusal


def _selected(request: Request, level: Level) -> str:
    if request.method == "OPTIONS":
        # A preflight has no sub-resource of its own.
        return ""
    chosen = [name for name in request.query.first if _selects(request, name)]
    if not chosen:
        version = request.query.get("list-type") if level is Level.BUCKET else None
        return "list-type" if request.method == "GET" and version == "2" else ""
    served = [name for name in chosen if (request.method, level, name) in _BY_PLACE]
    # Two selectors at once are one operation with an argument (`?acl&versionId=…`): it is served
    # only if this server knows every part of it.
    # Of two that are served alone, neither is the other's argument: the pair is no operation.
    return next((name for name in chosen if name not in served), "&".join(chosen))


def _selects(request: Request, name: str) -> bool:
    """Whether a query parameter names another operation.

    One that we don't know selects nothing if it has a value. A bare one on PUT or DELETE is most
    likely a sub-resource that is newer than this server. `callback` with a value is an argument of
    PutObject and CompleteMultipartUpload, `uploadId` beside a part's number one of UploadPart,
    `position` one of AppendObject. S3 has no callbacks.
    """
    if level_of(request) is Level.SERVICE and name == "Action":
        return True
    if name == "callback" and not request.rules.has_callbacks:
        return False
    if name == VERSION:
        return False
    if request.dialect is S3 and name in _S3_SELECTORS:
        return True
    if level_of(request) is Level.OBJECT:
        if name == "callback" and request.query.get(name):
            return request.method != "PUT" and "uploadId" not in request.query
        if name == "uploadId" and request.method == "PUT":
            return "partNumber" not in request.query
        if name == "position" and request.method == "POST":
            return "append" not in request.query
    if name in _SELECTORS:
        return True
    return request.method in ("PUT", "DELETE") and not request.query.get(name)
