"""DeleteObject (OSS page of this name)."""

from __future__ import annotations

from pillarbox.access.decision import Need, write_rule
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.request import Request
from pillarbox.server.service import Service


async def delete_object(request: Request, service: Service) -> Answer:
    """Remove the object; 204 also if there was none."""
    caller = await service.caller(request)
    bucket = await service.bucket(request)
    key = request.key
    await service.authorize_object(caller, Need.WRITE_OBJECT, bucket, key)
    await service.store.delete_object(bucket, key, write_rule(caller, bucket))
    return answers.empty(204)
