"""GetBucketStat: what a bucket holds (OSS page of that name)."""

from __future__ import annotations

from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.request import Request
from pillarbox.server.service import Service


async def get_bucket_stat(request: Request, service: Service) -> Answer:
    """How many objects, bytes and unfinished uploads a bucket has."""
    bucket = await service.permitted_bucket(request, "oss:GetBucketStat")
    stat = await service.store.bucket_stat(bucket)
    figures = {
        "Storage": stat.size,
        "ObjectCount": stat.objects,
        "MultipartUploadCount": stat.uploads,
        "MultipartPartCount": stat.parts,
        "LiveChannelCount": 0,
        "DeleteMarkerCount": stat.delete_markers,
        "LastModifiedTime": int(service.now().timestamp()),
    }
    return answers.document(
        200, ("BucketStat", [(name, str(figure)) for name, figure in figures.items()])
    )
