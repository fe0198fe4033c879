"""A form as bytes on the wire: what stands before the file's bytes and what stands behind.

Built by the toolkit and signed in the dialect of the endpoint, as a site would hand it out: any key
under `bench/` is allowed, so that one signature serves many uploads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from bench.endpoint import Endpoint
from pillarbox.forms.post_form import PostForm
from pillarbox.forms.s3_form import sign_s3_v2, sign_s3_v4
from pillarbox.forms.signed_form import SignedForm
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
    signed = signed_form(endpoint)
    return write_form(signed.action, {**signed.fields, "key": _PREFIX + name}, size)


def signed_form(
    endpoint: Endpoint, *, max_size: int = MAX_FILE_SIZE, now: datetime | None = None
) -> SignedForm:
    """A form as a site hands it out, good for an hour.

    Args:
        max_size: of the file in bytes, by the policy.
        now: when it is signed; aware. An hour or more ago, and the form has expired.
    """
    form = PostForm(
        endpoint=endpoint.url,
        bucket=endpoint.bucket,
        key=_PREFIX + "${filename}",
        max_size=max_size,
    )
    match endpoint.signature:
        case "oss-v1":
            return form.sign_v1(endpoint.credentials, now=now)
        case "oss-v4":
            return form.sign_v4(endpoint.credentials, endpoint.region, now=now)
        case "s3-v2":
            return sign_s3_v2(form, endpoint.credentials, now=now)
        case "s3-v4":
            return sign_s3_v4(form, endpoint.credentials, endpoint.region, now=now)


def write_form(action: str, fields: Mapping[str, str], size: int | None) -> WireForm:
    """The request that posts `fields` and a file to `action`.

    Args:
        size: of the file in bytes; None for a body of which nobody says how long it will be: what
            stands behind the HTTP headers must then be sent in chunks.
    """
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
    target = urlsplit(action)
    length = (
        "Transfer-Encoding: chunked"
        if size is None
        else f"Content-Length: {len(before) + size + len(tail)}"
    )
    request = (
        f"POST {target.path or '/'} HTTP/1.1\r\n"
        f"Host: {target.netloc}\r\n"
        f"Content-Type: multipart/form-data; boundary={_BOUNDARY}\r\n"
        f"{length}\r\n\r\n"
    )
    if size is None:
        before = b"%x\r\n%b\r\n" % (len(before), before)
    return WireForm(request.encode() + before, tail)
