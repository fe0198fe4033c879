"""RestoreObject (OSS and S3 pages of this name).

Storage classes are labels here: what is archived is read at once, and lies thawed for good. So
there is nothing to do, and nothing is kept; clients that thaw before they read go on.
"""

from __future__ import annotations

from pillarbox.forms.s3_values import storage_class_name
from pillarbox.model import refusals, s3_refusals
from pillarbox.model.dialects import S3
from pillarbox.model.limits import KIB
from pillarbox.model.object_types import OPERATION_NOT_SUPPORTED
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.request import Request
from pillarbox.server.requested_version import permitted_version
from pillarbox.server.service import Service
from pillarbox.server.xml_body import read_xml_body
from pillarbox.wire_xml.restore_request import RESTORE_REQUEST, check_restore_request

_MAX_DOCUMENT = 16 * KIB


async def restore_object(request: Request, service: Service) -> Answer:
    """Thaw an archived object, which needs no thawing here: 202 each time, and nothing changes."""
    _, _, stored = await permitted_version(request, service, "oss:RestoreObject")
    if stored.storage_class not in request.rules.archive_classes:
        if request.dialect is S3:
            name = storage_class_name(stored.storage_class, S3)
            raise s3_refusals.RESTORE_NOT_ALLOWED(StorageClass=name)
        raise OPERATION_NOT_SUPPORTED()
    root = await read_xml_body(request, RESTORE_REQUEST, _MAX_DOCUMENT)
    if root is not None:
        check_restore_request(root, request.dialect)
    elif not request.rules.restores_unasked:
        raise refusals.MALFORMED_XML()
    return answers.empty(202)
