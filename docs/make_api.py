"""Writes `docs/api.md` from the server's table of operations: run `make docs`.

What is served comes from `pillarbox.server.operations.table.OPERATIONS`; what an operation does is
the first line of its function's docstring. `PENDING` lists what OSS documents beyond that. A test
asks a running server for every line of it and expects `NotImplemented`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

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
        header: the request header that selects it, `name: value`, empty for none.
    """

    name: str
    method: str
    level: Level
    query: str
    header: str = ""


def _family(
    name: str, query: str, methods: Sequence[str] = ("PUT", "GET", "DELETE")
) -> list[PendingOperation]:
    """The operations on one configuration of a bucket."""
    verbs = {"PUT": "Put", "GET": "Get", "DELETE": "Delete"}
    return [
        PendingOperation(f"{verbs[method]}{name}", method, Level.BUCKET, query)
        for method in methods
    ]


PENDING = (
    PendingOperation("DescribeRegions", "GET", Level.SERVICE, "regions"),
    *_family("BucketPolicy", "policy"),
    *_family("BucketLifecycle", "lifecycle"),
    *_family("BucketTags", "tagging"),
    *_family("BucketVersioning", "versioning", ("PUT", "GET")),
    *_family("BucketReferer", "referer", ("PUT", "GET")),
    *_family("BucketWebsite", "website"),
    *_family("BucketLogging", "logging"),
    *_family("BucketEncryption", "encryption"),
    *_family("BucketRequestPayment", "requestPayment", ("PUT", "GET")),
    *_family("BucketTransferAcceleration", "transferAcceleration", ("PUT", "GET")),
    *_family("BucketInventory", "inventory"),
    *_family("BucketReplication", "replication", ("GET",)),
    *_family("BucketWorm", "worm", ("GET",)),
    PendingOperation("GetBucketLocation", "GET", Level.BUCKET, "location"),
    PendingOperation("GetBucketStat", "GET", Level.BUCKET, "stat"),
    PendingOperation("ListObjectVersions", "GET", Level.BUCKET, "versions"),
    PendingOperation("AppendObject", "POST", Level.OBJECT, "append&position=0"),
    PendingOperation("PutSymlink", "PUT", Level.OBJECT, "symlink"),
    PendingOperation("GetSymlink", "GET", Level.OBJECT, "symlink"),
    PendingOperation("RestoreObject", "POST", Level.OBJECT, "restore"),
    PendingOperation("ProcessImage", "GET", Level.OBJECT, "x-oss-process=image/info"),
)

_HEAD = """\
# The operations

This page is written by `docs/make_api.py` from the server's own table of operations
(`src/pillarbox/server/operations/table.py`): run `make docs` after a change. Names are those of
OSS's API reference; how each one deviates from it stands in [parity.md](parity.md).

A request names its operation by its verb, by what it addresses, and by a query parameter that
selects a sub-resource. Paths below are path style; the same request to `BUCKET.DOMAIN` has no
bucket in its path. What begins with `/-/` is the service's own, on every host.

Other sub-resources that OSS documents get `NotImplemented` (501) as well; so does, on PUT and
DELETE, any unknown query parameter without a value, for it might be one. Other unknown parameters
are ignored. A verb that means nothing gets `MethodNotAllowed` (405) with the header `Allow`.
"""

_PENDING_HEAD = """\
OSS documents these; here they are answered `NotImplemented` (501). Nothing is stored and nothing
is changed: a success that was not meant would be worse.
"""


def render() -> str:
    """The whole page, Markdown."""
    return "\n".join(
        (
            _HEAD,
            "## Served\n",
            _table(
                ("operation", "request", "what it does", "where"),
                (_served(operation) for operation in OPERATIONS),
            ),
            "## Not served yet\n",
            _PENDING_HEAD,
            _table(("operation", "request"), (_pending(operation) for operation in PENDING)),
        )
    )


def _served(operation: Operation) -> tuple[str, ...]:
    what, _, _ = (operation.handler.__doc__ or "").strip().partition("\n")
    selector = "list-type=2" if operation.sub_resource == "list-type" else operation.sub_resource
    module = operation.handler.__module__.rpartition(".")[2]
    request = _request(operation.method, operation.level, selector)
    if operation.header:
        request += f" with `{operation.header}`"
    return (operation.name, request, what, module)


def _pending(operation: PendingOperation) -> tuple[str, ...]:
    request = _request(operation.method, operation.level, operation.query)
    if operation.header:
        request += f" with `{operation.header}`"
    return (operation.name, request)


def _request(method: str, level: Level, query: str) -> str:
    if level is Level.OWN:
        return f"`{method} {_PLACES[level]}{query}`"
    return f"`{method} {_PLACES[level]}{'?' if query else ''}{query}`"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
