"""How the toolkit's requests go out, and what is said where they don't."""

from __future__ import annotations

import re

import httpx

from pillarbox import __version__

#: Seconds to connect, and of silence afterwards.
_TIMEOUT = httpx.Timeout(60, connect=10)

_ERROR_NUMBER = re.compile(r"^\[Errno -?[0-9]+\] ")


def http_client() -> httpx.Client:
    """A client that waits for nobody forever and unpacks nothing.

    Raises:
        ValueError: for a proxy or certificates that can't be used.
    """
    # Bytes are counted as they arrive, so none may be packed.
    headers = {"User-Agent": f"pillarbox/{__version__}", "Accept-Encoding": "identity"}
    try:
        return httpx.Client(timeout=_TIMEOUT, headers=headers)
    except (ImportError, OSError, ValueError) as error:
        raise ValueError(
            f"the proxy or the certificates that the environment names can't be used: {error}; "
            "mend HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE or SSL_CERT_DIR"
        ) from error


def reason_of(error: Exception) -> str:
    """What the network said, without its number."""
    if isinstance(error, httpx.TimeoutException):
        return "timed out"
    return _ERROR_NUMBER.sub("", str(error)) or type(error).__name__
