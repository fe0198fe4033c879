"""How granian speaks HTTP, whoever starts it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from granian.constants import HTTPModes
from granian.http import HTTP1Settings

#: Connections that wait to be accepted, and those that are open at once, idle ones included.
_BACKLOG = 4096
#: How many bytes one piece of a body may have: 256 KiB and the head's room. Larger pieces are no
#: faster and hold more memory for each stalled upload. A head has no more either.
_READ_BUFFER = 256 * 1024 + 8192


def http_layer(head_timeout: float) -> Mapping[str, Any]:
    """Arguments of granian's servers.

    Args:
        head_timeout: seconds for a head to arrive, from its first byte to its last, and for a
            connection that is kept open to bring its next one.
    """
    return {
        "http": HTTPModes.http1,
        "websockets": False,
        "backlog": _BACKLOG,
        "backpressure": _BACKLOG,
        "http1_settings": HTTP1Settings(
            header_read_timeout=round(head_timeout * 1000), max_buffer_size=_READ_BUFFER
        ),
    }
