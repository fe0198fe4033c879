"""A form as bytes on the wire: what stands before the file's bytes and what stands behind.

Built by the toolkit and signed with OSS V1, as a site would hand it out: any key under `bench/` is
allowed, so that one signature serves many uploads.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from bench.endpoint import Endpoint
from pillarbox.forms.post_form import PostForm
from pillarbox.model.limits import MAX_FILE_SIZE

_BOUNDARY = "----pillarbox-bench-7MA4YWxkTrZu0gW"
_PREFIX = "bench/"


@dataclass(frozen=True, slots=True)
class WireForm:
    """An HTTP request less the bytes of its file.

    Attributes:
        head: request line, headers, fields, and the file part's headers.
        tail: the closing delimiter.
    """

    head: bytes
    tail: bytes


def wire_form(endpoint: Endpoint, name: str, size: int) -> WireForm:
    """A signed form for a file of `size` bytes, to be stored under `bench/NAME`."""
    signed = PostForm(
        endpoint=endpoint.url,
        bucket=endpoint.bucket,
        key=_PREFIX + "${filename}",
        max_size=MAX_FILE_SIZE,
    ).sign_v1(endpoint.credentials)
    fields = {**signed.fields, "key": _PREFIX + name}
    parts = [
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        for field, value in fields.items()
    ]
    parts.append(
        f"--{_BOUNDARY}\r\n"
        'Content-Disposition: form-data; name="file"; filename="letter.bin"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    before = "".join(parts).encode()
    tail = f"\r\n--{_BOUNDARY}--\r\n".encode()
    target = urlsplit(signed.action)
    request = (
        f"POST {target.path} HTTP/1.1\r\n"
        f"Host: {target.netloc}\r\n"
        f"Content-Type: multipart/form-data; boundary={_BOUNDARY}\r\n"
        f"Content-Length: {len(before) + size + len(tail)}\r\n\r\n"
    )
    return WireForm(request.encode() + before, tail)
