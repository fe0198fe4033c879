"""Signed requests that are no forms (OSS: "Add signatures to headers")."""

from __future__ import annotations

from email.utils import formatdate

from bench.endpoint import Endpoint
from pillarbox.signing import header_v1


def signed_headers(endpoint: Endpoint, method: str, resource: str) -> dict[str, str]:
    """Date and Authorization for a quarter of an hour.

    Args:
        resource: `/bucket/key`; parameters that select no sub-resource are not signed.
    """
    key = endpoint.credentials
    date = formatdate(usegmt=True)
    text = header_v1.string_to_sign(method, [(b"date", date.encode())], resource.encode())
    signature = header_v1.sign(key.access_key_secret, text)
    return {
        "Date": date,
        "Authorization": header_v1.authorization(key.access_key_id, signature),
    }
