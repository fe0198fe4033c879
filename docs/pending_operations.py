"""What OSS and S3 document beyond what is served; a test asks a running server for each line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pillarbox.server.operations.actions import Action, on_bucket, on_key
from pillarbox.server.operations.operation import Level


@dataclass(frozen=True, slots=True)
class PendingOperation:
    """An operation that a dialect documents and this server answers with `NotImplemented`.

    Attributes:
        query: the query that selects it.
        what: what it does there.
        actions: as those of an `Operation`; of OSS's alone.
    """

    name: str
    method: str
    level: Level
    query: str
    what: str
    actions: tuple[Action, ...] = ()

    @property
    def why(self) -> str:
        """Why it is not served."""
        return REASONS[self.query.partition("&")[0].partition("=")[0]]


#: Why, by the query's first word.
REASONS = {
    "website": "an upload store that served pages would run what visitors upload",
    "logging": "the access log is the operator's: a file, or standard output, of every request",
    "encryption": "the operator vouches for the disk of all, with `--encrypted-at-rest`",
    "requestPayment": "nobody is billed",
    "transferAcceleration": "there is one place",
    "accelerate": "there is one place",
    "inventory": "`pillarbox ls --json` lists what is there",
    "inventoryId": "`pillarbox ls --json` lists what is there",
    "replication": "there is one store; `pillarbox backup` copies it",
    "notification": "who uploads may ask for a callback",
    "ownershipControls": "a bucket's owner owns what is in it",
    "publicAccessBlock": "ACLs and policies decide alone",
    "policyStatus": "nobody needed it yet",
    "abac": "policies don't ask for a bucket's tags",
    "analytics": "what is asked for is counted for the operator, at `/-/metrics`",
    "intelligent-tiering": "storage classes are labels",
    "metrics": "what is asked for is counted for the operator, at `/-/metrics`",
    "object-lock": "nothing is kept from its owner",
    "legal-hold": "nothing is kept from its owner",
    "retention": "nothing is kept from its owner",
    "metadataConfiguration": "there are no tables to query",
    "metadataTable": "there are no tables to query",
    "metadataAnnotationTable": "there are no tables to query",
    "metadataInventoryTable": "there are no tables to query",
    "metadataJournalTable": "there are no tables to query",
    "session": "of directory buckets alone",
    "attributes": "HeadObject and ListParts tell the same",
    "annotation": "nobody needed it yet",
    "accessmonitor": "nothing keeps when an object was last read",
    "resourceGroup": "accounts are the only groups",
    "httpsConfig": "the operator says who must come by TLS",
    "bucketArchiveDirectRead": "what is archived is read at once in any case",
    "cname": "the operator names the hosts",
    "style": "no content is looked into: images are what they were uploaded as",
    "metaQuery": "no content is looked into",
    "redundancyTransition": "there is one place",
    "worm": "nothing is kept from its owner",
    "wormExtend": "nothing is kept from its owner",
    "overwriteConfig": "a form, a header or a condition forbids overwriting; versions undo it",
    "qosInfo": "nobody's speed is bounded yet",
    "userDefinedLogFieldsConfig": "the access log is the operator's",
    "responseHeader": "nobody needed it yet",
    "accessPoint": "policies say the same of a bucket",
    "accessPointPolicy": "policies say the same of a bucket",
    "live": "no content is looked into",
    "seal": "nobody needed it yet",
    "cleanRestoredObject": "what is archived stays readable",
    "asyncFetch": "the store calls nobody but the sites that callbacks name",
    "x-oss-async-process": "no content is looked into",
    "torrent": "S3 has given it up as well",
    "renameObject": "of directory buckets alone",
    "select": "no content is looked into",
    "x-oss-process": "no content is looked into: images are what they were uploaded as",
}

_WORDS = {"PUT": ("Put", "Set"), "GET": ("Get", "Tell"), "DELETE": ("Delete", "Remove")}
_ALL = ("PUT", "GET", "DELETE")
_SET_AND_TELL = ("PUT", "GET")
_TELL = ("GET",)
_SET = ("PUT",)


def _family(
    name: str, query: str, what: str, methods: Sequence[str] = _ALL, level: Level = Level.BUCKET
) -> Iterator[PendingOperation]:
    """The operations on one configuration, named as their verbs are."""
    for method in methods:
        verb, does = _WORDS[method]
        yield PendingOperation(f"{verb}{name}", method, level, query, f"{does} {what}.")


def _oss_family(
    name: str, query: str, what: str, methods: Sequence[str] = _ALL
) -> Iterator[PendingOperation]:
    for one in _family(name, query, what, methods):
        yield PendingOperation(
            one.name, one.method, one.level, query, one.what, on_bucket(one.name)
        )


def _many(name: str, query: str, what: str) -> Iterator[PendingOperation]:
    """As `_family` for S3's configurations that have an id, of which a bucket has several."""
    yield from _family(f"{name}Configuration", f"{query}&id=ID", f"one of {what}")
    listing = f"List{name}Configurations"
    yield PendingOperation(listing, "GET", Level.BUCKET, query, f"List {what}.")


def _of_object(
    name: str, method: str, query: str, what: str, actions: tuple[Action, ...] = ()
) -> PendingOperation:
    return PendingOperation(name, method, Level.OBJECT, query, what, actions)


OSS_PENDING = (
    *_oss_family("BucketWebsite", "website", "how a bucket is a web site", _SET),
    *_oss_family("BucketLogging", "logging", "where a bucket's requests are logged", _SET),
    *_oss_family("BucketEncryption", "encryption", "how a bucket encrypts", _SET),
    *_oss_family("BucketRequestPayment", "requestPayment", "who pays for requests", _SET),
    *_oss_family(
        "BucketTransferAcceleration",
        "transferAcceleration",
        "whether transfers are accelerated",
        _SET,
    ),
    *_oss_family(
        "BucketInventory", "inventoryId=ID&inventory", "one of a bucket's inventory reports"
    ),
    *_family("BucketPublicAccessBlock", "publicAccessBlock", "which public rights are cut off"),
    *_family("BucketPolicyStatus", "policyStatus", "whether a policy lets everybody in", _TELL),
    *_family("BucketAccessMonitor", "accessmonitor", "whether reads are kept", _SET_AND_TELL),
    *_family("BucketResourceGroup", "resourceGroup", "a bucket's group", _SET_AND_TELL),
    *_family("BucketHttpsConfig", "httpsConfig", "which TLS a bucket takes", _SET_AND_TELL),
    *_family(
        "BucketArchiveDirectRead",
        "bucketArchiveDirectRead",
        "whether what is archived is read at once",
        _SET_AND_TELL,
    ),
    *_family("BucketOverwriteConfig", "overwriteConfig", "whether nothing is overwritten"),
    *_family("BucketQosInfo", "qosInfo", "how fast a bucket is"),
    *_family("Style", "style&styleName=NAME", "how images are changed"),
    *_family("UserDefinedLogFieldsConfig", "userDefinedLogFieldsConfig", "what else is logged"),
    *_family("BucketResponseHeader", "responseHeader", "headers of answers"),
    *_family("AccessPoint", "accessPoint", "another way into a bucket", ("PUT", "GET", "DELETE")),
    *_family("AccessPointPolicy", "accessPointPolicy", "the policy of such a way"),
    *(
        PendingOperation(name, method, Level.BUCKET, query, what)
        for name, method, query, what in (
            ("PutBucketReplication", "POST", "replication&comp=add", "Copy to another bucket."),
            ("InitiateBucketWorm", "POST", "worm", "Keep objects from change."),
            ("ExtendBucketWorm", "POST", "wormExtend", "Keep them longer."),
            ("AbortBucketWorm", "DELETE", "worm", "Keep them no more."),
            ("PutCname", "POST", "cname&comp=add", "Name a host for a bucket."),
            ("ListCname", "GET", "cname", "List the hosts of a bucket."),
            ("DeleteCname", "POST", "cname&comp=delete", "Name it no more."),
            ("OpenMetaQuery", "POST", "metaQuery&comp=add", "Index the metadata of objects."),
            ("DoMetaQuery", "POST", "metaQuery&comp=query", "Ask that index."),
            ("GetMetaQueryStatus", "GET", "metaQuery", "Tell of it."),
            ("CloseMetaQuery", "POST", "metaQuery&comp=delete", "Index no more."),
            (
                "ListBucketDataRedundancyTransition",
                "GET",
                "redundancyTransition",
                "Tell how copies move between zones.",
            ),
            ("ListLiveChannel", "GET", "live", "List streams that are received."),
        )
    ),
    _of_object("PutLiveChannel", "PUT", "live", "Receive a stream as objects."),
    _of_object("SealAppendObject", "POST", "seal", "Let an object grow no more."),
    _of_object("CleanRestoredObject", "POST", "cleanRestoredObject", "Freeze it again at once."),
    _of_object("PostAsyncFetch", "POST", "asyncFetch", "Fetch an object from a URL."),
    _of_object("ProcessObject", "POST", "x-oss-process", "Make another object of it."),
    _of_object("AsyncProcessObject", "POST", "x-oss-async-process", "The same in the background."),
    _of_object("SelectObject", "POST", "x-oss-process=csv/select", "Ask an object in SQL."),
    _of_object(
        "ProcessImage",
        "GET",
        "x-oss-process=image/info",
        "What an image is, or another one made of it.",
        on_key("GetObject"),
    ),
)

S3_PENDING = (
    *_family("BucketWebsite", "website", "how a bucket is a web site", _SET),
    *_family("BucketLogging", "logging", "where a bucket's requests are logged", _SET),
    *_family("BucketEncryption", "encryption", "how a bucket encrypts", _SET),
    *_family("BucketRequestPayment", "requestPayment", "who pays for requests", _SET),
    *_family(
        "BucketAccelerateConfiguration", "accelerate", "whether transfers are accelerated", _SET
    ),
    *_family("BucketReplication", "replication", "where a bucket is replicated to", _SET),
    *_family("BucketNotificationConfiguration", "notification", "who is told of events", _SET),
    *_family(
        "BucketOwnershipControls", "ownershipControls", "whose the objects of others are", _SET
    ),
    *_family("PublicAccessBlock", "publicAccessBlock", "which public rights are cut off", _SET),
    *_family("BucketPolicyStatus", "policyStatus", "whether a policy lets everybody in", _TELL),
    *_family("BucketAbac", "abac", "whether policies see a bucket's tags", _SET_AND_TELL),
    *_many("BucketAnalytics", "analytics", "a bucket's analyses of access"),
    *_many("BucketIntelligentTiering", "intelligent-tiering", "a bucket's rules of tiering"),
    *_many("BucketInventory", "inventory", "a bucket's inventory reports"),
    *_many("BucketMetrics", "metrics", "a bucket's metrics"),
    *_family(
        "ObjectLockConfiguration", "object-lock", "how long objects are kept from change", _SET
    ),
    *(
        PendingOperation(f"{verb}{name}", method, Level.BUCKET, query, f"{does} {what}.")
        for name, query, what in (
            ("BucketMetadataConfiguration", "metadataConfiguration", "tables of metadata"),
            ("BucketMetadataTableConfiguration", "metadataTable", "a table of metadata"),
        )
        for method, verb, does in (
            ("POST", "Create", "Have"),
            ("GET", "Get", "Tell of"),
            ("DELETE", "Delete", "Remove"),
        )
    ),
    *(
        PendingOperation(
            f"UpdateBucketMetadata{table}TableConfiguration",
            "PUT",
            Level.BUCKET,
            f"metadata{table}Table",
            "Change a table of metadata.",
        )
        for table in ("Annotation", "Inventory", "Journal")
    ),
    PendingOperation(
        "CreateSession", "GET", Level.BUCKET, "session", "Credentials for one bucket of a zone."
    ),
    _of_object("GetObjectAttributes", "GET", "attributes", "Size, parts and checksums."),
    *_family("ObjectLegalHold", "legal-hold", "a hold on an object", _SET_AND_TELL, Level.OBJECT),
    *_family(
        "ObjectRetention", "retention", "until when an object stays", _SET_AND_TELL, Level.OBJECT
    ),
    *_family(
        "ObjectAnnotation",
        "annotation&annotationName=NAME",
        "a document about an object",
        level=Level.OBJECT,
    ),
    _of_object("ListObjectAnnotations", "GET", "annotation", "List the documents about an object."),
    _of_object("GetObjectTorrent", "GET", "torrent", "A torrent file of an object."),
    _of_object("RenameObject", "PUT", "renameObject", "Give an object another key."),
    _of_object("UpdateObjectEncryption", "PUT", "encryption", "Encrypt an object anew."),
    _of_object("SelectObjectContent", "POST", "select&select-type=2", "Ask an object in SQL."),
)
