"""The buckets of a store, from outside (OSS: "PutBucket", "ListBuckets", "PutBucketCors", …)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from pillarbox.client.answer import Answer
from pillarbox.client.connection import Connection
from pillarbox.client.errors import RefusedError
from pillarbox.model.acl import BucketAcl
from pillarbox.model.cors import CorsConfiguration
from pillarbox.model.limits import MAX_LISTED_BUCKETS
from pillarbox.model.refusals import NO_SUCH_CORS_CONFIGURATION, Refusal
from pillarbox.model.versioning import Versioning
from pillarbox.wire_xml.cors import CORS_CONFIGURATION, cors_node, read_cors
from pillarbox.wire_xml.tree import local_name, text_of, write_document


@dataclass(frozen=True, slots=True)
class ListedBucket:
    """A bucket as the listing of a store shows it.

    Attributes:
        created: aware, UTC.
        location: where the data is, such as `oss-cn-hangzhou`.
        storage_class: such as `Standard`.
    """

    name: str
    created: datetime
    location: str
    storage_class: str


@dataclass(frozen=True, slots=True)
class BucketInfo:
    """What is known about a bucket.

    Attributes:
        acl: such as `private`.
        owner: account id.
    """

    listed: ListedBucket
    acl: str
    owner: str


class Buckets:
    """The buckets of one store. Each method sends requests and raises what `Connection.send` does.

    What a store answers in a way that can't be understood is a ForeignAnswerError.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def create(self, name: str, acl: BucketAcl | None = None) -> None:
        """Make a bucket; one of the caller's own that is there already is left as it is.

        Args:
            acl: None for a private one. The ACL of one that is there becomes this, if given.
        """
        headers = {} if acl is None else {"x-oss-acl": acl.value}
        self._connection.send("PUT", name, headers=headers)

    @property
    def endpoint(self) -> str:
        """URL of the store."""
        return self._connection.endpoint

    def delete(self, name: str) -> None:
        """Remove an empty bucket."""
        self._connection.send("DELETE", name)

    def info(self, name: str) -> BucketInfo:
        """What is known about a bucket (OSS: "GetBucketInfo")."""
        answer = self._connection.send("GET", name, {"bucketInfo": ""})
        found = answer.document("BucketInfo").find("Bucket")
        if found is None:
            raise answer.foreign("no bucket in the document about it")
        grant = found.findtext("./AccessControlList/Grant", "").strip()
        listed = _listed_bucket(answer, found)
        return BucketInfo(listed, grant, found.findtext("./Owner/ID", "").strip())

    def list(self, *, page_size: int = MAX_LISTED_BUCKETS) -> Iterator[ListedBucket]:
        """The caller's own buckets, by name, however many requests that takes."""
        query = {"max-keys": str(page_size)}
        while True:
            answer = self._connection.send("GET", None, query)
            root = answer.document("ListAllMyBucketsResult")
            yield from _listed(answer, root)
            texts = _texts(root)
            if texts.get("IsTruncated") != "true":
                return
            marker = texts.get("NextMarker", "")
            if marker <= query.get("marker", ""):
                raise answer.foreign("a listing that does not go on")
            query["marker"] = marker

    def acl(self, name: str) -> BucketAcl:
        """The ACL of a bucket."""
        answer = self._connection.send("GET", name, {"acl": ""})
        root = answer.document("AccessControlPolicy")
        grants = [
            text_of(child)
            for element in root
            if local_name(element) == "AccessControlList"
            for child in element
        ]
        try:
            (grant,) = map(BucketAcl, grants)
        except ValueError:
            raise answer.foreign(f"no ACL of a bucket: {', '.join(grants)[:200]}") from None
        return grant

    def set_acl(self, name: str, acl: BucketAcl) -> None:
        """Change the ACL of a bucket."""
        self._connection.send("PUT", name, {"acl": ""}, headers={"x-oss-acl": acl.value})

    def versioning(self, name: str) -> Versioning:
        """Whether a bucket keeps former versions of its objects."""
        answer = self._connection.send("GET", name, {"versioning": ""})
        status = answer.document("VersioningConfiguration").findtext("./Status") or ""
        try:
            return Versioning(status)
        except ValueError:
            raise answer.foreign(f"no status of versioning: {status[:200]}") from None

    def set_versioning(self, name: str, versioning: Versioning) -> None:
        """Keep former versions from now on, or suspend that; there is no way back to `NEVER`."""
        document = write_document(("VersioningConfiguration", [("Status", str(versioning))]))
        self._connection.send("PUT", name, {"versioning": ""}, document=document)

    def cors(self, name: str) -> CorsConfiguration | None:
        """The CORS rules of a bucket, None if it has none."""
        try:
            answer = self._connection.send("GET", name, {"cors": ""})
        except RefusedError as refused:
            if refused.code == NO_SUCH_CORS_CONFIGURATION.code:
                return None
            raise
        root = answer.document(CORS_CONFIGURATION)
        try:
            return read_cors(root)
        except Refusal as flaw:
            raise answer.foreign(f"CORS rules that can't be: {flaw.message}") from None

    def set_cors(self, name: str, configuration: CorsConfiguration) -> None:
        """Set the CORS rules of a bucket in place of all former ones."""
        document = write_document(cors_node(configuration))
        self._connection.send("PUT", name, {"cors": ""}, document=document)

    def remove_cors(self, name: str) -> None:
        """Remove all CORS rules of a bucket; it may have none."""
        self._connection.send("DELETE", name, {"cors": ""})


def _listed(answer: Answer, root: Element) -> Iterator[ListedBucket]:
    for group in root:
        if local_name(group) != "Buckets":
            continue
        for element in group:
            yield _listed_bucket(answer, element)


def _listed_bucket(answer: Answer, element: Element) -> ListedBucket:
    texts = _texts(element)
    try:
        return ListedBucket(
            name=texts["Name"],
            created=_moment(texts["CreationDate"]),
            location=texts.get("Location", ""),
            storage_class=texts.get("StorageClass", ""),
        )
    except (KeyError, ValueError):
        raise answer.foreign("a bucket without name or date") from None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(UTC)


def _texts(element: Element) -> dict[str, str]:
    return {local_name(child): text_of(child) for child in element}
