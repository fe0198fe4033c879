"""Whether former versions of objects stay: PutBucketVersioning, GetBucketVersioning.

OSS and S3: pages of these names.
"""

from __future__ import annotations

from pillarbox.model import refusals
from pillarbox.model.dialects import S3
from pillarbox.model.limits import KIB
from pillarbox.model.versioning import Versioning
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.request import Request
from pillarbox.server.service import Service
from pillarbox.server.xml_body import read_xml_body
from pillarbox.wire_xml.tree import Node, local_name, text_of

_ROOT = "VersioningConfiguration"
_MAX_DOCUMENT = 4 * KIB


async def get_bucket_versioning(request: Request, service: Service) -> Answer:
    """Whether former versions stay; the empty answer of a bucket that never kept them."""
    bucket = await service.permitted_bucket(request, "oss:GetBucketVersioning")
    status: list[Node] = [("Status", str(bucket.versioning))] if bucket.versioning else []
    return answers.document(200, (_ROOT, status), dialect=request.dialect)


async def put_bucket_versioning(request: Request, service: Service) -> Answer:
    """Keep former versions from now on, or let that rest; what is kept stays."""
    bucket = await service.permitted_bucket(request, "oss:PutBucketVersioning")
    await service.store.set_bucket_versioning(bucket, await _read(request))
    return answers.empty(200)


async def _read(request: Request) -> Versioning:
    """The status that the document names.

    Raises:
        Refusal: `MalformedXML`, `InvalidArgument` without a status (facts 5.3), `NotImplemented`
            for removals that a second factor must confirm.
    """
    root = await read_xml_body(request, _ROOT, _MAX_DOCUMENT)
    if root is None:
        raise refusals.MALFORMED_XML()
    status = None
    for child in root:
        match local_name(child), text_of(child):
            case "Status", "Enabled" | "Suspended" as text if status is None:
                status = Versioning(text)
            case "MfaDelete", "Disabled" if request.dialect is S3:
                pass
            case "MfaDelete", _ if request.dialect is S3:
                raise refusals.NOT_IMPLEMENTED("Removal by a second factor is not implemented.")
            case _:
                raise refusals.MALFORMED_XML()
    if status is None:
        raise refusals.INVALID_ARGUMENT("The Versioning element must be specified.")
    return status
