"""DeleteObject (OSS and S3 pages of this name)."""

from __future__ import annotations

from pillarbox.model.deletion import Deletion
from pillarbox.model.objects import Bucket
from pillarbox.model.versioning import NamedVersion
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.request import Request
from pillarbox.server.requested_object import requested_condition
from pillarbox.server.requested_version import permitted_change
from pillarbox.server.service import Service
from pillarbox.server.stored_headers import version_headers


async def delete_object(request: Request, service: Service) -> Answer:
    """Remove the object or a version; 204 also if there was none, unless a condition asks for one.

    Where versions are kept, an object is removed by a delete marker.
    """
    asked = await permitted_change(request, service, "oss:DeleteObject")
    caller, bucket, key, version, rule = asked
    condition = requested_condition(request)
    await service.check_condition(request, caller, bucket, key, condition, version)
    deletion = await service.store.delete_object(bucket, key, rule, condition, version)
    return answers.empty(204, _told(request, bucket, deletion, version))


def _told(
    request: Request, bucket: Bucket, deletion: Deletion, named: NamedVersion | None
) -> list[tuple[str, str]]:
    """The delete marker that was written, or what the version was that is gone."""
    if named is None and not deletion.is_delete_marker:
        return []
    version_id = deletion.version_id if named is None else named.id
    told = version_headers(version_id, request.dialect, bucket.versioning)
    if deletion.is_delete_marker:
        told.append((request.dialect.field("delete-marker"), "true"))
    return told
