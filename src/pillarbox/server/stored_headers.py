"""Response headers that tell of a stored object."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping

from pillarbox.forms.s3_values import storage_class_name
from pillarbox.model.appending import NEXT_POSITION
from pillarbox.model.dialects import OSS, S3, Dialect
from pillarbox.model.multipart import Part
from pillarbox.model.object_types import ObjectType
from pillarbox.model.objects import StoredObject
from pillarbox.model.timestamps import http_date
from pillarbox.model.versioning import Versioning
from pillarbox.server.checksum_words import checksum_headers

#: Types that a browser would run as a document or script of the service's own origin
#: (the scripts: WHATWG "MIME Sniffing", JavaScript MIME type).
ACTIVE_TYPES = frozenset(
    """
    application/ecmascript application/javascript application/mathml+xml application/rdf+xml
    application/x-ecmascript application/x-javascript application/xhtml+xml application/xml
    application/xslt+xml image/svg+xml message/rfc822 multipart/related multipart/x-mixed-replace
    text/ecmascript text/html text/javascript text/jscript text/livescript text/x-ecmascript
    text/x-javascript text/xml text/xsl
    """.split()  # noqa: SIM905 (so many words read better as text)
)

_MEDIA_TYPE = re.compile(r"([!#$%&'*+.^_`|~0-9a-z-]+)/([!#$%&'*+.^_`|~0-9a-z-]+)")

Headers = list[tuple[str, str]]


def upload_headers(
    stored: StoredObject, dialect: Dialect = OSS, versioning: Versioning = Versioning.NEVER
) -> Headers:
    """What the answer to an upload says (OSS: "PutObject", S3: "POST Object", response headers).

    Args:
        versioning: of the bucket.
    """
    return [
        ("ETag", dialect.etag(stored.etag)),
        *_digests(stored, dialect),
        *_encryption(stored, dialect),
        *version_headers(stored.version_id, dialect, versioning),
    ]


def version_headers(version_id: str | None, dialect: Dialect, versioning: Versioning) -> Headers:
    """The header that names a version; none where the bucket never kept versions."""
    shown = versioning.shown_id(version_id)
    return [] if shown is None else [(dialect.field("version-id"), shown)]


def part_headers(part: Part, dialect: Dialect = OSS) -> Headers:
    """What the answer to a part says (OSS: "UploadPart", response headers)."""
    return [("ETag", dialect.etag(part.etag)), *_digests(part, dialect, typed=False)]


def copy_headers(
    stored: StoredObject, dialect: Dialect = OSS, versioning: Versioning = Versioning.NEVER
) -> Headers:
    """What the answer to a copy says; Content-MD5 would be that of the answer's document."""
    if dialect is S3:
        # The rest stands in the document.
        version = version_headers(stored.version_id, dialect, versioning)
        return [*_encryption(stored, dialect), *version]
    told = upload_headers(stored, dialect, versioning)
    return [pair for pair in told if pair[0] != "Content-MD5"]


def read_headers(
    stored: StoredObject,
    overrides: Mapping[str, str] | None = None,
    *,
    tags_told: bool = True,
    dialect: Dialect = OSS,
    versioning: Versioning = Versioning.NEVER,
) -> Headers:
    """What the answer to GET or HEAD says (OSS and S3: "GetObject", response headers).

    A type that could run in a browser is served as an attachment in a sandbox, so that what one
    visitor uploaded can't act in the name of another who opens it.

    Args:
        overrides: headers that a signed URL wants instead of the stored ones. They can't lift
            that rule: who signs a URL seldom knows what the visitor uploaded.
        tags_told: whether the reader may know how many tags there are.
    """
    told = {
        "Content-Type": stored.headers.content_type,
        **stored.headers.standard,
        **(overrides or {}),
    }
    headers: Headers = [
        ("Content-Type", told.pop("Content-Type")),
        *metadata_headers(stored, dialect, versioning),
        ("Accept-Ranges", "bytes"),
        *_kind(stored, dialect),
    ]
    if is_active(headers[0][1]):
        told["Content-Disposition"] = _as_attachment(told.get("Content-Disposition"))
        headers.append(("Content-Security-Policy", "sandbox; default-src 'none'"))
    headers.extend(told.items())
    headers.extend(
        (dialect.field(f"meta-{name}"), value)
        for name, value in stored.headers.user_metadata.items()
    )
    if stored.tags and tags_told:
        headers.append((dialect.field("tagging-count"), str(len(stored.tags))))
    return [*headers, *_encryption(stored, dialect)]


def metadata_headers(
    stored: StoredObject, dialect: Dialect = OSS, versioning: Versioning = Versioning.NEVER
) -> Headers:
    """ETag, Last-Modified, and which version it is."""
    return [
        ("ETag", dialect.etag(stored.etag)),
        ("Last-Modified", http_date(stored.modified_ms // 1000)),
        *version_headers(stored.version_id, dialect, versioning),
    ]


def is_active(content_type: str) -> bool:
    """Whether a browser might run content of this type; anything unreadable counts as such.

    Browsers read leniently: Chromium takes `text/html charset=utf-8`, without a semicolon, for
    HTML, and of a list (`image/png;,text/html`) the last type counts (WHATWG Fetch, "extract a MIME
    type").
    """
    if "," in content_type:
        return True
    match = _MEDIA_TYPE.fullmatch(content_type.partition(";")[0].strip(" \t").lower())
    if match is None:
        return True
    return (
        match[0] in ACTIVE_TYPES
        or match[2].endswith("+xml")
        or match[0].startswith("text/javascript1.")
    )


def _as_attachment(disposition: str | None) -> str:
    """`disposition` with its parameters, the file name above all, but as an attachment."""
    if disposition is None:
        return "attachment"
    _, semicolon, parameters = disposition.partition(";")
    return f"attachment{semicolon}{parameters}"


def _kind(stored: StoredObject, dialect: Dialect) -> Headers:
    """Storage class and what else the service tells of an object. S3 leaves out the usual class."""
    name = storage_class_name(stored.storage_class, dialect)
    told = [(dialect.field("storage-class"), name)]
    if stored.storage_class in dialect.rules.archive_classes:
        # Clients that thaw before they read wait for this; some read nothing without it.
        told.append((dialect.field("restore"), 'ongoing-request="false"'))
    if dialect is S3:
        return [] if name == "STANDARD" else told
    grows = stored.object_type == ObjectType.APPENDABLE
    end = [(NEXT_POSITION, str(stored.size))] if grows else []
    return [("x-oss-object-type", stored.object_type), *told, *_digests(stored, dialect), *end]


def _encryption(stored: StoredObject, dialect: Dialect) -> Headers:
    name = dialect.field("server-side-encryption")
    return [(name, stored.encryption)] if stored.encryption else []


def _digests(stored: StoredObject | Part, dialect: Dialect, *, typed: bool = True) -> Headers:
    """S3's checksum, or OSS's CRC-64 and the MD5."""
    if dialect is S3:
        return checksum_headers(stored.checksum, dialect, typed=typed)
    headers = [("x-oss-hash-crc64ecma", str(stored.crc64))]
    if stored.md5:
        headers.append(("Content-MD5", base64.b64encode(stored.md5).decode("ascii")))
    return headers
