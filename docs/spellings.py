"""How each operation is asked for and answered in the two dialects, where they differ.

Names of headers stand without the dialect's prefix, but for those that have none.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spelling:
    """What an operation's requests and answers have of their own.

    Attributes:
        both: request headers that both dialects have.
        oss, s3: those that one has alone.
        in_s3: what S3's answer does otherwise, beyond what all of S3's answers do.
    """

    both: tuple[str, ...] = ()
    oss: tuple[str, ...] = ()
    s3: tuple[str, ...] = ()
    in_s3: str = ""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SAME = Spelling()
_OBJECT = _words("storage-class tagging meta-* server-side-encryption")
_SOURCE = _words("copy-source-if-*")
_S3_ACL = _words("acl grant-*")
_S3_CONDITION = _words("If-Match If-None-Match")

SPELLINGS = {
    "ListBuckets": Spelling(
        in_s3="up to 10,000 a page, `max-buckets` and a token; `BucketRegion`, no endpoints"
    ),
    "PutBucket": Spelling(
        _words("acl"),
        s3=_words("grant-*"),
        in_s3="one's own again is 409 `BucketAlreadyOwnedByYou`; the body names the region alone",
    ),
    "DeleteBucket": _SAME,
    "HeadBucket": Spelling(in_s3="`x-amz-bucket-region`"),
    "GetBucketLocation": Spelling(in_s3="the region without `oss-`; empty for us-east-1"),
    "GetBucketAcl": Spelling(in_s3="a list of grants"),
    "PutBucketAcl": Spelling(
        _words("acl"), s3=_words("grant-*"), in_s3="grants in headers or in a document count too"
    ),
    "PutBucketCors": Spelling(in_s3="no `ResponseVary`"),
    "GetBucketCors": Spelling(in_s3="no `ResponseVary`"),
    "DeleteBucketCors": _SAME,
    "PutBucketTags": Spelling(in_s3="204"),
    "GetBucketTags": Spelling(in_s3="404 `NoSuchTagSet` if there are none"),
    "DeleteBucketTags": Spelling(in_s3="all of them in any case"),
    "PutBucketLifecycle": Spelling(
        oss=_words("allow-same-action-overlap"),
        in_s3="rules may overlap; dates and filters are S3's",
    ),
    "GetBucketLifecycle": Spelling(in_s3="404 `NoSuchLifecycleConfiguration` if there are none"),
    "DeleteBucketLifecycle": _SAME,
    "PutBucketPolicy": Spelling(in_s3="the document is OSS's here too"),
    "GetBucketPolicy": Spelling(in_s3="the document is OSS's here too"),
    "DeleteBucketPolicy": _SAME,
    "PutBucketVersioning": Spelling(in_s3="`MfaDelete` may be `Disabled` alone"),
    "GetBucketVersioning": _SAME,
    "GetBucketWebsite": _SAME,
    "DeleteBucketWebsite": _SAME,
    "GetBucketLogging": _SAME,
    "GetBucketEncryption": Spelling(
        in_s3="404 `ServerSideEncryptionConfigurationNotFoundError`, where OSS has "
        "`NoSuchServerSideEncryptionRule`"
    ),
    "DeleteBucketEncryption": _SAME,
    "GetBucketRequestPayment": _SAME,
    "GetBucketReplication": Spelling(
        in_s3="404 `ReplicationConfigurationNotFoundError`, where OSS has "
        "`NoSuchReplicationConfiguration`"
    ),
    "DeleteBucketReplication": _SAME,
    "GetBucketAccelerateConfiguration": _SAME,
    "GetBucketNotificationConfiguration": _SAME,
    "GetBucketOwnershipControls": _SAME,
    "DeleteBucketOwnershipControls": _SAME,
    "GetBucketPublicAccessBlock": _SAME,
    "DeleteBucketPublicAccessBlock": _SAME,
    "GetObjectLockConfiguration": _SAME,
    "ListObjects": Spelling(in_s3="1,000 keys a page; more asked for is cut to it; no `Type`"),
    "ListObjectsV2": Spelling(in_s3="1,000 keys a page; more asked for is cut to it; no `Type`"),
    "ListObjectVersions": Spelling(
        in_s3="1,000 keys a page; more asked for is cut to it; no `Type`"
    ),
    "PostObject": Spelling(in_s3="[S3 forms](parity.md#s3-forms)"),
    "DeleteMultipleObjects": Spelling(
        _words("Content-MD5"),
        s3=_words("checksum-*"),
        in_s3="one by one: what may not be removed stands in `Error`",
    ),
    "ListMultipartUploads": Spelling(
        in_s3="`Initiator` and `Owner`; more asked for than 1,000 is cut to it"
    ),
    "PutObject": Spelling(
        (*_OBJECT, "Content-MD5"),
        oss=_words("object-acl forbid-overwrite callback callback-var hash-crc64ecma"),
        s3=(*_S3_ACL, "checksum-*", *_S3_CONDITION),
        in_s3="ETag and checksum, no MD5, no CRC-64; without a type `binary/octet-stream`",
    ),
    "CopyObject": Spelling(
        (*_SOURCE, "metadata-directive", "tagging-directive", *_OBJECT),
        oss=_words("object-acl forbid-overwrite"),
        s3=(*_S3_ACL, "checksum-algorithm", *_S3_CONDITION),
        in_s3="412 where OSS says 304; onto itself only with a change; ETag in the document alone",
    ),
    "GetObject": Spelling(
        _words("Range If-*"),
        oss=_words("range-behavior"),
        s3=_words("checksum-mode"),
        in_s3="a range is clipped, or 416; the class STANDARD isn't told, nor a type, nor CRC-64; "
        "of a part `x-amz-mp-parts-count`",
    ),
    "HeadObject": Spelling(
        _words("Range If-*"),
        oss=_words("range-behavior"),
        s3=_words("checksum-mode"),
        in_s3="as GetObject",
    ),
    "DeleteObject": Spelling(s3=_words("If-Match")),
    "GetObjectACL": Spelling(in_s3="a list of grants, of the bucket's ACL where it inherits"),
    "PutObjectACL": Spelling(
        oss=_words("object-acl"), s3=_S3_ACL, in_s3="grants in headers or in a document count too"
    ),
    "PutObjectTagging": _SAME,
    "GetObjectTagging": _SAME,
    "DeleteObjectTagging": _SAME,
    "RestoreObject": Spelling(in_s3="without a document `MalformedXML`; not for GLACIER_IR"),
    "InitiateMultipartUpload": Spelling(
        _OBJECT,
        oss=_words("object-acl forbid-overwrite"),
        s3=(*_S3_ACL, "checksum-algorithm", "checksum-type"),
    ),
    "UploadPart": Spelling(
        _words("Content-MD5"),
        oss=_words("hash-crc64ecma"),
        s3=_words("checksum-*"),
        in_s3="ETag and the checksum, no Content-MD5, no CRC-64",
    ),
    "UploadPartCopy": Spelling(
        (*_SOURCE, "copy-source-range"), in_s3="412 where OSS says 304; no CRC-64"
    ),
    "CompleteMultipartUpload": Spelling(
        oss=_words("complete-all forbid-overwrite callback callback-var"),
        s3=("checksum-*", "mp-object-size", *_S3_CONDITION),
        in_s3="the parts stand in the body and have 5 MiB but the last; no CRC-64",
    ),
    "AbortMultipartUpload": _SAME,
    "ListParts": Spelling(in_s3="`Initiator` and `Owner`, no CRC-64"),
    "OptionObject": _SAME,
}
