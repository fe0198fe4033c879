"""Objects to be deleted, and those that were, as documents.

OSS: "DeleteMultipleObjects"; S3: "DeleteObjects".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from pillarbox.model import refusals
from pillarbox.model.dialects import OSS, S3, Dialect
from pillarbox.model.limits import MAX_DELETED_KEYS
from pillarbox.model.refusals import Refusal
from pillarbox.wire_xml.key_encoding import KeyEncoding
from pillarbox.wire_xml.tree import Node, local_name, text_of

#: Name of the root element.
DELETE = "Delete"

_EC_NO_KEY = "0016-00000613"
_EC_EMPTY_VERSION = "0016-00000612"
#: That directory buckets alone have (S3: "DeleteObjects").
_CONDITIONS = frozenset({"LastModifiedTime", "Size"})
_PARTS = {OSS.name: {"Key", "VersionId"}, S3.name: {"Key", "VersionId", "ETag", *_CONDITIONS}}
_BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Deletion:
    """What a request asks for.

    Attributes:
        keys: 1 to 1,000 texts, not checked, in order; blanks around them belong to them.
        quiet: whether the answer shall not name what was deleted.
        versions: of each key what it names, None for none.
        etags: that each must have to be deleted, likewise; S3's alone.
    """

    keys: tuple[str, ...]
    quiet: bool = False
    versions: tuple[str | None, ...] = ()
    etags: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class DeletionOutcome:
    """What became of one key.

    Attributes:
        version: as the request named it.
        refusal: why it was not deleted, None if it was.
        marker_version: of the delete marker that was written, or that is gone; None where there
            was none.
    """

    key: bytes
    version: str | None = None
    refusal: Refusal | None = None
    marker_version: str | None = None


def read_deletion(root: Element, dialect: Dialect = OSS) -> Deletion:
    """What a document asks for.

    Raises:
        Refusal: `MalformedXML` for an element that isn't of the schema, no key or too many,
            `InvalidArgument` for an empty version in OSS.
    """
    keys: list[tuple[str, str | None, str | None]] = []
    quiet: list[bool] = []
    for child in root:
        match local_name(child):
            case "Object" if len(keys) < MAX_DELETED_KEYS:
                keys.append(_read_key(child, dialect))
            case "Quiet" if not quiet and text_of(child).lower() in _BOOLEANS:
                quiet.append(_BOOLEANS[text_of(child).lower()])
            case _:
                raise refusals.MALFORMED_XML()
    if not keys:
        raise refusals.MALFORMED_XML()
    names, versions, etags = zip(*keys, strict=True)
    return Deletion(names, quiet == [True], versions, etags)


def outcome_node(
    outcomes: Iterable[DeletionOutcome], encoding: KeyEncoding, *, quiet: bool
) -> Node:
    """The document of what became of each key; with `quiet` of those alone that are still there."""
    lines: list[Node] = []
    for one in outcomes:
        named: list[Node] = [("Key", encoding.write(one.key))]
        if one.version is not None:
            named.append(("VersionId", one.version))
        if one.refusal is not None:
            error = [("Code", one.refusal.code), ("Message", one.refusal.message)]
            lines.append(("Error", [*named, *error]))
        elif not quiet:
            if one.marker_version is not None:
                named.append(("DeleteMarker", "true"))
                named.append(("DeleteMarkerVersionId", one.marker_version))
            lines.append(("Deleted", named))
    return ("DeleteResult", [*encoding.nodes(), *lines])


def _read_key(element: Element, dialect: Dialect) -> tuple[str, str | None, str | None]:
    texts = {local_name(child): child.text or "" for child in element}
    if len(texts) != len(element) or not texts.keys() <= _PARTS[dialect.name]:
        raise refusals.MALFORMED_XML()
    if "Key" not in texts:
        raise refusals.MALFORMED_XML(ec=_EC_NO_KEY)
    if conditions := texts.keys() & _CONDITIONS:
        raise refusals.NOT_IMPLEMENTED(
            f"The condition {min(conditions)} of a deletion is not implemented."
        )
    if dialect is OSS and texts.get("VersionId") == "":
        raise refusals.INVALID_ARGUMENT(
            "Version id can not be the empty string.", ec=_EC_EMPTY_VERSION
        )
    return texts["Key"], texts.get("VersionId") or None, texts.get("ETag")
