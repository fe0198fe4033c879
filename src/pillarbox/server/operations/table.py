"""The list of all operations: verb, level, sub-resource, function, actions asked of the rules.

A request names its operation by the verb, by whether it addresses the service, a bucket or an
object, and by a query parameter that selects a sub-resource; a PUT that names a source to copy is
another operation again: see `selection`. What the service has of its own, behind `/-/`, is named by
its path.
"""

from __future__ import annotations

from pillarbox.model.dialects import OSS, S3, Dialect
from pillarbox.server.copy_source import HEADER as COPY_SOURCE
from pillarbox.server.operations.acl import (
    get_bucket_acl,
    get_object_acl,
    put_bucket_acl,
    put_object_acl,
)
from pillarbox.server.operations.actions import (
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
from pillarbox.server.operations.operation import Handler, Level, Operation
from pillarbox.server.operations.post_object import post_object
from pillarbox.server.operations.preflight import preflight
from pillarbox.server.operations.put_object import put_object
from pillarbox.server.operations.referer import get_bucket_referer, put_bucket_referer
from pillarbox.server.operations.regions import describe_regions
from pillarbox.server.operations.restore_object import restore_object
from pillarbox.server.operations.sts import call_sts
from pillarbox.server.operations.symlinks import get_symlink, put_symlink
from pillarbox.server.operations.upload_script import get_upload_script

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
