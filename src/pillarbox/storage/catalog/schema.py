"""The tables of the catalog, for SQLite and for PostgreSQL alike.

Keys are bytes, so they sort as OSS sorts them (by their UTF-8 bytes) and no collation has a say.
Times are milliseconds since the Unix epoch, UTC; sizes are bytes. A CRC-64 is unsigned and the
databases' integers are not: `rows` turns one into the other.

Tables without a reader yet hold the place for what versions, multipart uploads and several nodes
need, so that no row has to move when they come.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)

metadata = MetaData()

_Number = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up INTEGER keys only

# --- who -------------------------------------------------------------------------------------

accounts = Table(
    "accounts",
    metadata,
    Column("id", String, primary_key=True),
    Column("display_name", String, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("enabled", Boolean, nullable=False, server_default=true()),
    Column("quota_bytes", BigInteger),
    Column("quota_objects", BigInteger),
)

users = Table(
    "users",
    metadata,
    Column("account_id", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("created_ms", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

#: `trust`: JSON of who may assume the role.
roles = Table(
    "roles",
    metadata,
    Column("account_id", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("trust", Text, nullable=False),
    Column("max_session_seconds", Integer, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

#: What users and roles may do. `holder_kind`: `user` or `role`.
attached_policies = Table(
    "attached_policies",
    metadata,
    Column("account_id", String, primary_key=True),
    Column("holder_kind", String, primary_key=True),
    Column("holder_name", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("document", Text, nullable=False),
    sqlite_with_rowid=False,
)

#: `kind`: `root` for the one that the server was started with, else `user`. `user_name`: null for
#: one of the account itself. `secret`: sealed, see `storage.sealing`.
access_keys = Table(
    "access_keys",
    metadata,
    Column("id", String, primary_key=True),
    Column("account_id", String, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("secret", String, nullable=False),
    Column("enabled", Boolean, nullable=False, server_default=true()),
    Column("created_ms", BigInteger, nullable=False),
    Column("user_name", String),
)

# --- buckets ---------------------------------------------------------------------------------

#: `versioning`: of `model.versioning`.
buckets = Table(
    "buckets",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("name", String, nullable=False),
    Column("owner_id", String, nullable=False, index=True),
    Column("acl", String, nullable=False),
    Column("region", String, nullable=False),
    Column("storage_class", String, nullable=False),
    Column("strict_forms", Boolean, nullable=False),
    Column("versioning", String, nullable=False, server_default=""),
    Column("created_ms", BigInteger, nullable=False),
    UniqueConstraint("name", name="buckets_name"),
    sqlite_autoincrement=True,  # an id is never given twice
)

#: CORS, policy, lifecycle, referer, tagging: one document each.
bucket_configs = Table(
    "bucket_configs",
    metadata,
    Column("bucket_id", BigInteger, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("document", Text, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

#: What a bucket holds, counted in the transaction that changes it; summed over the shards, of
#: which each node has its own. `bytes` are those of objects and of parts of unfinished uploads,
#: `part_bytes` the latter alone.
bucket_usage = Table(
    "bucket_usage",
    metadata,
    Column("bucket_id", BigInteger, primary_key=True),
    Column("shard", Integer, primary_key=True),
    Column("objects", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("part_bytes", BigInteger, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
)

# --- objects ---------------------------------------------------------------------------------


def _version_columns() -> tuple[Column[object], ...]:
    """What the current version and all others say alike; `attributes` is JSON, see `rows`."""
    return (
        Column("version_id", String),
        Column("object_type", String, nullable=False),
        Column("delete_marker", Boolean, nullable=False),
        Column("blob_id", String),
        Column("size", BigInteger, nullable=False),
        Column("etag", String, nullable=False),
        Column("md5", LargeBinary, nullable=False),
        Column("crc64", BigInteger, nullable=False),
        Column("modified_ms", BigInteger, nullable=False),
        Column("acl", String, nullable=False),
        Column("owner_id", String, nullable=False),
        Column("storage_class", String, nullable=False),
        Column("encryption", String),
        Column("attributes", Text, nullable=False),
    )


#: The current version of each key, without which a key has no other either. A delete marker is a
#: version without bytes; of the null version the id is null.
objects = Table(
    "objects",
    metadata,
    Column("bucket_id", BigInteger, primary_key=True),
    Column("key", LargeBinary, primary_key=True),
    *_version_columns(),
    # The sweep asks whether a file is still needed.
    Index("objects_blob_id", "blob_id"),
    # Counted for a bucket, and looked through by its lifecycle.
    Index(
        "objects_delete_markers",
        "bucket_id",
        "key",
        sqlite_where=text("delete_marker"),
        postgresql_where=text("delete_marker"),
    ),
    sqlite_with_rowid=False,
)

#: All other versions; a higher sequence is a younger version. `noncurrent_ms`: when another took
#: its place.
noncurrent_versions = Table(
    "noncurrent_versions",
    metadata,
    Column("bucket_id", BigInteger, primary_key=True),
    Column("key", LargeBinary, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    *_version_columns(),
    Column("noncurrent_ms", BigInteger, nullable=False, server_default="0"),
    Index("noncurrent_versions_blob_id", "blob_id"),
    # A version is found among thousands, and whether one of them is the null version.
    Index("noncurrent_versions_version_id", "bucket_id", "key", "version_id"),
    sqlite_with_rowid=False,
)

#: The bytes of small objects, apart from the rows that listings read.
inline_blobs = Table(
    "inline_blobs",
    metadata,
    Column("blob_id", String, primary_key=True),
    Column("bytes", LargeBinary, nullable=False),
)

#: Objects made of several blobs (multipart, append): `object_blob_id` is what `objects` names.
object_blobs = Table(
    "object_blobs",
    metadata,
    Column("object_blob_id", String, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("blob_id", String, nullable=False),
    Column("size", BigInteger, nullable=False),
    Index("object_blobs_blob_id", "blob_id"),
    sqlite_with_rowid=False,
)

multipart_uploads = Table(
    "multipart_uploads",
    metadata,
    Column("id", String, primary_key=True),
    Column("bucket_id", BigInteger, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("owner_id", String, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("acl", String, nullable=False),
    Column("storage_class", String, nullable=False),
    Column("encryption", String),
    Column("attributes", Text, nullable=False),
    Index("multipart_uploads_bucket_id_key", "bucket_id", "key", "id"),
)

#: `checksum`: of S3's, as `rows` writes it; null for a part that came without one.
parts = Table(
    "parts",
    metadata,
    Column("upload_id", String, primary_key=True),
    Column("number", SmallInteger, primary_key=True),
    Column("blob_id", String),
    Column("size", BigInteger, nullable=False),
    Column("md5", LargeBinary, nullable=False),
    Column("crc64", BigInteger, nullable=False),
    Column("modified_ms", BigInteger, nullable=False),
    Column("checksum", String),
    Index("parts_blob_id", "blob_id"),
    sqlite_with_rowid=False,
)

# --- what runs behind ------------------------------------------------------------------------

#: Blob files that no object needs any more; the reaper deletes them after a grace period.
garbage = Table(
    "garbage",
    metadata,
    Column("blob_id", String, primary_key=True),
    Column("since_ms", BigInteger, nullable=False),
    Index("garbage_since_ms", "since_ms"),
    sqlite_with_rowid=False,
)

#: Callbacks to deliver; written in the transaction of the upload that asked for them.
callback_outbox = Table(
    "callback_outbox",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("bucket_id", BigInteger, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("version_id", String),
    Column("request", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("due_ms", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("last_error", Text),
    Index("callback_outbox_due_ms", "due_ms"),
    sqlite_autoincrement=True,
)

#: Who does what only one node may do at a time (sweep, lifecycle).
leases = Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

IS_CURRENT = objects.c.delete_marker.is_(false())
