"""DeleteObject (OSS page of this name)."""

from __future__ import annotations

from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.request import Request
from pillarbox.server.service import Service


async def delete_object(request: Request, service: Service) -> Answer:
    """Remove the object; 204 also if there was none."""
    caller = await service.caller(request)
    bucket = await service.bucket(request)
    key = request.key
    rule = await service.permitted(request, caller, "oss:DeleteObject", bucket, key)
    await service.store.delete_object(bucket, key, rule)
    return answers.empty(204)
