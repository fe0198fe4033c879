"""Writes `docs/api.md` from the server's table of operations: run `make docs`.

What is served comes from `pillarbox.server.operations.table.OPERATIONS`; what an operation does is
the first line of its function's docstring. `PENDING` lists what OSS documents beyond that. A test
asks a running server for every line of it and expects `NotImplemented`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pillarbox.server.operations.actions import Action, on_bucket, on_key
from pillarbox.server.operations.table import OPERATIONS, Level, Operation

PAGE = Path(__file__).parent / "api.md"

_PLACES = {
    Level.SERVICE: "/",
    Level.BUCKET: "/BUCKET",
    Level.OBJECT: "/BUCKET/KEY",
    Level.OWN: "/-/",
}


@dataclass(frozen=True, slots=True)
class PendingOperation:
    """An operation that OSS documents and this server answers with `NotImplemented`.

    Attributes:
        query: the query that selects it, empty for none.
        what: what it does in OSS.
        actions: as those of an `Operation`.
        header: the request header that selects it, `name: value`, empty for none.
    """

    name: str
    method: str
    level: Level
    query: str
    what: str
    actions: tuple[Action, ...]
    header: str = ""


def _family(
    name: str,
    query: str,
    what: str,
    methods: Sequence[str] = ("PUT", "GET", "DELETE"),
) -> list[PendingOperation]:
    """The operations on one configuration of a bucket."""
    verbs = {"PUT": ("Put", "Set"), "GET": ("Get", "Tell"), "DELETE": ("Delete", "Remove")}
    return [
        PendingOperation(
            f"{verbs[method][0]}{name}",
            method,
            Level.BUCKET,
            query,
            f"{verbs[method][1]} {what}.",
            on_bucket(f"{verbs[method][0]}{name}"),
        )
        for method in methods
    ]


def _on_object(
    name: str,
    method: str,
    query: str,
    what: str,
    actions: tuple[Action, ...],
    header: str = "",
) -> PendingOperation:
    return PendingOperation(name, method, Level.OBJECT, query, what, actions, header)


_SET_AND_TELL = ("PUT", "GET")

PENDING = (
    *_family("BucketLifecycle", "lifecycle", "a bucket's lifecycle rules"),
    *_family("BucketVersioning", "versioning", "whether former versions stay", ("PUT",)),
    *_family("BucketWebsite", "website", "how a bucket is a web site"),
    *_family("BucketLogging", "logging", "where a bucket's requests are logged"),
    *_family("BucketEncryption", "encryption", "how a bucket encrypts"),
    *_family("BucketRequestPayment", "requestPayment", "who pays for requests", _SET_AND_TELL),
    *_family(
        "BucketTransferAcceleration",
        "transferAcceleration",
        "whether transfers are accelerated",
        _SET_AND_TELL,
    ),
    *_family("BucketInventory", "inventory", "a bucket's inventory reports"),
    *_family("BucketReplication", "replication", "where a bucket is replicated to", ("GET",)),
    *_family("BucketWorm", "worm", "how long objects are kept from change", ("GET",)),
    _on_object(
        "AppendObject", "POST", "append&position=0", "Add to an object.", on_key("PutObject")
    ),
    _on_object("PutSymlink", "PUT", "symlink", "Make a key lead to another.", on_key("PutObject")),
    _on_object("GetSymlink", "GET", "symlink", "Where a key leads.", on_key("GetObject")),
    _on_object(
        "RestoreObject", "POST", "restore", "Thaw an archived object.", on_key("RestoreObject")
    ),
    _on_object(
        "ProcessImage",
        "GET",
        "x-oss-process=image/info",
        "What an image is, or another one made of it.",
        on_key("GetObject"),
    ),
)

_HEAD = """\
# The operations

This page is written by `docs/make_api.py` from the server's own table of operations
(`src/pillarbox/server/operations/table.py`): run `make docs` after a change. Names are those of
OSS's API reference; how each one deviates from it stands in [parity.md](parity.md).

A request names its operation by its verb, by what it addresses, and by a query parameter that
selects a sub-resource. Paths below are path style; the same request to `BUCKET.DOMAIN` has no
bucket in its path. What begins with `/-/` is the service's own, on every host.

The actions are what RAM and bucket policies call it, and in brackets of what they are asked: the
service, the bucket, the key (each key, where the body names several), the source of a copy. Tags
ask `oss:PutObjectTagging` besides, an ACL `oss:PutObjectAcl`. In which order
policies, ownership and ACLs decide: [access.md](access.md#the-order-of-the-decision).

All are in OSS's dialect. PostObject takes forms of the S3 dialect as well; S3's other operations
are not served yet.

Other sub-resources that OSS documents get `NotImplemented` (501) as well; so does, on PUT and
DELETE, any unknown query parameter without a value, for it might be one. Other unknown parameters
are ignored. A verb that means nothing gets `MethodNotAllowed` (405) with the header `Allow`.
"""

_PENDING_HEAD = """\
OSS documents these; here they are answered `NotImplemented` (501). Nothing is stored and nothing
is changed: a success that was not meant would be worse.
"""


_COLUMNS = ("operation", "request", "what it does", "actions", "state")


def render() -> str:
    """The whole page, Markdown."""
    return "\n".join(
        (
            _HEAD,
            "## Served\n",
            _table((*_COLUMNS, "where"), (_served(operation) for operation in OPERATIONS)),
            "## Not served yet\n",
            _PENDING_HEAD,
            _table(_COLUMNS, (_pending(operation) for operation in PENDING)),
        )
    )


def _served(operation: Operation) -> tuple[str, ...]:
    what, _, _ = (operation.handler.__doc__ or "").strip().partition("\n")
    selector = "list-type=2" if operation.sub_resource == "list-type" else operation.sub_resource
    request = _request(operation.method, operation.level, selector)
    if operation.header:
        request += f" with `{operation.header}`"
    return (
        operation.name,
        request,
        what,
        _actions(operation.actions),
        "served",
        operation.handler.__module__.rpartition(".")[2],
    )


def _pending(operation: PendingOperation) -> tuple[str, ...]:
    request = _request(operation.method, operation.level, operation.query)
    if operation.header:
        request += f" with `{operation.header}`"
    return (operation.name, request, operation.what, _actions(operation.actions), "501")


def _actions(actions: tuple[Action, ...]) -> str:
    return ", ".join(f"`{name}` ({resource})" for name, resource in actions) or "–"


def _request(method: str, level: Level, query: str) -> str:
    if level is Level.OWN:
        return f"`{method} {_PLACES[level]}{query}`"
    return f"`{method} {_PLACES[level]}{'?' if query else ''}{query}`"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
