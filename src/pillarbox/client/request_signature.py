"""The headers that sign a request: V4 where a region is known, else V1, which needs none.

(OSS: "Include a V4 signature in the Authorization header", "Add signatures to headers")
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pillarbox.client.request import Request
from pillarbox.forms.signed_form import Credentials
from pillarbox.model.dialects import OSS
from pillarbox.model.timestamps import http_date
from pillarbox.signing import canonical_request, header_v1, header_v4, post_v4, url_v4
from pillarbox.signing.header_v1 import Pairs


def signed_headers(
    request: Request, credentials: Credentials, region: str | None, moment: datetime
) -> dict[str, str]:
    """All headers of a request, those that sign it among them.

    Args:
        region: such as `cn-hangzhou`; None signs V1.
        moment: of signing, aware.
    """
    headers = {"Date": http_date(moment.timestamp()), **request.headers}
    if credentials.security_token is not None:
        headers[OSS.field("security-token")] = credentials.security_token
    if region is None:
        return headers | {"Authorization": _authorization_v1(request, headers, credentials)}
    headers[OSS.field("date")] = post_v4.render_date(moment)
    payload = canonical_request.UNSIGNED_PAYLOAD.decode("ascii")
    headers[OSS.field("content-sha256")] = payload
    scope = url_v4.scope_at(credentials.access_key_id, region, moment)
    canonical = canonical_request.canonical_request(
        request.method, (request.bucket, _key(request)), encoded(request.query), encoded(headers)
    )
    text = canonical_request.string_to_sign(scope, post_v4.render_date(moment), canonical)
    signature = canonical_request.sign(credentials.access_key_secret, scope, text)
    return headers | {"Authorization": header_v4.authorization(scope, (), signature)}


def encoded(pairs: Mapping[str, str]) -> Pairs:
    """Names and values as bytes."""
    return [(name.encode("utf-8"), value.encode("utf-8")) for name, value in pairs.items()]


def _authorization_v1(
    request: Request, headers: Mapping[str, str], credentials: Credentials
) -> str:
    resource = header_v1.canonical_resource(request.bucket, _key(request), encoded(request.query))
    text = header_v1.string_to_sign(request.method, encoded(headers), resource)
    signature = header_v1.sign(credentials.access_key_secret, text)
    return header_v1.authorization(credentials.access_key_id, signature)


def _key(request: Request) -> bytes | None:
    return None if request.key is None else request.key.encode("utf-8")
