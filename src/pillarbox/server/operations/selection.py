"""Which operation a request names: by its verb, its place and the query parameters that select.

Query first, then content type: a `POST /?delete` is no form.
"""

from __future__ import annotations

from collections.abc import Iterable

from pillarbox.model import refusals
from pillarbox.model.dialects import S3, Dialect
from pillarbox.model.refusals import Refusal
from pillarbox.server.operations.operation import Level, Operation
from pillarbox.server.operations.sts import call_sts
from pillarbox.server.operations.table import OPERATIONS
from pillarbox.server.request import Request
from pillarbox.server.requested_version import PARAMETER as VERSION

#: Query parameters that select another operation than the plain one, of the documents and of the
#: official SDKs. Those without a line in `OPERATIONS` are answered `NotImplemented`: a
#: `DELETE /BUCKET?cname` that removed the bucket would be the worst of false successes.
#: `x-oss-ac-*` narrow who may use a signed URL, so they can't be ignored either.
_SELECTORS = frozenset(
    """
    MetaQuery accessPoint accessPointPolicy accessmonitor acl append asyncFetch
    bucketArchiveDirectRead bucketInfo callback cleanRestoredObject cloudboxes cname comp cors
    dataPipeline delete encryption httpsConfig inventory inventoryId legalHold lifecycle live
    location logging metaQuery metadataConfiguration metadataInventoryTable metadataJournalTable
    objectInfo objectMeta objectWorm overwriteConfig partNumber playlistName policy policyStatus
    position publicAccessBlock qos qosInfo qosRequester quota redundancyTransition referer
    regionList regions replication replicationLocation replicationProgress requestPayment
    requesterQosInfo resourceGroup resourcePool resourcePoolBuckets resourcePoolInfo responseHeader
    restore retention rtc seal select sequential stat style styleName symlink tagging
    transferAcceleration uploadId uploads userDefinedLogFieldsConfig versioning versions
    vod website worm wormExtend wormId x-oss-ac-forward-allow x-oss-ac-source-ip
    x-oss-ac-subnet-mask x-oss-ac-vpc-id x-oss-access-point-name x-oss-async-process x-oss-process
    x-oss-write-get-object-response
    """.split()  # noqa: SIM905 (so many words read better as text)
)

#: The same of S3's documents and SDKs, for its requests: elsewhere these words may mean anything.
_S3_SELECTORS = frozenset(
    """
    abac accelerate analytics annotation attributes intelligent-tiering legal-hold
    metadataAnnotationTable metadataTable metrics notification object-lock ownershipControls
    renameObject select-type session torrent
    """.split()  # noqa: SIM905 (so many words read better as text)
)

_BY_PLACE = {(op.method, op.level, op.sub_resource): op for op in OPERATIONS if not op.header}
_BY_HEADER = {(op.method, op.level, op.sub_resource): op for op in OPERATIONS if op.header}


def level_of(request: Request) -> Level:
    """What the request addresses."""
    if request.address.own_path is not None:
        return Level.OWN
    if request.address.bucket is None:
        return Level.SERVICE
    return Level.BUCKET if request.address.key is None else Level.OBJECT


def find_operation(request: Request) -> Operation:
    """The operation that a request names.

    Raises:
        Refusal: `NotImplemented` for a sub-resource that this server doesn't serve and for an
            operation that the request's dialect doesn't have, `MethodNotAllowed` for a verb that
            means nothing here, `NoSuchKey` for a path that the service doesn't have.
    """
    level = level_of(request)
    method = request.method
    if level is Level.OWN:
        return _find_own(method, request.address.own_path or "")
    selected = _selected(request, level)
    place = (method, level, selected)
    operation = _BY_HEADER.get(place)
    if operation is None or request.own(operation.header) is None:
        operation = _BY_PLACE.get(place)
    if operation is not None:
        _refuse_version(request, operation)
        return _in_dialect(operation, request.dialect)
    if selected:
        raise refusals.NOT_IMPLEMENTED(
            f"The operation {method} ?{selected} is not implemented.",
            Method=method,
            ResourceType=level.value.upper(),
        )
    # A POST to the service is a call of STS or nothing: who calls otherwise is not sent there.
    plain = (
        op
        for op in OPERATIONS
        if op.level is level and not op.sub_resource and op.handler is not call_sts
    )
    raise _not_allowed(method, level, plain)


def _in_dialect(operation: Operation, dialect: Dialect) -> Operation:
    if dialect not in operation.dialects:
        if operation.handler is call_sts:
            # IAM's clients ask here for much else: a 5xx they would ask again.
            raise refusals.METHOD_NOT_ALLOWED(Method=operation.method, ResourceType="SERVICE")
        # S3 takes such a parameter for none: what it would answer is another operation's.
        (owner,) = operation.dialects
        raise refusals.NOT_IMPLEMENTED(
            f"The operation {operation.name} is {owner.name.upper()}'s: ask for it in "
            f"{owner.name.upper()}'s dialect.",
            Method=operation.method,
            ResourceType=operation.level.value.upper(),
        )
    return operation


def _refuse_version(request: Request, operation: Operation) -> None:
    """Refuse `NotImplemented` for a version where none can be named: another would be meant.

    A preflight is about the request that follows.
    """
    is_preflight = request.method == "OPTIONS"
    if VERSION in request.query and not (operation.takes_version or is_preflight):
        raise refusals.NOT_IMPLEMENTED(
            f"The operation {operation.name} of a version is not implemented.",
            Method=request.method,
            ResourceType=operation.level.value.upper(),
        )


def _find_own(method: str, path: str) -> Operation:
    here = [op for op in OPERATIONS if op.level is Level.OWN and op.sub_resource == path]
    if not here:
        raise refusals.NO_SUCH_KEY(Key=f"-/{path[:1000]}")
    for operation in here:
        if operation.method == method:
            return operation
    raise _not_allowed(method, Level.OWN, here)


def _not_allowed(method: str, level: Level, served: Iterable[Operation]) -> Refusal:
    refusal = refusals.METHOD_NOT_ALLOWED(Method=method, ResourceType=level.value.upper())
    refusal.headers["Allow"] = ", ".join(sorted({operation.method for operation in served}))
    return refusal


def _selected(request: Request, level: Level) -> str:
    if request.method == "OPTIONS":
        # A preflight has no sub-resource of its own.
        return ""
    chosen = [name for name in request.query.first if _selects(request, name)]
    if not chosen:
        version = request.query.get("list-type") if level is Level.BUCKET else None
        return "list-type" if request.method == "GET" and version == "2" else ""
    served = [name for name in chosen if (request.method, level, name) in _BY_PLACE]
    # Two selectors at once are one operation with an argument (`?acl&versionId=…`): it is served
    # only if this server knows every part of it.
    # Of two that are served alone, neither is the other's argument: the pair is no operation.
    return next((name for name in chosen if name not in served), "&".join(chosen))


def _selects(request: Request, name: str) -> bool:
    """Whether a query parameter names another operation.

    One that we don't know selects nothing if it has a value. A bare one on PUT or DELETE is most
    likely a sub-resource that is newer than this server. `callback` with a value is an argument of
    PutObject and CompleteMultipartUpload, `uploadId` beside a part's number one of UploadPart,
    `position` one of AppendObject. S3 has no callbacks.
    """
    if level_of(request) is Level.SERVICE and name == "Action":
        return True
    if name == "callback" and not request.rules.has_callbacks:
        return False
    if name == VERSION:
        return False
    if request.dialect is S3 and name in _S3_SELECTORS:
        return True
    if level_of(request) is Level.OBJECT:
        if name == "callback" and request.query.get(name):
            return request.method != "PUT" and "uploadId" not in request.query
        if name == "uploadId" and request.method == "PUT":
            return "partNumber" not in request.query
        if name == "position" and request.method == "POST":
            return "append" not in request.query
    if name in _SELECTORS:
        return True
    return request.method in ("PUT", "DELETE") and not request.query.get(name)
