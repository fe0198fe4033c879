"""The upload page's script, served to any site's pages (`GET /-/upload.js`)."""

from __future__ import annotations

import hashlib
from functools import cache

from pillarbox.forms.upload_module import upload_module
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.preconditions import names_etag
from pillarbox.server.request import Request
from pillarbox.server.service import Service

#: Browsers ask again after so many seconds: a new release should not wait for long.
_MAX_AGE = 300


async def get_upload_script(request: Request, service: Service) -> Answer:  # noqa: ARG001
    """The script of `<pillarbox-upload>`, for anybody; conditional by ETag."""
    body, etag = _script()
    headers = [
        ("ETag", f'"{etag}"'),
        ("Cache-Control", f"public, max-age={_MAX_AGE}"),
        # A module is always fetched under CORS, by pages that isolate themselves under CORP too.
        ("Access-Control-Allow-Origin", "*"),
        ("Cross-Origin-Resource-Policy", "cross-origin"),
    ]
    known = request.headers.get("if-none-match")
    if known is not None and names_etag(known, etag):
        return answers.empty(304, headers)
    return Answer(200, [("Content-Type", "text/javascript; charset=utf-8"), *headers], body)


@cache
def _script() -> tuple[bytes, str]:
    body = upload_module().encode()
    return body, hashlib.sha256(body).hexdigest()[:32].upper()
