"""Tags as an XML document (OSS: "PutObjectTagging", "GetObjectTagging")."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element

from pillarbox.model import refusals
from pillarbox.wire_xml.tree import Node, local_name

#: Name of the root element.
TAGGING = "Tagging"


def tagging_node(tags: Mapping[str, str]) -> Node:
    """The document that says what `tags` are."""
    nodes: list[Node] = [("Tag", [("Key", key), ("Value", tags[key])]) for key in tags]
    return (TAGGING, [("TagSet", nodes)])


def read_tags(root: Element) -> list[tuple[str, str]]:
    """Keys and values, in order, with the blanks around them. They are not checked.

    Raises:
        Refusal: `MalformedXML` for an element that isn't of the schema.
    """
    sets = list(root)
    if [local_name(child) for child in sets] != ["TagSet"]:
        raise refusals.MALFORMED_XML()
    return [_read_tag(tag) for tag in sets[0]]


def _read_tag(tag: Element) -> tuple[str, str]:
    texts = {local_name(child): child.text or "" for child in tag}
    if local_name(tag) != "Tag" or len(tag) != 2 or texts.keys() != {"Key", "Value"}:
        raise refusals.MALFORMED_XML()
    return texts["Key"], texts["Value"]
