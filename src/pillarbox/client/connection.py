"""A connection to one store: signs requests, sends them, reads the answers.

Signatures are V1, in the header (OSS: "Add signatures to headers"): they need no region.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Self
from urllib.parse import quote, urlsplit

import httpx

from pillarbox import __version__
from pillarbox.client.answer import Answer
from pillarbox.client.errors import ForeignAnswerError, UnreachableError
from pillarbox.forms.endpoint import bucket_url, service_url
from pillarbox.forms.policy_signature import check_credentials
from pillarbox.forms.signed_form import Credentials
from pillarbox.model.dialects import OSS
from pillarbox.model.limits import MIB
from pillarbox.model.timestamps import http_date
from pillarbox.signing import header_v1

#: Seconds to connect, and of silence afterwards.
_TIMEOUT = httpx.Timeout(60, connect=10)

#: A thousand buckets take half a MiB.
MAX_ANSWER_SIZE = 8 * MIB

_ERROR_NUMBER = re.compile(r"^\[Errno -?[0-9]+\] ")


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Connection:
    """Sends requests to a store, one at a time. Close it, or use it in a `with` statement."""

    def __init__(
        self,
        endpoint: str,
        credentials: Credentials,
        *,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        """Nothing is sent yet.

        Args:
            endpoint: URL of the store, as `PostForm` takes it: an IP address or `localhost` has
                buckets in the path, any other host as its first label.
            clock: tells the moment to sign, aware.

        Raises:
            ValueError: for an endpoint or credentials that can't be, or a proxy or certificates,
                named by the environment (`HTTPS_PROXY`, `SSL_CERT_FILE`), that can't be used.
        """
        service_url(endpoint)
        check_credentials(credentials)
        self._endpoint = endpoint
        self._credentials = credentials
        self._clock = clock
        self._http = _http_client()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the network."""
        self._http.close()

    def send(
        self,
        method: str,
        bucket: str | None = None,
        query: Mapping[str, str] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        document: bytes | None = None,
    ) -> Answer:
        """The answer to a signed request.

        Args:
            method: uppercase.
            bucket: None for the store itself.
            query: decoded; an empty value is a name alone, such as `?acl`.
            headers: further ones, such as `x-oss-acl`.
            document: XML that is sent along.

        Raises:
            ValueError: for a bucket that can't be.
            RefusedError: the store says no.
            UnreachableError: no answer came.
            ForeignAnswerError: an answer came that no store gives.
        """
        url = self._url(bucket, query or {})
        answer = self._exchange(
            method,
            url,
            self._signed_headers(method, bucket, query or {}, headers or {}, document),
            document,
        )
        answer.check()
        return answer

    def _url(self, bucket: str | None, query: Mapping[str, str]) -> str:
        base = service_url(self._endpoint) if bucket is None else bucket_url(self._endpoint, bucket)
        items = (
            f"{quote(name, safe='')}={quote(value, safe='')}" if value else quote(name, safe="")
            for name, value in query.items()
        )
        return f"{base}?{'&'.join(items)}" if query else base

    def _signed_headers(
        self,
        method: str,
        bucket: str | None,
        query: Mapping[str, str],
        own: Mapping[str, str],
        document: bytes | None,
    ) -> dict[str, str]:
        headers = {"Date": http_date(self._clock().timestamp()), **own}
        if document is not None:
            digest = hashlib.md5(document, usedforsecurity=False).digest()
            headers["Content-MD5"] = base64.b64encode(digest).decode("ascii")
            headers["Content-Type"] = "application/xml"
        if self._credentials.security_token is not None:
            headers[OSS.field("security-token")] = self._credentials.security_token
        resource = header_v1.canonical_resource(bucket, None, _encoded(query))
        text = header_v1.string_to_sign(method, _encoded(headers), resource)
        signature = header_v1.sign(self._credentials.access_key_secret, text)
        headers["Authorization"] = header_v1.authorization(
            self._credentials.access_key_id, signature
        )
        return headers

    def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], document: bytes | None
    ) -> Answer:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        try:
            with self._http.stream(
                method, url, headers=_encoded(headers), content=document
            ) as response:
                body = bytearray()
                for piece in response.iter_raw():
                    body += piece
                    if len(body) > MAX_ANSWER_SIZE:
                        raise ForeignAnswerError(
                            origin, response.status_code, f"over {MAX_ANSWER_SIZE} bytes"
                        )
                told = {name.lower(): value for name, value in response.headers.items()}
                return Answer(origin, response.status_code, told, bytes(body))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise UnreachableError(origin, _reason(error)) from error


def _http_client() -> httpx.Client:
    # Bytes are counted as they arrive, so none may be packed.
    headers = {"User-Agent": f"pillarbox/{__version__}", "Accept-Encoding": "identity"}
    try:
        return httpx.Client(timeout=_TIMEOUT, headers=headers)
    except (ImportError, OSError, ValueError) as error:
        raise ValueError(
            f"the proxy or the certificates that the environment names can't be used: {error}; "
            "mend HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE or SSL_CERT_DIR"
        ) from error


def _encoded(pairs: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("utf-8"), value.encode("utf-8")) for name, value in pairs.items()]


def _reason(error: Exception) -> str:
    """What the network said, without its number."""
    if isinstance(error, httpx.TimeoutException):
        return "timed out"
    return _ERROR_NUMBER.sub("", str(error)) or type(error).__name__
