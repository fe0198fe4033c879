"""Calls to web sites after an upload (OSS: "Callback").

Each goes to an address that was judged before, with the site's own name in Host and TLS; follows no
redirect; uses no proxy; and ends after five seconds, or one mebibyte.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from pillarbox.callback.addresses import AddressRules
from pillarbox.callback.answer import (
    CallFailure,
    bad_length,
    judge_body,
    judge_head,
    timed_out,
    too_many,
    unreachable,
)
from pillarbox.callback.call import Call
from pillarbox.callback.signature import SigningKey, text_to_sign
from pillarbox.callback.target import Target
from pillarbox.outgoing.resolution import PinnedTarget, Resolution, Resolver, resolve

#: Seconds that one URL gets, from the connection to the last byte of its answer ("Callback").
SECONDS = 5.0
#: Calls that run at once; as many seconds as above does another wait for its turn.
MOST_CALLS = 64


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """What became of a call.

    Attributes:
        answer: the site's JSON, None if no URL answered well.
        failures: of the URLs that were tried before that, in order.
    """

    answer: bytes | None
    failures: tuple[CallFailure, ...] = ()

    @property
    def message(self) -> str:
        """Why the last URL failed."""
        return self.failures[-1].message

    @property
    def is_over(self) -> bool:
        """Whether trying again is of no use: some URL took it, or all refuse it for good."""
        if self.answer is not None or any(failure.was_taken for failure in self.failures):
            return True
        return not any(failure.may_pass for failure in self.failures)


class Messenger:
    """Makes calls, signed with the store's key. For one event loop; `close` when done.

    Args:
        key: of the store.
        key_url: where sites fetch its public half.
        rules: which addresses may be called.
        resolver: the system's, but for tests.
        seconds: for each URL.
        most_calls: at once.
    """

    def __init__(
        self,
        key: SigningKey,
        key_url: str,
        rules: AddressRules,
        *,
        resolver: Resolver = resolve,
        seconds: float = SECONDS,
        most_calls: int = MOST_CALLS,
    ) -> None:
        self._key = key
        #: The public half of the key, for the sites.
        self.public_pem = key.public_pem()
        self._key_url = base64.b64encode(key_url.encode()).decode("ascii")
        self._resolution = Resolution(rules, resolver)
        self._seconds = seconds
        self._running = asyncio.Semaphore(most_calls)
        self._opening = asyncio.Lock()
        self._transport: httpx.AsyncHTTPTransport | None = None

    async def close(self) -> None:
        """Let go of everything."""
        self._resolution.close()
        if self._transport is not None:
            await self._transport.aclose()

    async def pin(self, targets: Sequence[Target]) -> tuple[PinnedTarget, ...]:
        """See `Resolution.pin`."""
        return await self._resolution.pin(targets)

    async def call(self, call: Call, targets: Sequence[PinnedTarget]) -> CallOutcome:
        """Try the URLs in turn until one answers well."""
        try:
            async with asyncio.timeout(self._seconds):
                await self._running.acquire()
        except TimeoutError:
            return CallOutcome(None, (too_many(),))
        failures: list[CallFailure] = []
        try:
            for pinned in targets:
                result = await self._try(call, pinned)
                if isinstance(result, bytes):
                    return CallOutcome(result, tuple(failures))
                failures.append(result)
        finally:
            self._running.release()
        return CallOutcome(None, tuple(failures))

    async def _try(self, call: Call, pinned: PinnedTarget) -> bytes | CallFailure:
        authority = pinned.target.authority
        status = None  # kept for an answer that breaks off: after a 2xx the site has the message
        try:
            async with asyncio.timeout(self._seconds):
                for address in pinned.addresses:
                    try:
                        response = await self._send(call, pinned, address)
                    except (httpx.ConnectError, httpx.ConnectTimeout):
                        continue  # nothing was said yet: another address of the same name may be up
                    status = response.status_code
                    return await _read(response)
        except (TimeoutError, httpx.TimeoutException):
            return timed_out(authority, self._seconds, status)
        except httpx.RemoteProtocolError as error:
            # h11 reads no status beside such a header.
            is_length = status is None and "Content-Length" in str(error)
            return bad_length() if is_length else unreachable(status)
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            return unreachable(status)
        return unreachable()

    async def _send(self, call: Call, pinned: PinnedTarget, address: str) -> httpx.Response:
        """Call the site at one of its addresses; its answer, the body still to be read."""
        target = pinned.target
        body = call.body.encode()
        text = text_to_sign(target.decoded_path, target.query, body)
        signature = await asyncio.to_thread(self._key.sign, text)
        request = httpx.Request(
            "POST",
            httpx.URL(scheme=target.scheme, host=address, port=target.port, path="/"),
            content=body,
            headers={
                **call.headers(target),
                "x-oss-pub-key-url": self._key_url,
                "authorization": signature,
            },
            extensions={
                # Byte for byte what was signed: the client would tidy up `..` in a path.
                "target": target.request_target.encode("ascii"),
                "sni_hostname": target.host,
                "timeout": {"connect": self._seconds / len(pinned.addresses)},
            },
        )
        transport = await self._http()
        return await transport.handle_async_request(request)

    async def _http(self) -> httpx.AsyncHTTPTransport:
        async with self._opening:
            if self._transport is None:
                # Of the environment only the certificates count (SSL_CERT_FILE): a proxy would
                # resolve the name anew. Reading them takes a tenth of a second.
                context = await asyncio.to_thread(httpx.create_ssl_context)
                # Bare, without a client around it, which would keep the cookies that sites set.
                self._transport = httpx.AsyncHTTPTransport(
                    verify=context,
                    trust_env=False,
                    limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
                )
        return self._transport


async def _read(response: httpx.Response) -> bytes | CallFailure:
    """The site's JSON, or what is wrong with its answer; closes it."""
    try:
        # In chunks no length is told, whatever stands in the header.
        is_chunked = "transfer-encoding" in response.headers
        told = None if is_chunked else response.headers.get("content-length")
        length = judge_head(response.status_code, told)
        if isinstance(length, CallFailure):
            return length
        body = b"".join([piece async for piece in response.aiter_raw()])
        return judge_body(body) or body
    finally:
        await response.aclose()
