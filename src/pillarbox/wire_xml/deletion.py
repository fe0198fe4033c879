"""Objects to be deleted, and those that were, as documents (OSS: "DeleteMultipleObjects")."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from pillarbox.model import refusals
from pillarbox.model.limits import MAX_DELETED_KEYS
from pillarbox.wire_xml.key_encoding import KeyEncoding
from pillarbox.wire_xml.tree import Node, local_name, text_of

#: Name of the root element.
DELETE = "Delete"

_EC_NO_KEY = "0016-00000613"
_EC_EMPTY_VERSION = "0016-00000612"
_BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Deletion:
    """What a request asks for.

    Attributes:
        keys: 1 to 1,000 texts, not checked, in order; blanks around them belong to them.
        quiet: whether the answer shall not name what was deleted.
    """

    keys: tuple[str, ...]
    quiet: bool = False


def read_deletion(root: Element) -> Deletion:
    """What a document asks for.

    Raises:
        Refusal: `MalformedXML` for an element that isn't of the schema, no key or too many,
            `NotImplemented` for a version, `InvalidArgument` for an empty one.
    """
    keys: list[str] = []
    quiet: list[bool] = []
    for child in root:
        match local_name(child):
            case "Object" if len(keys) < MAX_DELETED_KEYS:
                keys.append(_read_key(child))
            case "Quiet" if not quiet and text_of(child).lower() in _BOOLEANS:
                quiet.append(_BOOLEANS[text_of(child).lower()])
            case _:
                raise refusals.MALFORMED_XML()
    if not keys:
        raise refusals.MALFORMED_XML()
    return Deletion(tuple(keys), quiet == [True])


def deletion_node(keys: Iterable[bytes], encoding: KeyEncoding) -> Node:
    """The document that names what was deleted."""
    lines: list[Node] = [("Deleted", [("Key", encoding.write(key))]) for key in keys]
    return ("DeleteResult", [*encoding.nodes(), *lines])


def _read_key(element: Element) -> str:
    texts = {local_name(child): child.text or "" for child in element}
    if len(texts) != len(element) or not texts.keys() <= {"Key", "VersionId"}:
        raise refusals.MALFORMED_XML()
    if "Key" not in texts:
        raise refusals.MALFORMED_XML(ec=_EC_NO_KEY)
    if "VersionId" in texts:
        if not texts["VersionId"]:
            raise refusals.INVALID_ARGUMENT(
                "Version id can not be the empty string.", ec=_EC_EMPTY_VERSION
            )
        raise refusals.NOT_IMPLEMENTED("Versions of objects are not implemented.")
    return texts["Key"]
