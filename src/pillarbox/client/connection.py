"""A connection to one store: signs requests, sends them, reads the answers."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Self
from urllib.parse import urlsplit

import httpx

from pillarbox.client.answer import Answer, ArrivingAnswer
from pillarbox.client.credentials import CredentialSource, GivenCredentials, current
from pillarbox.client.errors import UnreachableError
from pillarbox.client.network import http_client, reason_of
from pillarbox.client.request import Request
from pillarbox.client.request_signature import encoded, signed_headers
from pillarbox.forms.endpoint import service_url
from pillarbox.forms.policy_signature import check_credentials
from pillarbox.model.limits import MIB
from pillarbox.model.names import is_region

#: A thousand buckets take half a MiB, a thousand keys of the longest kind three.
MAX_ANSWER_SIZE = 8 * MIB

Sent = Callable[[int], None]
"""Is told, in bytes, what of a body went out."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Connection:
    """Sends requests to a store. Close it, or use it in a `with` statement.

    Several threads may send at once.
    """

    def __init__(
        self,
        endpoint: str,
        credentials: GivenCredentials,
        *,
        region: str | None = None,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        """Nothing is sent yet.

        Args:
            endpoint: URL of the store, as `PostForm` takes it: an IP address or `localhost` has
                buckets in the path, any other host as its first label.
            credentials: or what gives them, such as an `AssumedRole`, asked for each request.
            region: such as `cn-hangzhou`: signatures are V4, as OSS demands of new accounts. None
                signs V1, which needs no region.
            clock: tells the moment to sign, aware.

        Raises:
            ValueError: for an endpoint, a region or credentials that can't be, or a proxy or
                certificates, named by the environment (`HTTPS_PROXY`, `SSL_CERT_FILE`), that can't
                be used.
        """
        service_url(endpoint)
        if not isinstance(credentials, CredentialSource):
            check_credentials(credentials)
        if region is not None and not is_region(region):
            raise ValueError(f"the region {region!r} is none: write it like cn-hangzhou")
        self.endpoint = endpoint
        self._credentials = credentials
        self._region = region
        self._clock = clock
        self._http = http_client()

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
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        document: bytes | None = None,
    ) -> Answer:
        """The answer to a signed request, read whole.

        Args:
            method: uppercase.
            bucket: None for the store itself.
            query: decoded; an empty value is a name alone, such as `?acl`.
            key: of an object in the bucket, decoded.
            headers: further ones, such as `x-oss-acl`.
            document: XML that is sent along.

        Raises:
            ValueError: for a bucket that can't be.
            RefusedError: the store says no.
            UnreachableError: no answer came.
            ForeignAnswerError: an answer came that no store gives.
        """
        own = dict(headers or {})
        if document is not None:
            digest = hashlib.md5(document, usedforsecurity=False).digest()
            own["Content-MD5"] = base64.b64encode(digest).decode("ascii")
            own["Content-Type"] = "application/xml"
        return self.ask(Request(method, bucket, key, query or {}, own, document))

    def ask(self, request: Request, sent: Sent | None = None) -> Answer:
        """The answer to `request`, read whole; raises what `send` does.

        Args:
            sent: is told of each piece of the body that went out.
        """
        with self._exchange(request, sent) as arriving:
            answer = arriving.whole(MAX_ANSWER_SIZE)
        answer.check()
        return answer

    @contextmanager
    def open(self, request: Request) -> Iterator[ArrivingAnswer]:
        """The answer to `request` as it arrives, once the store says yes; raises what `send` does.

        A body that ends too soon is an UnreachableError of the `with` block.
        """
        with self._exchange(request, None) as arriving:
            if not 200 <= arriving.status < 300:
                arriving.whole(MAX_ANSWER_SIZE).check()
            arriving.head().check()
            yield arriving

    @contextmanager
    def _exchange(self, request: Request, sent: Sent | None) -> Iterator[ArrivingAnswer]:
        url = request.url(self.endpoint)
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        headers = signed_headers(request, current(self._credentials), self._region, self._clock())
        content: bytes | Iterator[bytes] | None = request.body
        if request.body is not None:
            headers["Content-Length"] = str(len(request.body))
            if sent is not None:
                content = _counted(request, sent)
        try:
            with self._http.stream(
                request.method, url, headers=encoded(headers), content=content
            ) as response:
                told = {name.lower(): value for name, value in response.headers.items()}
                yield ArrivingAnswer(origin, response.status_code, told, response.iter_raw())
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise UnreachableError(origin, reason_of(error)) from error


def _counted(request: Request, sent: Sent) -> Iterator[bytes]:
    for piece in request.pieces():
        yield piece
        sent(len(piece))
