"""GetBucketVersioning: whether former versions of objects stay (pages of this name)."""

from __future__ import annotations

from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.request import Request
from pillarbox.server.service import Service


async def get_bucket_versioning(request: Request, service: Service) -> Answer:
    """Whether former versions stay: the empty answer, that of a bucket that never kept them."""
    await service.permitted_bucket(request, "oss:GetBucketVersioning")
    return answers.document(200, ("VersioningConfiguration", []), dialect=request.dialect)
