"""How a web site is called: one POST over httpx, signed with the store's key (OSS: "Callback").

Each goes to an address that was judged before, with the site's own name in Host and TLS; follows no
redirect; and uses no proxy.
"""

from __future__ import annotations

import asyncio
import base64

import httpx

from pillarbox.callback.answer import (
    CallFailure,
    bad_length,
    judge_body,
    judge_head,
    timed_out,
    unreachable,
)
from pillarbox.callback.call import Call
from pillarbox.callback.signature import SigningKey, text_to_sign
from pillarbox.outgoing.resolution import PinnedTarget


class SiteHttp:
    """Sends calls. Made in a thread, then for one event loop; `close` when done.

    Args:
        key: of the store.
        key_url: where sites fetch its public half.
        seconds: for each URL.
    """

    def __init__(self, key: SigningKey, key_url: str, seconds: float) -> None:
        self._key = key
        self._key_url = base64.b64encode(key_url.encode()).decode("ascii")
        self._seconds = seconds
        # Bare, without a client around it, which would keep the cookies that sites set.
        self._transport = httpx.AsyncHTTPTransport(
            # Of the environment only the certificates count (SSL_CERT_FILE): a proxy would
            # resolve the name anew. Reading them takes a tenth of a second.
            verify=httpx.create_ssl_context(),
            trust_env=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )

    async def close(self) -> None:
        """Let go of every connection."""
        await self._transport.aclose()

    async def call(self, call: Call, pinned: PinnedTarget) -> bytes | CallFailure:
        """Try one URL at its addresses in turn: the site's JSON, or why there is none."""
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
        return await self._transport.handle_async_request(request)


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
