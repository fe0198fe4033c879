"""What the store keeps about buckets and objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pillarbox.model.acl import BucketAcl, ObjectAcl
from pillarbox.model.object_checksum import ObjectChecksum
from pillarbox.model.object_types import ObjectType
from pillarbox.model.versioning import NamedVersion, Versioning
from pillarbox.model.write_condition import WriteCondition

DEFAULT_CONTENT_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket as the catalog holds it.

    Attributes:
        id: number in the catalog; a bucket made again under the same name gets another.
        owner_id: account that owns it.
        created_ms: creation time, milliseconds since the Unix epoch, UTC.
        region: such as `cn-hangzhou`, without the prefix `oss-`.
        strict_forms: whether its forms must cover by policy every field that matters.
        configs: kind to document of what was configured besides, such as `cors`.
        versioning: whether former versions of its objects stay.
    """

    id: int
    name: str
    owner_id: str
    acl: BucketAcl
    created_ms: int
    region: str
    storage_class: str = "Standard"
    strict_forms: bool = False
    configs: Mapping[str, str] = field(default_factory=dict, hash=False)
    versioning: Versioning = Versioning.NEVER


@dataclass(frozen=True, slots=True)
class BucketStat:
    """What a bucket holds.

    Attributes:
        objects: all versions, but for delete markers.
        size: bytes of all objects, and of the parts of unfinished uploads.
        uploads: multipart uploads that have neither been completed nor aborted.
        parts: of these uploads.
    """

    objects: int
    size: int
    uploads: int
    parts: int
    delete_markers: int = 0


@dataclass(frozen=True, slots=True)
class ObjectHeaders:
    """What an uploader says about an object and every reader is told again.

    Attributes:
        content_type: effective type; see `forms.fields` for its sources.
        standard: Cache-Control, Content-Disposition, Content-Encoding, Content-Language and
            Expires, by their canonical names, as far as they were given.
        user_metadata: `x-oss-meta-*` without the prefix, lower case name to value.
    """

    content_type: str = DEFAULT_CONTENT_TYPE
    standard: Mapping[str, str] = field(default_factory=dict)
    user_metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ObjectSpec:
    """An object about to be committed, all but its bytes.

    Attributes:
        key: UTF-8 bytes of the object key.
        forbid_overwrite: refuse `FileAlreadyExists` if the key is taken, decided in the
            transaction that commits.
        encryption: what to echo as `x-oss-server-side-encryption`, or None.
        checksum: that a client of S3 announced and the bytes have, None if there is none.
        condition: of S3's, on what stands under the key; decided likewise, and kept nowhere.
        upload_id: of the upload in parts that makes it, None for an object in one piece.
        symlink_target: the key that it leads to, None for an object that is no link.
    """

    key: bytes
    headers: ObjectHeaders = field(default_factory=ObjectHeaders)
    acl: ObjectAcl = ObjectAcl.DEFAULT
    tags: Mapping[str, str] = field(default_factory=dict)
    storage_class: str = "Standard"
    encryption: str | None = None
    forbid_overwrite: bool = False
    checksum: ObjectChecksum | None = None
    condition: WriteCondition | None = None
    upload_id: str | None = None
    symlink_target: bytes | None = None

    def forbids_overwrite(self, versioning: Versioning) -> bool:
        """Whether it may not take the place of an object in a bucket of this versioning.

        Where versions are kept nothing is overwritten, so forbid-overwrite says nothing there
        (OSS: "PutObject", x-oss-forbid-overwrite).
        """
        return self.forbid_overwrite and versioning is Versioning.NEVER


@dataclass(frozen=True, slots=True)
class Digests:
    """What was computed over an object's bytes.

    Attributes:
        size: in bytes.
        md5: 16 raw bytes.
        crc64: CRC-64/XZ, unsigned.
    """

    size: int
    md5: bytes
    crc64: int

    @property
    def etag(self) -> str:
        """Upper case hexadecimal MD5, without quotes (OSS: "PutObject", ETag)."""
        return self.md5.hex().upper()


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object, or one version of it, as the catalog holds it.

    Attributes:
        blob_id: opaque id of its bytes, never reused; None for an empty object.
        modified_ms: milliseconds since the Unix epoch, UTC.
        checksum: of S3's, None if nobody announced one.
        upload_id: of the upload in parts that made it, None if none did.
        symlink_target: the key that it leads to, None for an object that is no link.
        version_id: None for the null version, the only one where none are kept.
        is_delete_marker: whether the version says that the object is deleted; then it has nothing
            else.
        inline: the bytes themselves, where the catalog keeps them and they were read along.
    """

    bucket_id: int
    key: bytes
    blob_id: str | None
    size: int
    etag: str
    md5: bytes
    crc64: int
    modified_ms: int
    headers: ObjectHeaders
    acl: ObjectAcl
    owner_id: str
    tags: Mapping[str, str]
    storage_class: str
    encryption: str | None = None
    object_type: str = ObjectType.NORMAL
    checksum: ObjectChecksum | None = None
    upload_id: str | None = None
    symlink_target: bytes | None = None
    version_id: str | None = None
    is_delete_marker: bool = False
    inline: bytes | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of(
        cls,
        spec: ObjectSpec,
        *,
        bucket_id: int,
        owner_id: str,
        blob_id: str | None,
        size: int,
        etag: str,
        md5: bytes,
        crc64: int,
        modified_ms: int,
        object_type: str,
        version_id: str | None,
    ) -> StoredObject:
        """What `spec` becomes with its bytes; `md5` is empty where nobody read all in a row."""
        return cls(
            bucket_id=bucket_id,
            key=spec.key,
            blob_id=blob_id,
            size=size,
            etag=etag,
            md5=md5,
            crc64=crc64,
            modified_ms=modified_ms,
            headers=spec.headers,
            acl=spec.acl,
            owner_id=owner_id,
            tags=spec.tags,
            storage_class=spec.storage_class,
            encryption=spec.encryption,
            object_type=object_type,
            checksum=spec.checksum,
            upload_id=spec.upload_id,
            symlink_target=spec.symlink_target,
            version_id=version_id,
        )


@dataclass(frozen=True, slots=True)
class ListedObject:
    """One line of a listing."""

    key: bytes
    size: int
    etag: str
    modified_ms: int
    storage_class: str
    owner_id: str
    object_type: str = ObjectType.NORMAL


@dataclass(frozen=True, slots=True)
class ListedVersion(ListedObject):
    """One line of a listing of versions; see `StoredObject`.

    Attributes:
        is_latest: whether it is the current version of its key.
    """

    version_id: str | None = None
    is_delete_marker: bool = False
    is_latest: bool = True


@dataclass(frozen=True, slots=True)
class VersionListing:
    """A page of versions, in byte order of keys, the youngest of a key first.

    Attributes:
        common_prefixes: as of `Listing`.
        next_after: the last entry of the page if there are more, else None: a key and its version,
            or a common prefix and None.
    """

    versions: tuple[ListedVersion, ...]
    common_prefixes: tuple[bytes, ...]
    next_after: tuple[bytes, NamedVersion | None] | None


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a listing, in byte order of keys.

    Attributes:
        common_prefixes: keys rolled up to the delimiter, in byte order; each counts as one entry.
        next_after: the last entry of the page if there are more, else None: give it as
            `start_after` to get the next page.
    """

    objects: tuple[ListedObject, ...]
    common_prefixes: tuple[bytes, ...]
    next_after: bytes | None


@dataclass(frozen=True, slots=True)
class AccessKey:
    """An id and a secret that sign, and whom they speak for.

    The secret never shows in a repr.

    Attributes:
        user: of the account; None for the account itself.
        policies: name to JSON of what is attached to the user.
        account_enabled: whether the account may do anything.
    """

    id: str
    secret: str = field(repr=False)
    account_id: str
    enabled: bool = True
    user: str | None = None
    policies: Mapping[str, str] = field(default_factory=dict)
    account_enabled: bool = True
