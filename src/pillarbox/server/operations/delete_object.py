"""DeleteObject (OSS and S3 pages of this name)."""

from __future__ import annotations

from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.request import Request
from pillarbox.server.requested_object import requested_condition
from pillarbox.server.service import Service


async def delete_object(request: Request, service: Service) -> Answer:
    """Remove the object; 204 also if there was none, unless a condition of S3 asks for one."""
    caller = await service.caller(request)
    bucket = await service.bucket(request)
    key = request.key
    rule = await service.permitted(request, caller, "oss:DeleteObject", bucket, key)
    condition = requested_condition(request)
    await service.check_condition(request, caller, bucket, key, condition)
    await service.store.delete_object(bucket, key, rule, condition)
    return answers.empty(204)
