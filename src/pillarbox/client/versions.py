"""The versions of a bucket's objects, from outside (OSS: "ListObjectVersions")."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from pillarbox.client.address import Address
from pillarbox.client.answer import Answer
from pillarbox.client.connection import Connection
from pillarbox.client.listing import MAX_KEYS
from pillarbox.wire_xml.tree import Node, is_xml_text, local_name, text_of, write_document

_ENTRIES = ("Version", "DeleteMarker")


@dataclass(frozen=True, slots=True)
class ListedVersion:
    """A version or a delete marker, as a listing shows it; `version_id` may be `null`."""

    key: str
    version_id: str


def list_versions(connection: Connection, root: Address) -> Iterator[ListedVersion]:
    """All versions and delete markers of the object `root` and of the folder of this name.

    Raises StoreError, as `Connection.send`.
    """
    query = {"versions": "", "max-keys": str(MAX_KEYS), "encoding-type": "url"}
    if root.key:
        query["prefix"] = root.key
    while True:
        answer = connection.send("GET", root.bucket, query)
        document = answer.document("ListVersionsResult")
        for child in document:
            if local_name(child) in _ENTRIES:
                found = _listed(answer, child)
                if root.is_folder or found.key == root.key or _is_under(found.key, root):
                    yield found
        texts = {local_name(child): text_of(child) for child in document}
        if texts.get("IsTruncated") != "true":
            return
        place = (unquote(texts.get("NextKeyMarker", "")), texts.get("NextVersionIdMarker", ""))
        if place == (query.get("key-marker"), query.get("version-id-marker")):
            raise answer.foreign("a listing that does not go on")
        query["key-marker"], query["version-id-marker"] = place


def delete_versions(connection: Connection, bucket: str, versions: Sequence[ListedVersion]) -> None:
    """Remove up to 1,000 versions for good."""
    named = [one for one in versions if is_xml_text(one.key)]
    if named:
        entries: list[Node] = [
            ("Object", [("Key", one.key), ("VersionId", one.version_id)]) for one in named
        ]
        document = write_document(("Delete", [("Quiet", "true"), *entries]))
        connection.send("POST", bucket, {"delete": ""}, document=document)
    for one in versions:
        if not is_xml_text(one.key):  # no document can hold it
            query = {"versionId": one.version_id}
            connection.send("DELETE", bucket, query, key=one.key)


def _is_under(key: str, root: Address) -> bool:
    return key.startswith(root.folder_prefix)


def _listed(answer: Answer, element: Element) -> ListedVersion:
    texts = {local_name(child): text_of(child) for child in element}
    try:
        return ListedVersion(unquote(texts["Key"], errors="strict"), texts["VersionId"])
    except (KeyError, ValueError):
        raise answer.foreign("a version without key or id") from None
