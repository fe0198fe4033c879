"""What an uploader may say about an object, read and checked.

A form says it in fields, PutObject in headers of the same names; the rules are one.
Sources: OSS "PostObject", "PutObject", "PutObjectTagging".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from urllib.parse import parse_qsl

from pillarbox.model import refusals
from pillarbox.model.acl import ObjectAcl
from pillarbox.model.dialects import OSS, Dialect
from pillarbox.model.limits import (
    MAX_OBJECT_TAGS,
    MAX_TAG_KEY_LENGTH,
    MAX_TAG_VALUE_LENGTH,
    MAX_USER_METADATA_SIZE,
)
from pillarbox.model.names import (
    fold_field_name,
    has_control_characters,
    is_tag_text,
    is_wide_tag_text,
)
from pillarbox.model.objects import DEFAULT_CONTENT_TYPE, ObjectHeaders

#: HTTP headers that are stored and told again to every reader, by canonical name.
STANDARD_HEADERS = (
    "Cache-Control",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Language",
    "Expires",
)

_STANDARD = tuple((name, name.lower()) for name in STANDARD_HEADERS)

STORAGE_CLASSES = ("Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive")

#: What may be said of encryption, each behind the dialect's prefix.
ENCRYPTION_NAMES = (
    "server-side-encryption",
    "server-side-encryption-key-id",
    "server-side-data-encryption",
)

#: Names of user metadata that would collide with what the store itself keeps.
RESERVED_METADATA_PREFIX = "pillarbox-"

Getter = Callable[[str], str | None]
"""Gives the value of a field or header by name (any letter case), or None if there is none."""


def read_object_headers(
    get: Getter, content_type: str | None, metadata: Iterable[tuple[str, str]]
) -> ObjectHeaders:
    """The stored headers of an object.

    Args:
        get: field or header by name.
        content_type: the effective type, None if none was given.
        metadata: user metadata, name without `x-oss-meta-` and value.

    Raises:
        Refusal: `InvalidArgument` for control characters or too much metadata.
    """
    standard = {}
    for name, lower in _STANDARD:
        value = get(lower)
        if value:
            standard[name] = _header_value(name, value)
    return ObjectHeaders(
        content_type=_header_value("Content-Type", content_type or DEFAULT_CONTENT_TYPE),
        standard=standard,
        user_metadata=_user_metadata(metadata),
    )


def read_object_acl(text: str | None) -> ObjectAcl:
    """The ACL that `text` names; `default` if there is none."""
    if not text:
        return ObjectAcl.DEFAULT
    try:
        return ObjectAcl(text)
    except ValueError:
        raise refusals.INVALID_ARGUMENT(
            "no such object access control exists",
            ArgumentName="x-oss-object-acl",
            ArgumentValue=text[:128],
        ) from None


def read_storage_class(text: str | None, default: str) -> str:
    """The storage class that `text` names, kept as a label; `default` if there is none."""
    if not text:
        return default
    if text not in STORAGE_CLASSES:
        raise refusals.INVALID_ARGUMENT(
            "no such storage class exists",
            ArgumentName="x-oss-storage-class",
            ArgumentValue=text[:128],
        )
    return text


def read_encryption(get: Getter, *, encrypted_at_rest: bool) -> str | None:
    """The server-side encryption to echo, None if none was asked for.

    AES256 is granted where the operator declares that the disk is encrypted; nothing else is, for
    to say that bytes are encrypted when they are not would be a lie.

    Raises:
        Refusal: `InvalidEncryptionAlgorithmError` for an unknown value, `NotImplemented` for what
            this server doesn't do.
    """
    algorithm = get("x-oss-server-side-encryption")
    for name in (
        "x-oss-server-side-encryption-key-id",
        "x-oss-server-side-data-encryption",
    ):
        if get(name):
            raise refusals.NOT_IMPLEMENTED(Header=name)
    if not algorithm:
        return None
    if algorithm not in ("AES256", "KMS", "SM4"):
        raise refusals.INVALID_ENCRYPTION_ALGORITHM(
            ArgumentName="x-oss-server-side-encryption", ArgumentValue=algorithm[:128]
        )
    if algorithm != "AES256" or not encrypted_at_rest:
        raise refusals.NOT_IMPLEMENTED(Header="x-oss-server-side-encryption")
    return algorithm


def read_tagging(text: str | None, dialect: Dialect = OSS) -> dict[str, str]:
    """Object tags from `k=v&k2=v2`, percent-encoded; empty if there is none.

    Args:
        dialect: S3 has the same text, and more characters.

    Raises:
        Refusal: `InvalidArgument` for malformed or repeated tags, `InvalidTaggingKey` for too
            long or forbidden ones.
    """
    if not text:
        return {}
    name = dialect.field("tagging")
    malformed = refusals.INVALID_ARGUMENT(
        f"The header '{name}' shall be encoded as UTF-8 then URLEncoded URL query "
        "parameters without tag name duplicates.",
        ArgumentName=name,
        ArgumentValue=text[:128],
    )
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=MAX_OBJECT_TAGS + 1
        )
    except ValueError:
        raise malformed from None
    tags = dict(pairs)
    if not pairs or len(tags) != len(pairs) or len(tags) > MAX_OBJECT_TAGS:
        raise malformed
    for key, value in pairs:
        _check_tag(key, value, dialect)
    return tags


def read_directive(name: str, get: Getter) -> bool:
    """Whether a copy replaces what it would take over: the header says `REPLACE`, not `COPY`.

    Args:
        name: of the header, such as `x-oss-metadata-directive`.

    Raises:
        Refusal: `InvalidArgument` for another value; letter case is no matter.
    """
    text = get(name)
    if not text or text.upper() == "COPY":
        return False
    if text.upper() != "REPLACE":
        raise refusals.INVALID_ARGUMENT(
            "The value is either COPY or REPLACE.", ArgumentName=name, ArgumentValue=text[:128]
        )
    return True


def check_tags(pairs: Sequence[tuple[str, str]], dialect: Dialect = OSS) -> dict[str, str]:
    """Object tags of a document, keys and values.

    Raises:
        Refusal: `TooManyTags`, `RepeatedTags`, `InvalidTaggingKey` for too long or forbidden ones.
    """
    if len(pairs) > MAX_OBJECT_TAGS:
        raise refusals.TOO_MANY_TAGS()
    for name, value in pairs:
        _check_tag(name, value, dialect)
    tags = dict(pairs)
    if len(tags) != len(pairs):
        raise refusals.REPEATED_TAGS()
    return tags


def _check_tag(name: str, value: str, dialect: Dialect) -> None:
    if not 1 <= len(name) <= MAX_TAG_KEY_LENGTH or len(value) > MAX_TAG_VALUE_LENGTH:
        raise refusals.INVALID_TAGGING_KEY()
    is_good = is_wide_tag_text if dialect.rules.has_wide_tags else is_tag_text
    if not (is_good(name) and is_good(value)):
        raise refusals.INVALID_TAGGING_KEY()


def _user_metadata(items: Iterable[tuple[str, str]]) -> dict[str, str]:
    metadata: dict[str, str] = {}
    size = 0
    for name, value in items:
        lower = fold_field_name(name)
        header = f"x-oss-meta-{lower}"
        if not lower or not all(c.isascii() and (c.isalnum() or c in "-_") for c in lower):
            raise refusals.INVALID_ARGUMENT(
                "The name of user metadata consists of letters, digits and hyphens.",
                ArgumentName=header[:128],
            )
        if lower.startswith(RESERVED_METADATA_PREFIX):
            raise refusals.INVALID_ARGUMENT(
                "This name of user metadata is reserved.", ArgumentName=header[:128]
            )
        metadata[lower] = _header_value(header, value)
        size += len(header) + len(value.encode("utf-8"))
    if size > MAX_USER_METADATA_SIZE:
        raise refusals.INVALID_ARGUMENT(
            f"The total size of user metadata is {size} bytes; at most {MAX_USER_METADATA_SIZE} "
            "are allowed.",
            ArgumentName="x-oss-meta-*",
        )
    return metadata


def _header_value(name: str, value: str) -> str:
    """`value` if it may stand in a response header."""
    check_header_value(name, value)
    return value


def check_header_value(name: str, value: str) -> None:
    """Refuse `InvalidArgument` for control characters: a line break would start another header."""
    if has_control_characters(value):
        raise refusals.INVALID_ARGUMENT(
            "A header value must not hold control characters.",
            ec="0011-00000008" if name == "Content-Encoding" else None,
            ArgumentName=name[:128],
        )
