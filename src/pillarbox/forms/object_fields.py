"""What a form says about the object to be stored: its headers, class, tags and metadata.

The rules are those of the store (`model.object_headers`), so that what it would refuse is refused
before it is signed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, urlencode

from pillarbox.model.acl import ObjectAcl
from pillarbox.model.dialects import Dialect
from pillarbox.model.names import has_control_characters
from pillarbox.model.object_headers import (
    STANDARD_HEADERS,
    STORAGE_CLASSES,
    read_object_headers,
    read_tagging,
)
from pillarbox.model.refusals import Refusal

_HEADERS = {name.lower(): name for name in STANDARD_HEADERS}


def check_acl(acl: str) -> ObjectAcl:
    """The ACL of that name; ValueError if there is none."""
    try:
        return ObjectAcl(acl)
    except ValueError:
        raise ValueError(f"the ACL {acl!r} is none: give one of {', '.join(ObjectAcl)}") from None


def check_headers(headers: Mapping[str, str]) -> None:
    """ValueError for a header that a form can't set, or a value that can't stand in one."""
    for name, value in headers.items():
        if name.lower() not in _HEADERS:
            raise ValueError(
                f"the header {name!r} can't be set by a form: give one of "
                f"{', '.join(STANDARD_HEADERS)}"
            )
        if not value or has_control_characters(value):
            raise ValueError(f"the header {name!r} is empty or holds a control character")
    if len({name.lower() for name in headers}) < len(headers):
        raise ValueError(f"a header stands twice in {', '.join(headers)}: leave one out")


def check_metadata(metadata: Mapping[str, str]) -> None:
    """ValueError for user metadata that a store refuses."""
    for name, value in metadata.items():
        if not name or not all(c.isascii() and (c.isalnum() or c == "-") for c in name):
            raise ValueError(f"the metadata name {name!r} may hold letters, digits and - only")
        if has_control_characters(value):
            raise ValueError(f"the metadata value of {name!r} holds a control character")
    if len({name.lower() for name in metadata}) < len(metadata):
        raise ValueError(
            f"a metadata name stands twice in {', '.join(metadata)}: letter case does not "
            "distinguish them"
        )
    try:
        read_object_headers(lambda _: None, None, metadata.items())
    except Refusal as refusal:
        raise ValueError(f"the metadata can't be stored: {refusal.message}") from None


def check_storage_class(storage_class: str | None) -> None:
    """ValueError for a storage class that OSS doesn't have."""
    if storage_class is not None and storage_class not in STORAGE_CLASSES:
        raise ValueError(
            f"the storage class {storage_class!r} is none: give one of {', '.join(STORAGE_CLASSES)}"
        )


def check_tags(tags: Mapping[str, str]) -> None:
    """ValueError for tags that a store refuses."""
    try:
        read_tagging(tagging(tags))
    except Refusal as refusal:
        raise ValueError(
            f"the tags {dict(tags)} can't be stored: {refusal.message} At most 10, of letters, "
            "digits, space and + - = . _ : /"
        ) from None


def tagging(tags: Mapping[str, str]) -> str:
    """The value of the field `x-oss-tagging`."""
    return urlencode(tags, quote_via=quote)


def header_fields(headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The fields for headers, by their canonical names."""
    for name, value in headers.items():
        yield _HEADERS[name.lower()], value


def metadata_fields(
    metadata: Iterable[tuple[str, str]], dialect: Dialect
) -> Iterator[tuple[str, str]]:
    """The fields for user metadata."""
    for name, value in metadata:
        yield dialect.field("meta-") + name.lower(), value
