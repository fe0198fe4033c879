"""URLs that let anybody make one request until they expire (OSS: "Add signatures to a URL")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pillarbox.client.address import Address
from pillarbox.client.request import Request
from pillarbox.forms.policy_signature import check_credentials
from pillarbox.forms.signed_form import Credentials
from pillarbox.signing import url_v1

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
        parameters=_encoded(parameters),
        headers=_encoded(headers or {}),
    )
    url = Request(method, address.bucket, address.key).url(endpoint)
    return SignedUrl(f"{url}?{query}", method, expires, dict(headers or {}))


def _encoded(pairs: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("utf-8"), value.encode("utf-8")) for name, value in pairs.items()]
