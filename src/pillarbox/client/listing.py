"""The keys of a bucket, page by page (OSS: "ListObjects")."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from pillarbox.client.address import Address
from pillarbox.client.answer import Answer
from pillarbox.client.connection import Connection
from pillarbox.wire_xml.tree import local_name, text_of

#: "ListObjects", max-keys.
MAX_KEYS = 1000


@dataclass(frozen=True, slots=True)
class ListedObject:
    """An object as the listing of a bucket shows it.

    Attributes:
        size: bytes.
        etag: in double quotes, as it came.
        modified: aware, UTC.
        storage_class: such as `Standard`.
        object_type: such as `Normal`, `Multipart`.
    """

    key: str
    size: int
    etag: str
    modified: datetime
    storage_class: str
    object_type: str


@dataclass(frozen=True, slots=True)
class Folder:
    """Keys that begin alike up to a delimiter, as one entry.

    Attributes:
        prefix: that beginning, with the delimiter.
    """

    prefix: str


Entry = ListedObject | Folder


def list_entries(
    connection: Connection,
    bucket: str,
    prefix: str = "",
    *,
    delimiter: str = "",
    page_size: int = MAX_KEYS,
) -> Iterator[Entry]:
    """What a bucket holds, however many requests that takes; of each page the folders come last.

    Args:
        delimiter: makes one folder of the keys that have it behind `prefix`.

    Raises:
        StoreError: as `Connection.send`.
    """
    query = {"max-keys": str(page_size), "encoding-type": "url"}
    if prefix:
        query["prefix"] = prefix
    if delimiter:
        query["delimiter"] = delimiter
    while True:
        answer = connection.send("GET", bucket, query)
        root = answer.document("ListBucketResult")
        for child in root:
            if local_name(child) == "Contents":
                yield _listed(answer, child)
            elif local_name(child) == "CommonPrefixes":
                yield from (Folder(_decoded(answer, found)) for found in child)
        texts = _texts(root)
        if texts.get("IsTruncated") != "true":
            return
        marker = unquote(texts.get("NextMarker", ""))
        # Bytes of UTF-8 are what a store goes by.
        if marker.encode("utf-8") <= query.get("marker", "").encode("utf-8"):
            raise answer.foreign("a listing that does not go on")
        query["marker"] = marker


def list_tree(connection: Connection, root: Address) -> Iterator[ListedObject]:
    """The object `root` if there is one, and all in the folder of this name, by key."""
    if not root.is_folder:
        # Of all keys that begin with it, it is the first.
        first = next(list_entries(connection, root.bucket, root.key, page_size=1), None)
        if isinstance(first, ListedObject) and first.key == root.key:
            yield first
    for entry in list_entries(connection, root.bucket, root.folder_prefix):
        if isinstance(entry, ListedObject):
            yield entry


def _listed(answer: Answer, element: Element) -> ListedObject:
    texts = _texts(element)
    try:
        return ListedObject(
            key=unquote(texts["Key"], errors="strict"),
            size=int(texts["Size"]),
            etag=texts["ETag"],
            modified=datetime.fromisoformat(texts["LastModified"]).astimezone(UTC),
            storage_class=texts.get("StorageClass", ""),
            object_type=texts.get("Type", ""),
        )
    except (KeyError, ValueError):
        raise answer.foreign("an object without key, size, ETag or date") from None


def _decoded(answer: Answer, element: Element) -> str:
    try:
        return unquote(text_of(element), errors="strict")
    except ValueError:
        raise answer.foreign("a prefix that is no UTF-8") from None


def _texts(element: Element) -> dict[str, str]:
    return {local_name(child): text_of(child) for child in element}
