"""Where a store is, and where in it a bucket: endpoint and bucket as one URL."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

from pillarbox.model.names import is_bucket_name


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
        # The reason may repeat a password.
        reason = "" if "@" in endpoint else f": {error}"
        raise ValueError(f"the endpoint {_shown(endpoint)!r} is no URL{reason}") from None
    if parts.scheme not in ("http", "https") or not has_host:
        raise ValueError(
            f"the endpoint {_shown(endpoint)!r} is no URL of a store: write it like "
            "https://oss-cn-hangzhou.aliyuncs.com or http://127.0.0.1:9000"
        )
    if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(
            f"the endpoint {_shown(endpoint)!r} has more than a host and a port: "
            f"write {parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        )
    return parts


def service_url(endpoint: str) -> str:
    """The URL of the store itself, ValueError as `split_endpoint`."""
    parts = split_endpoint(endpoint)
    return f"{parts.scheme}://{parts.netloc}/"


def bucket_url(endpoint: str, bucket: str, *, path_style: bool | None = None) -> str:
    """The URL of a bucket, to which its forms are posted too.

    An IP address or `localhost` has the bucket in the path, any other host as its first label.

    Args:
        path_style: whether it is in the path, which it always is of an IP address; None for the
            rule above.

    Raises:
        ValueError: as `split_endpoint`, or for a bucket that can't be.
    """
    parts = split_endpoint(endpoint)
    if not is_bucket_name(bucket):
        raise ValueError(
            f"the bucket {bucket!r} is no bucket name: 3 to 63 of a-z, 0-9 and -, "
            "with a letter or digit at both ends"
        )
    if path_style is None:
        path_style = _is_path_style(parts)
    if path_style or _is_address(parts.hostname or ""):
        return f"{parts.scheme}://{parts.netloc}/{bucket}"
    return f"{parts.scheme}://{bucket}.{parts.netloc}/"


def names_bucket(endpoint: str, bucket: str) -> bool:
    """Whether the endpoint's host begins with the bucket already, as its first label."""
    parts = split_endpoint(endpoint)
    return not _is_path_style(parts) and (parts.hostname or "").startswith(f"{bucket}.")


def _shown(endpoint: str) -> str:
    """`endpoint` without what stands before an `@`, which may be a password."""
    head, _, tail = endpoint.rpartition("@")
    return f"…@{tail}" if head else endpoint


def _is_path_style(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    return host == "localhost" or _is_address(host)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
