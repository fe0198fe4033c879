"""Reading through a symbolic link (OSS: "GetObject", "HeadObject", symbolic links)."""

from __future__ import annotations

from dataclasses import replace

from pillarbox.access.caller import Caller
from pillarbox.model.object_types import INVALID_TARGET_TYPE, SYMLINK_TARGET_NOT_EXIST
from pillarbox.model.objects import Bucket, StoredObject
from pillarbox.server.request import Request
from pillarbox.server.service import Service


async def followed(
    request: Request, service: Service, caller: Caller, bucket: Bucket, stored: StoredObject
) -> StoredObject:
    """What a reader of `stored` gets: itself or, of a link, the bytes of its target.

    Those are the current version's, and so is what tells of the bytes. Everything else is the
    link's, but for the date, which is the later one. Who may read the link must be one who may
    read the target too, or a link would let in whom the target keeps out.

    Raises:
        Refusal: `AccessDenied`, whether there is a target or not; `SymlinkTargetNotExist`,
            `InvalidTargetType` for one that is a link too.
    """
    key = stored.symlink_target
    if key is None:
        return stored
    target = await service.found_version(request, caller, "oss:GetObject", bucket, key)
    if target is None or target.is_delete_marker:
        raise SYMLINK_TARGET_NOT_EXIST(Key=key.decode("utf-8"))
    if target.symlink_target is not None:
        raise INVALID_TARGET_TYPE()
    return replace(
        stored,
        blob_id=target.blob_id,
        inline=target.inline,
        size=target.size,
        etag=target.etag,
        md5=target.md5,
        crc64=target.crc64,
        checksum=target.checksum,
        modified_ms=max(stored.modified_ms, target.modified_ms),
    )
