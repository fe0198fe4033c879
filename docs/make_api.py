"""Writes `docs/api.md` from the server's table of operations: run `make docs`.

What is served, in which dialect and by which name, comes from
`pillarbox.server.operations.table.OPERATIONS`; what an operation does is the first line of its
function's docstring. `spellings` tells its headers and how S3's answers differ,
`pending_operations` what OSS and S3 document beyond that.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from docs.pending_operations import OSS_PENDING, S3_PENDING, PendingOperation
from docs.spellings import SPELLINGS, Spelling
from pillarbox.model.dialects import OSS, S3, Dialect
from pillarbox.server.operations.actions import Action
from pillarbox.server.operations.operation import Level, Operation
from pillarbox.server.operations.table import OPERATIONS

PAGE = Path(__file__).parent / "api.md"

_PLACES = {
    Level.SERVICE: "/",
    Level.BUCKET: "/BUCKET",
    Level.OBJECT: "/BUCKET/KEY",
    Level.OWN: "/-/",
}
_TITLES = {
    Level.SERVICE: "The service",
    Level.BUCKET: "Buckets",
    Level.OBJECT: "Objects",
    Level.OWN: "The service's own",
}

_HEAD = """\
# The operations

This page is written by `docs/make_api.py` from the server's own table of operations
(`src/pillarbox/server/operations/table.py`): run `make docs` after a change. How each one deviates
from its dialect's documents stands in [parity.md](parity.md).

Contents: [two dialects](#two-dialects) · [served](#served) · [not served](#not-served).
What is said on the wire, operation by operation: [exchanges.md](exchanges.md).

A request names its operation by its verb, by what it addresses, and by a query parameter that
selects a sub-resource. Paths below are path style; the same request to `BUCKET.DOMAIN` has no
bucket in its path. Where `versionId` stands beside a request, it may name a version of the object
by that parameter, and is then asked for the action's like of versions, such as
`oss:GetObjectVersion`. What begins with `/-/` is the service's own, on every host.

The actions are what RAM and bucket policies call it, in both dialects, and in brackets of what they
are asked: the service, the bucket, the key (each key, where the body names several), the source of
a copy. Tags ask `oss:PutObjectTagging` besides, an ACL `oss:PutObjectAcl`. In which order
policies, ownership and ACLs decide: [access.md](access.md#the-order-of-the-decision).

## Two dialects

The same buckets and objects are served in OSS's dialect and in S3's. A request speaks S3 if
anything in its head is S3's: an Authorization header that begins with `AWS`, a parameter
`AWSAccessKeyId` or `x-amz-…`, a header `x-amz-…` or `amz-sdk-…`. Else it speaks OSS, also where
nobody signed it. What has something of each is refused 400 `InvalidArgument`. A form says it in
its fields.

| | in OSS | in S3 |
| --- | --- | --- |
| [signatures](parity.md#signatures), in header or URL | V1 and V4 | V2 and V4 |
| token of temporary credentials | `x-oss-security-token` | `x-amz-security-token` |
| ACL of a bucket | `x-oss-acl` | `x-amz-acl`, `x-amz-grant-*` or a document |
| ACL of an object | `x-oss-object-acl` | `x-amz-acl`, `x-amz-grant-*` or a document |
| user metadata | `x-oss-meta-NAME` | `x-amz-meta-NAME` |
| tags | `x-oss-tagging` | `x-amz-tagging` |
| storage class | `x-oss-storage-class: IA` | `x-amz-storage-class: STANDARD_IA` |
| digests of a body | `Content-MD5`, `x-oss-hash-crc64ecma` | `Content-MD5`, `x-amz-checksum-*`, \
`x-amz-content-sha256` |
| framing of a body | its length or chunks | these, and `aws-chunked` with its trailers |
| source of a copy | `x-oss-copy-source: /BUCKET/KEY` | `x-amz-copy-source: BUCKET/KEY` |
| callback after an upload | `x-oss-callback`, or the parameter `callback` | none |
| ETags | upper case | lower case |
| documents of answers | without a namespace | `xmlns="http://s3.amazonaws.com/doc/2006-03-01/"` |
| every answer | `Server: AliyunOSS`, `x-oss-request-id` | `Server: AmazonS3`, `x-amz-request-id` |
| errors | OSS's codes and texts, with EC | S3's codes and texts, without EC |

In a signed URL of S3 the parameters `x-amz-…` count as the headers of these names.

Other sub-resources that OSS documents get `NotImplemented` (501) as well; so does, on PUT and
DELETE, any unknown query parameter without a value, for it might be one. Other unknown parameters
are ignored. A verb that means nothing gets `MethodNotAllowed` (405) with the header `Allow`.
What one dialect alone has is `NotImplemented` in the other.

## Served

First what OSS calls an operation, then what S3 does, each with its request and the request headers
that it knows beside the signature's. The last column names the module in
`src/pillarbox/server/operations/`. A dash: the dialect has no such operation. The access log calls
operations by OSS's name in both dialects.
"""

_OSS_PENDING_HEAD = """\
## Not served

Here they are answered `NotImplemented` (501). Nothing is stored and nothing is changed: a success
that was not meant would be worse. So is an upload with `x-oss-traffic-limit`, for nobody's speed is
bounded yet; a download ignores it. What OSS adds after this page was written is answered the same
where it is a sub-resource without a value, on PUT and DELETE.

### That OSS documents
"""

_S3_PENDING_HEAD = """\
### That S3 documents

As boto3 names them. No request of S3 that one of its clients makes acts as another operation: a
test asks for each that boto3 knows.
"""


def render() -> str:
    """The whole page, Markdown."""
    return "\n".join(
        (
            _HEAD,
            *(_level(level) for level in Level),
            _OSS_PENDING_HEAD,
            _table(
                ("operation", "request", "what it does", "actions", "why not"),
                ((*_pending(one), _actions(one.actions), one.why) for one in OSS_PENDING),
            ),
            _S3_PENDING_HEAD,
            _table(
                ("operation", "request", "what it does", "why not"),
                ((*_pending(one), one.why) for one in S3_PENDING),
            ),
        )
    )


def _level(level: Level) -> str:
    rows = [operation for operation in OPERATIONS if operation.level is level]
    title = f"### {_TITLES[level]}\n\n"
    if level is Level.OWN:
        head: tuple[str, ...] = ("operation", "request", "what it does", "where")
        own = ((op.name, _request(op, OSS), _what(op), _where(op)) for op in rows)
        return title + _table(head, own)
    head = ("in OSS", "in S3", "what it does", "S3's answer", "actions", "where")
    return title + _table(head, (_served(operation) for operation in rows))


def _served(operation: Operation) -> tuple[str, ...]:
    spelling = SPELLINGS.get(operation.name, Spelling())
    return (
        *(_asked(operation, spelling, dialect) for dialect in (OSS, S3)),
        _what(operation),
        (spelling.in_s3 or "the same") if S3 in operation.dialects else "–",
        _actions(operation.actions),
        _where(operation),
    )


def _asked(operation: Operation, spelling: Spelling, dialect: Dialect) -> str:
    """Name, request and headers in one dialect."""
    if dialect not in operation.dialects:
        return "–"
    parts = [operation.name_in(dialect), _request(operation, dialect)]
    if operation.takes_version:
        parts[1] += " `versionId`"
    alone = spelling.s3 if dialect is S3 else spelling.oss
    headers = [f"`{spelled(name, dialect)}`" for name in (*spelling.both, *alone)]
    return "<br>".join([*parts, " ".join(headers)] if headers else parts)


def spelled(name: str, dialect: Dialect) -> str:
    """The name of a header in a dialect; those of HTTP begin with a capital letter."""
    return name if name[0].isupper() else dialect.field(name)


def _what(operation: Operation) -> str:
    what, _, _ = (operation.handler.__doc__ or "").strip().partition("\n")
    return what


def _where(operation: Operation) -> str:
    return operation.handler.__module__.rpartition(".")[2]


def _pending(operation: PendingOperation) -> tuple[str, ...]:
    place = _PLACES[operation.level]
    return operation.name, f"`{operation.method} {place}?{operation.query}`", operation.what


def _actions(actions: tuple[Action, ...]) -> str:
    return ", ".join(f"`{name}` ({resource})" for name, resource in actions) or "–"


def _request(operation: Operation, dialect: Dialect) -> str:
    place = _PLACES[operation.level]
    upload = "" if operation.method in ("GET", "HEAD") else "&uploadId=ID"
    query = {
        "list-type": "list-type=2",
        "partNumber": f"partNumber=N{upload}",
        "uploadId": "uploadId=ID",
    }.get(operation.sub_resource, operation.sub_resource)
    mark = "?" if query and operation.level is not Level.OWN else ""
    request = f"`{operation.method} {place}{mark}{query}`"
    if operation.header:
        request += f" with `{dialect.field(operation.header)}`"
    return request


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
