"""Checksums of objects and parts as S3's headers and documents have them.

AWS: "Checking object integrity in Amazon S3". OSS has a CRC-64 of its own instead: see
`stored_headers`.
"""

from __future__ import annotations

from pillarbox.model.dialects import Dialect
from pillarbox.model.object_checksum import ChosenChecksum, ObjectChecksum
from pillarbox.server.request import Request
from pillarbox.wire_xml.tree import Node

Headers = list[tuple[str, str]]


def checksum_headers(
    checksum: ObjectChecksum | None, dialect: Dialect, *, typed: bool = True
) -> Headers:
    """The headers that tell a checksum, none without one or where the dialect has none.

    Args:
        typed: whether of what it is one is told: that of a part is always of its bytes.
    """
    if checksum is None or not dialect.rules.has_checksums:
        return []
    headers = [(checksum.algorithm.header, checksum.text)]
    if typed:
        headers.append((dialect.field("checksum-type"), checksum.type.value))
    return headers


def checksum_nodes(
    checksum: ObjectChecksum | None, dialect: Dialect, *, typed: bool = True
) -> list[Node]:
    """As `checksum_headers`, the elements of a document."""
    if checksum is None or not dialect.rules.has_checksums:
        return []
    nodes: list[Node] = [(f"Checksum{checksum.algorithm.name}", checksum.text)]
    if typed:
        nodes.append(("ChecksumType", checksum.type.value))
    return nodes


def chosen_checksum_headers(chosen: ChosenChecksum | None, dialect: Dialect) -> Headers:
    """What an upload in parts is begun with, as headers."""
    if chosen is None or not dialect.rules.has_checksums:
        return []
    algorithm, type_ = chosen
    return [
        (dialect.field("checksum-algorithm"), algorithm.name),
        (dialect.field("checksum-type"), type_.value),
    ]


def chosen_checksum_nodes(chosen: ChosenChecksum | None, dialect: Dialect) -> list[Node]:
    """What an upload in parts was begun with, as elements of a document."""
    if chosen is None or not dialect.rules.has_checksums:
        return []
    algorithm, type_ = chosen
    return [("ChecksumAlgorithm", algorithm.name), ("ChecksumType", type_.value)]


def wants_checksum(request: Request) -> bool:
    """Whether a read asks for the checksum (S3: "GetObject", x-amz-checksum-mode)."""
    return (request.own("checksum-mode") or "").upper() == "ENABLED"
