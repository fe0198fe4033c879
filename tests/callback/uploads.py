"""What the tests of callbacks say of an upload."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pillarbox.callback.image import ImageInfo
from pillarbox.callback.template import UploadFacts

FACTS = UploadFacts(
    bucket="photos",
    key='a/é "b".png',
    etag="25F9E794323B453885F5181F1B624D0B",
    size=9,
    mime_type="image/png",
    crc64=11051210869376104954,
    content_md5=bytes(16),
    image=ImageInfo("png", 3, 2),
    client_ip="192.0.2.1",
    request_id="6" * 24,
    operation="PostObject",
    custom={"x:a": "1&2"},
)


def facts(**changes: Any) -> UploadFacts:
    """`FACTS`, but for some of them."""
    return replace(FACTS, **changes)
