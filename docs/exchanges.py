"""One request for each operation that both dialects have, in an order in which they can be done."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from pillarbox.model.dialects import S3, Dialect

BUCKET = "photos"
_KEY = f"/{BUCKET}/a.txt"
_ICE = f"/{BUCKET}/ice.txt"
_BIG = f"/{BUCKET}/big.bin"
#: Stands for the id of the upload that was begun last.
UPLOAD_ID = "UPLOADID"

_VERSIONING = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
#: In words that both dialects have.
_LIFECYCLE = (
    "<LifecycleConfiguration><Rule><ID>drafts</ID><Prefix>drafts/</Prefix><Status>Enabled</Status>"
    "<Expiration><Days>30</Days></Expiration></Rule></LifecycleConfiguration>"
)
_CORS = (
    "<CORSConfiguration><CORSRule><AllowedOrigin>https://www.example.com</AllowedOrigin>"
    "<AllowedMethod>PUT</AllowedMethod></CORSRule></CORSConfiguration>"
)
_TAGS = "<Tagging><TagSet><Tag><Key>team</Key><Value>web</Value></Tag></TagSet></Tagging>"
_POLICY = (
    '{"Version": "1", "Statement": [{"Effect": "Allow", "Principal": "*", '
    '"Action": "oss:GetObject", "Resource": "acs:oss:*:*:photos/*"}]}'
)
_DELETION = "<Delete><Object><Key>b.txt</Key></Object><Object><Key>missing</Key></Object></Delete>"
_RESTORE = "<RestoreRequest><Days>1</Days></RestoreRequest>"
_PART = "a part"
_PARTS = (
    "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{}</ETag></Part>"
    "</CompleteMultipartUpload>"
)
_EU = (
    "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint>"
    "</CreateBucketConfiguration>"
)
_COLD = "<CreateBucketConfiguration><StorageClass>IA</StorageClass></CreateBucketConfiguration>"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request.

    Attributes:
        operation: OSS's name of what it asks for.
        target: path and query.
    """

    operation: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""


def _digest(body: str) -> tuple[str, str]:
    return "Content-MD5", base64.b64encode(hashlib.md5(body.encode()).digest()).decode()  # noqa: S324


def exchanges(dialect: Dialect) -> list[Exchange]:
    """The requests, spelled in one dialect; each stands on what those before it left."""
    return [*_of_buckets(dialect), *_of_objects(dialect), *_of_uploads(dialect), *_of_the_end()]


def _of_buckets(dialect: Dialect) -> list[Exchange]:
    place = f"/{BUCKET}"
    preflight = (
        ("Origin", "https://www.example.com"),
        ("Access-Control-Request-Method", "PUT"),
    )
    public = ((dialect.field("acl"), "public-read"),)
    return [
        Exchange("PutBucket", "PUT", place, public, _EU if dialect is S3 else _COLD),
        Exchange("ListBuckets", "GET", "/"),
        Exchange("HeadBucket", "HEAD", place),
        Exchange("GetBucketLocation", "GET", f"{place}?location"),
        Exchange("GetBucketAcl", "GET", f"{place}?acl"),
        Exchange("PutBucketAcl", "PUT", f"{place}?acl", ((dialect.field("acl"), "private"),)),
        Exchange("PutBucketCors", "PUT", f"{place}?cors", (_digest(_CORS),), _CORS),
        Exchange("GetBucketCors", "GET", f"{place}?cors"),
        Exchange("OptionObject", "OPTIONS", _KEY, preflight),
        Exchange("DeleteBucketCors", "DELETE", f"{place}?cors"),
        Exchange(
            "PutBucketLifecycle",
            "PUT",
            f"{place}?lifecycle",
            (_digest(_LIFECYCLE),),
            _LIFECYCLE,
        ),
        Exchange("GetBucketLifecycle", "GET", f"{place}?lifecycle"),
        Exchange("DeleteBucketLifecycle", "DELETE", f"{place}?lifecycle"),
        Exchange("PutBucketTags", "PUT", f"{place}?tagging", (_digest(_TAGS),), _TAGS),
        Exchange("GetBucketTags", "GET", f"{place}?tagging"),
        Exchange("DeleteBucketTags", "DELETE", f"{place}?tagging"),
        Exchange("PutBucketPolicy", "PUT", f"{place}?policy", (), _POLICY),
        Exchange("GetBucketPolicy", "GET", f"{place}?policy"),
        Exchange("DeleteBucketPolicy", "DELETE", f"{place}?policy"),
    ]


def _of_objects(dialect: Dialect) -> list[Exchange]:
    put = (
        ("Content-Type", "text/plain"),
        (dialect.field(dialect.object_acl), "public-read"),
        (dialect.field("meta-color"), "red"),
        (dialect.field("tagging"), "team=web"),
        (dialect.field("storage-class"), "STANDARD_IA" if dialect is S3 else "IA"),
    )
    source = f"{BUCKET}/a.txt" if dialect is S3 else f"/{BUCKET}/a.txt"
    copy = ((dialect.field("copy-source"), source),)
    frozen = (dialect.field("storage-class"), "GLACIER" if dialect is S3 else "ColdArchive")
    private = ((dialect.field(dialect.object_acl), "private"),)
    tagged = f"{_KEY}?tagging"
    return [
        Exchange("PutObject", "PUT", _KEY, put, "hello"),
        Exchange("HeadObject", "HEAD", _KEY),
        Exchange("GetObject", "GET", _KEY, (("Range", "bytes=1-3"),)),
        Exchange("CopyObject", "PUT", f"/{BUCKET}/b.txt", copy),
        Exchange("GetObjectACL", "GET", f"{_KEY}?acl"),
        Exchange("PutObjectACL", "PUT", f"{_KEY}?acl", private),
        Exchange("PutObjectTagging", "PUT", tagged, (_digest(_TAGS),), _TAGS),
        Exchange("GetObjectTagging", "GET", tagged),
        Exchange("DeleteObjectTagging", "DELETE", tagged),
        Exchange("ListObjects", "GET", f"/{BUCKET}?max-keys=1"),
        Exchange("ListObjectsV2", "GET", f"/{BUCKET}?list-type=2&max-keys=1"),
        Exchange("ListObjectVersions", "GET", f"/{BUCKET}?versions&max-keys=1"),
        Exchange(
            "DeleteMultipleObjects", "POST", f"/{BUCKET}?delete", (_digest(_DELETION),), _DELETION
        ),
        Exchange("DeleteObject", "DELETE", _KEY),
        Exchange("", "PUT", _ICE, (frozen,), "ice"),
        Exchange("RestoreObject", "POST", f"{_ICE}?restore", (_digest(_RESTORE),), _RESTORE),
        Exchange("", "DELETE", _ICE),
    ]


def _of_uploads(dialect: Dialect) -> list[Exchange]:
    place = f"{_BIG}?partNumber={{}}&uploadId={UPLOAD_ID}"
    source = (
        (dialect.field("copy-source"), f"/{BUCKET}/big.bin"),
        (dialect.field("copy-source-range"), "bytes=0-1"),
    )
    etag = dialect.etag(hashlib.md5(_PART.encode()).hexdigest().upper())  # noqa: S324
    return [
        Exchange("InitiateMultipartUpload", "POST", f"{_BIG}?uploads"),
        Exchange("UploadPart", "PUT", place.format(1), (), _PART),
        Exchange("ListParts", "GET", f"{_BIG}?uploadId={UPLOAD_ID}"),
        Exchange("ListMultipartUploads", "GET", f"/{BUCKET}?uploads"),
        Exchange(
            "CompleteMultipartUpload",
            "POST",
            f"{_BIG}?uploadId={UPLOAD_ID}",
            (),
            _PARTS.format(etag),
        ),
        Exchange("", "POST", f"{_BIG}?uploads"),
        Exchange("UploadPartCopy", "PUT", place.format(2), source),
        Exchange("AbortMultipartUpload", "DELETE", f"{_BIG}?uploadId={UPLOAD_ID}"),
    ]


def _of_the_end() -> list[Exchange]:
    place = f"/{BUCKET}"
    return [
        Exchange("", "DELETE", _BIG),
        Exchange("PutBucketVersioning", "PUT", f"{place}?versioning", (), _VERSIONING),
        Exchange("GetBucketVersioning", "GET", f"{place}?versioning"),
        Exchange("DeleteBucket", "DELETE", place),
    ]
