"""How granian speaks HTTP, whoever starts it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from granian.constants import HTTPModes
from granian.http import HTTP1Settings

#: Connections that wait to be accepted, and requests that run at once.
_BACKLOG = 4096
#: Seconds for a head to arrive, and for a kept-alive connection to bring its next one.
_HEAD_TIMEOUT = 60
#: How many bytes one piece of a body may have: 256 KiB and the head's room. Larger pieces are no
#: faster and hold more memory for each stalled upload.
_READ_BUFFER = 256 * 1024 + 8192

#: Arguments of granian's servers.
HTTP_LAYER: Mapping[str, Any] = MappingProxyType(
    {
        "http": HTTPModes.http1,
        "websockets": False,
        "backlog": _BACKLOG,
        "backpressure": _BACKLOG,
        "http1_settings": HTTP1Settings(
            header_read_timeout=_HEAD_TIMEOUT * 1000, max_buffer_size=_READ_BUFFER
        ),
    }
)
