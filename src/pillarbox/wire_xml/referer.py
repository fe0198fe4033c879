"""The Referer rules of a bucket as an XML document (OSS: "PutBucketReferer")."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from pillarbox.model import refusals
from pillarbox.model.referer import RefererConfiguration
from pillarbox.wire_xml.tree import Node, local_name, text_of

#: Name of the root element.
REFERER_CONFIGURATION = "RefererConfiguration"

_BOOLEANS = {"true": True, "false": False}
_FLAGS = {
    "AllowEmptyReferer": "allow_empty",
    "AllowTruncateQueryString": "truncate_query",
    "TruncatePath": "truncate_path",
}
_LISTS = {"RefererList": "allowed", "RefererBlacklist": "refused"}


def referer_node(configuration: RefererConfiguration) -> Node:
    """The document that says what `configuration` says."""
    nodes: list[Node] = [
        (name, "true" if getattr(configuration, attribute) else "false")
        for name, attribute in _FLAGS.items()
    ]
    nodes.append(("RefererList", [("Referer", pattern) for pattern in configuration.allowed]))
    if configuration.refused:
        refused: Node = (
            "RefererBlacklist",
            [("Referer", pattern) for pattern in configuration.refused],
        )
        nodes.append(refused)
    return (REFERER_CONFIGURATION, nodes)


def read_referer(root: Element) -> RefererConfiguration:
    """The inverse of `referer_node`. Patterns are not checked, see `model.referer`.

    Raises:
        Refusal: `MalformedXML` for an element that isn't of the schema, or is there twice.
    """
    flags: dict[str, bool] = {}
    lists: dict[str, tuple[str, ...]] = {}
    for child in root:
        name, text = local_name(child), text_of(child).lower()
        if name in _FLAGS and _FLAGS[name] not in flags and text in _BOOLEANS and not len(child):
            flags[_FLAGS[name]] = _BOOLEANS[text]
        elif name in _LISTS and _LISTS[name] not in lists:
            lists[_LISTS[name]] = _read_list(child)
        else:
            raise refusals.MALFORMED_XML()
    return RefererConfiguration(**flags, **lists)  # type: ignore[arg-type]


def _read_list(element: Element) -> tuple[str, ...]:
    if any(local_name(child) != "Referer" or len(child) for child in element):
        raise refusals.MALFORMED_XML()
    return tuple(text_of(child) for child in element)
