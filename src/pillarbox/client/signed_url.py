"""URLs that let anybody make one request until they expire (OSS: "Add signatures to a URL")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pillarbox.client.address import Address
from pillarbox.client.request import Request
from pillarbox.client.request_signature import encoded
from pillarbox.forms.policy_signature import check_credentials
from pillarbox.forms.signed_form import Credentials
from pillarbox.model.names import is_region
from pillarbox.signing import url_v1, url_v4

#: "GetObject": what of the answer's headers a URL may set, without the prefix `response-`.
OVERRIDES = (
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
)


@dataclass(frozen=True, slots=True)
class SignedUrl:
    """A URL, and what has to be sent with it.

    Attributes:
        method: the only one that it is good for.
        expires: aware, UTC.
        headers: that the request must have as they are here.
    """

    url: str
    method: str
    expires: datetime
    headers: Mapping[str, str]


def sign_url_v1(
    endpoint: str,
    credentials: Credentials,
    method: str,
    address: Address,
    expires: datetime,
    *,
    overrides: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> SignedUrl:
    """A URL with a V1 signature.

    Args:
        endpoint: URL of the store, as `Connection` takes it.
        method: uppercase: `GET` or `PUT`.
        expires: aware.
        overrides: headers of the answer, of `OVERRIDES`.
        headers: of the request that are signed, such as Content-Type.

    Raises:
        ValueError: for credentials, an endpoint or a key that can't be, or that V1 can't sign.
    """
    check_credentials(credentials)
    address.check_object()
    parameters = {f"response-{name}": value for name, value in (overrides or {}).items()}
    if credentials.security_token is not None:
        parameters["security-token"] = credentials.security_token
    query = url_v1.signed_query(
        method,
        address.bucket,
        address.key,
        expires,
        credentials.access_key_id,
        credentials.access_key_secret,
        parameters=encoded(parameters),
        headers=encoded(headers or {}),
    )
    url = Request(method, address.bucket, address.key).url(endpoint)
    return SignedUrl(f"{url}?{query}", method, expires, dict(headers or {}))


def sign_url_v4(
    endpoint: str,
    credentials: Credentials,
    region: str,
    method: str,
    address: Address,
    moment: datetime,
    span: timedelta,
    *,
    overrides: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> SignedUrl:
    """A URL with a V4 signature (OSS: "Include a V4 signature in a URL"); arguments as for V1.

    Args:
        region: such as `cn-hangzhou`.
        moment: of signing, aware.
        span: how long the URL is good, at most 7 days.

    Raises:
        ValueError: for credentials, an endpoint, a key, a region or a span that can't be.
    """
    check_credentials(credentials)
    address.check_object()
    if not is_region(region):
        raise ValueError(f"the region {region!r} is none: write it like cn-hangzhou")
    parameters = {f"response-{name}": value for name, value in (overrides or {}).items()}
    if credentials.security_token is not None:
        parameters["x-oss-security-token"] = credentials.security_token
    query = url_v4.signed_query(
        method,
        address.bucket,
        address.key,
        span,
        url_v4.scope_at(credentials.access_key_id, region, moment),
        credentials.access_key_secret,
        moment,
        parameters=encoded(parameters),
        headers=encoded(headers or {}),
    )
    url = Request(method, address.bucket, address.key).url(endpoint)
    return SignedUrl(f"{url}?{query}", method, moment + span, dict(headers or {}))
