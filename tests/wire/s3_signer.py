"""S3 requests signed from the standard library alone, by the steps that AWS documents.

Nothing of Pillarbox is used here, so that client and server can't be wrong together.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from urllib.parse import parse_qsl, quote

from tests.wire.raw_http import Headers, RawAnswer, request
from tests.wire.signatures import hmac_sha1

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
SIGNED_CHUNKS = f"STREAMING-{ALGORITHM}-PAYLOAD"
SIGNED_CHUNKS_AND_TRAILER = f"{SIGNED_CHUNKS}-TRAILER"
UNSIGNED_CHUNKS = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

_HOST = b"127.0.0.1"
_EMPTY = hashlib.sha256(b"").hexdigest()

#: Sub-resources that the tests' V2 requests have, of those that V2 signs.
_V2_SIGNED = frozenset(
    """
    acl cors delete location partNumber policy tagging uploadId uploads versionId versioning
    response-content-type response-content-disposition
    """.split()  # noqa: SIM905 (so many words read better as text)
)


@dataclass(frozen=True)
class Signed:
    """A request to be sent, and what the chunks of its body go on from."""

    target: str
    headers: Headers
    chain: Chain


@dataclass
class Chain:
    """The signatures inside an `aws-chunked` body, each on the one before.

    Attributes:
        scope: date and scope, as two lines.
        previous: the last signature.
    """

    key: bytes
    scope: str
    previous: str

    def chunk(self, data: bytes) -> str:
        """The signature of the next chunk."""
        return self._sign("PAYLOAD", _EMPTY, hashlib.sha256(data).hexdigest())

    def trailer(self, trailers: Sequence[tuple[str, str]]) -> str:
        """The signature of the trailers."""
        lines = "".join(f"{name}:{value}\n" for name, value in trailers)
        return self._sign("TRAILER", hashlib.sha256(lines.encode()).hexdigest())

    def body(self, chunks: Iterable[bytes], trailers: Sequence[tuple[str, str]] = ()) -> bytes:
        """A whole body; without trailers it has no signature of them."""
        body = b""
        for chunk in [*chunks, b""]:
            body += b"%x;chunk-signature=%s\r\n" % (len(chunk), self.chunk(chunk).encode())
            body += chunk + b"\r\n" if chunk else b""
        if trailers:
            body += lines([*trailers, ("x-amz-trailer-signature", self.trailer(trailers))])
        return body + b"\r\n"

    def _sign(self, kind: str, *hashes: str) -> str:
        text = "\n".join((f"{ALGORITHM}-{kind}", self.scope, self.previous, *hashes))
        self.previous = hmac.digest(self.key, text.encode(), "sha256").hex()
        return self.previous


def lines(trailers: Iterable[tuple[str, str]]) -> bytes:
    """Trailers as they stand in a body."""
    return "".join(f"{name}:{value}\r\n" for name, value in trailers).encode()


@dataclass(frozen=True)
class S3Signer:
    """Who signs S3 requests to the store on a port; without a key nobody does.

    Attributes:
        token: of temporary credentials.
    """

    port: int
    key_id: str | None = None
    secret: str = field(default="", repr=False)
    token: str | None = field(default=None, repr=False)
    region: str = "us-east-1"

    def send(
        self,
        method: str,
        path: str,
        query: str = "",
        headers: Headers = (),
        body: bytes = b"",
        *,
        payload: str | None = None,
    ) -> RawAnswer:
        """A request with a V4 signature in its header; `path` is decoded, `query` is not.

        Args:
            payload: of `x-amz-content-sha256`; the body's SHA-256 if it is None.
        """
        payload = payload or hashlib.sha256(body).hexdigest()
        signed = self.signed(method, path, query, headers, payload=payload)
        return request(self.port, method.encode(), signed.target.encode(), signed.headers, body)

    def signed(
        self, method: str, path: str, query: str = "", headers: Headers = (), *, payload: str
    ) -> Signed:
        """What `send` sends."""
        moment = datetime.now(UTC)
        date = f"{moment:%Y%m%dT%H%M%SZ}"
        own = [*headers, (b"x-amz-content-sha256", payload.encode())]
        target = quote(path) + (f"?{query}" if query else "")
        if self.key_id is None:
            return Signed(target, own, Chain(b"", "", ""))
        own.append((b"x-amz-date", date.encode()))
        if self.token is not None:
            own.append((b"x-amz-security-token", self.token.encode()))
        names, canonical = _canonical(method, path, query, own, payload)
        scope = f"{moment:%Y%m%d}/{self.region}/s3/aws4_request"
        key = self._key(scope)
        signature = _v4(key, date, scope, canonical)
        text = (
            f"{ALGORITHM} Credential={self.key_id}/{scope}, SignedHeaders={names}, "
            f"Signature={signature}"
        )
        own.append((b"Authorization", text.encode()))
        return Signed(target, own, Chain(key, f"{date}\n{scope}", signature))

    def url(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str] | None = None,
        headers: Headers = (),
        *,
        age: timedelta = timedelta(),
    ) -> str:
        """The target of a request whose V4 signature is in its URL; good for a minute.

        Args:
            headers: those that are signed beside Host.
            age: how long ago it was signed.
        """
        moment = datetime.now(UTC) - age
        date = f"{moment:%Y%m%dT%H%M%SZ}"
        scope = f"{moment:%Y%m%d}/{self.region}/s3/aws4_request"
        names = ";".join(sorted({"host", *(name.decode().lower() for name, _ in headers)}))
        given = {
            **(parameters or {}),
            "X-Amz-Algorithm": ALGORITHM,
            "X-Amz-Credential": f"{self.key_id}/{scope}",
            "X-Amz-Date": date,
            "X-Amz-Expires": "60",
            "X-Amz-SignedHeaders": names,
        }
        if self.token is not None:
            given["X-Amz-Security-Token"] = self.token
        query = _query(given.items())
        canonical = _canonical(method, path, query, headers, UNSIGNED)[1]
        signature = _v4(self._key(scope), date, scope, canonical)
        return f"{quote(path)}?{query}&X-Amz-Signature={signature}"

    def send_v2(
        self,
        method: str,
        path: str,
        query: str = "",
        headers: Headers = (),
        body: bytes = b"",
        *,
        unsigned_query: str = "",
    ) -> RawAnswer:
        """A request with a V2 signature in its header.

        Args:
            unsigned_query: added behind the signature.
        """
        own = [*headers, (b"Date", formatdate(usegmt=True).encode())]
        if self.token is not None:
            own.append((b"x-amz-security-token", self.token.encode()))
        text = _v2_text(method, path, query, own, own[len(headers)][1].decode())
        signature = hmac_sha1(self.secret, text)
        own.append((b"Authorization", f"AWS {self.key_id}:{signature}".encode()))
        whole = "&".join(part for part in (query, unsigned_query) if part)
        target = quote(path) + (f"?{whole}" if whole else "")
        return request(self.port, method.encode(), target.encode(), own, body)

    def url_v2(self, method: str, path: str, query: str = "", headers: Headers = ()) -> str:
        """The target of a request whose V2 signature is in its URL; good for a minute.

        `x-amz-*` parameters of `query` are signed as headers.
        """
        if self.token is not None:
            query = "&".join((query, f"x-amz-security-token={quote(self.token, safe='')}"))
        expires = f"{datetime.now(UTC).timestamp() + 60:.0f}"
        moved = [
            (name.encode(), value.encode())
            for name, value in parse_qsl(query, keep_blank_values=True)
            if name.lower().startswith("x-amz-")
        ]
        text = _v2_text(method, path, query, [*headers, *moved], expires)
        signature = quote(hmac_sha1(self.secret, text), safe="")
        own = f"AWSAccessKeyId={self.key_id}&Expires={expires}&Signature={signature}"
        return f"{quote(path)}?{query}{'&' if query else ''}{own}"

    def get(self, target: str, method: str = "GET", headers: Headers = ()) -> RawAnswer:
        """The answer to a target that is signed or not."""
        return request(self.port, method.encode(), target.encode(), headers)

    def anybody(self) -> S3Signer:
        """Somebody without a key, at the same store."""
        return replace(self, key_id=None, secret="", token=None)

    def _key(self, scope: str) -> bytes:
        key = f"AWS4{self.secret}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        return key


def _canonical(
    method: str, path: str, query: str, headers: Headers, payload: str
) -> tuple[str, str]:
    """Names of the signed headers, and the canonical request."""
    by_name = {name.decode().lower(): value.decode() for name, value in headers}
    by_name["host"] = _HOST.decode()
    names = sorted(by_name)
    text = "\n".join(
        (
            method,
            quote(path),
            _query(sorted(parse_qsl(query, keep_blank_values=True))),
            *(f"{name}:{' '.join(by_name[name].split())}" for name in names),
            "",
            ";".join(names),
            payload,
        )
    )
    return ";".join(names), text


def _query(pairs: Iterable[tuple[str, str]]) -> str:
    encoded = sorted((quote(name, safe=""), quote(value, safe="")) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded)


def _v4(key: bytes, date: str, scope: str, canonical: str) -> str:
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    return hmac.digest(key, "\n".join((ALGORITHM, date, scope, hashed)).encode(), "sha256").hex()


def _v2_text(method: str, path: str, query: str, headers: Headers, date: str) -> str:
    by_name = {name.decode().lower(): value.decode() for name, value in headers}
    own = "".join(
        f"{name}:{value}\n" for name, value in sorted(by_name.items()) if name.startswith("x-amz-")
    )
    signed = [
        f"{name}={value}" if value else name
        for name, value in sorted(parse_qsl(query, keep_blank_values=True))
        if name in _V2_SIGNED
    ]
    resource = quote(path) + ("/" if path.count("/") == 1 and len(path) > 1 else "")
    resource += f"?{'&'.join(signed)}" if signed else ""
    lead = (method, by_name.get("content-md5", ""), by_name.get("content-type", ""), date)
    return "\n".join(lead) + f"\n{own}{resource}"
