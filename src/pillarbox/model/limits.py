"""Limits of the protocol, in bytes unless the name says otherwise.

Sources are sections of OSS's documentation by page name; where pages disagree the choice is
recorded in `docs/parity.md`.
"""

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

#: "PostObject", "PutObject": an object sent in one request has at most 5 GB.
MAX_FILE_SIZE = 5 * GIB

#: "Multipart upload": 48.8 TB, which is 10,000 parts of 5 GB.
MAX_MULTIPART_SIZE = 10_000 * MAX_FILE_SIZE

#: "PostObject errors": all fields before the file together.
MAX_FIELDS_SIZE = 8 * MIB

#: What may follow the file (a `submit` field, the closing delimiter, an epilogue).
#: OSS names no figure; the bound keeps a client from sending for ever.
MAX_TRAILER_SIZE = 1 * MIB

#: A form's whole body: a file of exactly 5 GiB must pass with all its fields.
MAX_FORM_SIZE = MAX_FILE_SIZE + MAX_FIELDS_SIZE + MAX_TRAILER_SIZE

#: "PostObject errors", EC 0006-00000110.
MAX_FIELD_NAME_SIZE = 8 * KIB

#: "PostObject": 2 MB; the HTTP 400 page says 4 KB.
MAX_FIELD_VALUE_SIZE = 2 * MIB

#: No documented limit; more fields than this is a flood, not a form.
MAX_FIELDS = 1000

#: Header block of one part. A field name of 8 KB must fit.
MAX_PART_HEADER_SIZE = 16 * KIB

#: A form's request header Content-Type. A boundary has 70 characters; the rest is somebody's game.
MAX_CONTENT_TYPE_SIZE = 8 * KIB

#: Bytes before the first delimiter of a form (a preamble carries nothing).
MAX_PREAMBLE_SIZE = 64 * KIB

#: "Object naming conventions": 1 to 1,023 bytes of UTF-8.
MAX_KEY_SIZE = 1023

#: "PutObject": names plus values of all x-oss-meta-*.
MAX_USER_METADATA_SIZE = 8 * KIB

#: "PutObjectTagging".
MAX_OBJECT_TAGS = 10
MAX_TAG_KEY_LENGTH = 128
MAX_TAG_VALUE_LENGTH = 256

#: "DeleteMultipleObjects": keys, and bytes of the document.
MAX_DELETED_KEYS = 1000
MAX_DELETION_SIZE = 2 * MIB

#: "CreateBucket", error TooManyBuckets.
MAX_BUCKETS_PER_ACCOUNT = 100

#: "ListBuckets", max-keys.
MAX_LISTED_BUCKETS = 1000

#: oss2 reads 4,096 bytes of an error body and no more.
MAX_ERROR_BODY_SIZE = 4096

#: "Include signatures in the Authorization header": clock skew, in seconds.
MAX_CLOCK_SKEW_SECONDS = 15 * 60

#: "Include a V4 signature in a URL": the longest a URL may be good for, in seconds.
MAX_URL_V4_SECONDS = 7 * 24 * 3600

#: "POST V4 signature": a form's x-oss-date is good for this long, in seconds.
MAX_POST_V4_AGE_SECONDS = 7 * 24 * 3600
