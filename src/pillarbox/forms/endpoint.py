"""Where a form is posted: the store's endpoint and the bucket, as one URL."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit


def split_endpoint(endpoint: str) -> SplitResult:
    """The parts of an endpoint's URL.

    Raises:
        ValueError: it is no URL of a store, or has more than a scheme, a host and a port.
    """
    try:
        parts = urlsplit(endpoint)
        # Reading the port checks it.
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise ValueError(f"the endpoint {endpoint!r} is no URL: {error}") from None
    if parts.scheme not in ("http", "https") or not has_host:
        raise ValueError(
            f"the endpoint {endpoint!r} is no URL of a store: write it like "
            "https://oss-cn-hangzhou.aliyuncs.com or http://127.0.0.1:9000"
        )
    if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(
            f"the endpoint {endpoint!r} has more than a host and a port: "
            f"write {parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        )
    return parts


def form_url(endpoint: str, bucket: str) -> str:
    """The URL that a form for `bucket` is posted to.

    An IP address or `localhost` has the bucket in the path, any other host as its first label.
    """
    parts = split_endpoint(endpoint)
    if _is_path_style(parts):
        return f"{parts.scheme}://{parts.netloc}/{bucket}"
    return f"{parts.scheme}://{bucket}.{parts.netloc}/"


def names_bucket(endpoint: str, bucket: str) -> bool:
    """Whether the endpoint's host begins with the bucket already, as its first label."""
    parts = split_endpoint(endpoint)
    return not _is_path_style(parts) and (parts.hostname or "").startswith(f"{bucket}.")


def _is_path_style(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    if host == "localhost":
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
