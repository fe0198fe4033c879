"""What a test is given of a running store: where it is, how to sign, what it holds."""

from __future__ import annotations

import http.client
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from urllib.parse import quote, unquote, urlencode
from xml.etree.ElementTree import Element

from defusedxml import ElementTree

from pillarbox.forms import Credentials
from pillarbox.forms.endpoint import bucket_url
from pillarbox.signing import header_v1
from pillarbox.signing.url_v1 import signed_query

#: Seconds.
_PATIENCE = 60.0
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class RunningStore:
    """A running store.

    Attributes:
        host: the address that it listens on.
        port: the real one.
        access_key_id, access_key_secret: the root AccessKey, which may do everything.
        region: the only one that a V4 signature may name, None for any.
    """

    host: str
    port: int
    access_key_id: str
    access_key_secret: str = field(repr=False)
    region: str | None = None

    @property
    def endpoint(self) -> str:
        """The URL of the store, such as `http://127.0.0.1:40123`; buckets stand in the path."""
        return f"http://{self.host}:{self.port}"

    @property
    def credentials(self) -> Credentials:
        """The root AccessKey, as the toolkit signs with it."""
        return Credentials(self.access_key_id, self.access_key_secret)

    def bucket_url(self, bucket: str) -> str:
        """Where forms for `bucket` are posted to."""
        return bucket_url(self.endpoint, bucket)

    def signed_url(
        self,
        bucket: str,
        key: str,
        *,
        method: str = "GET",
        expires: timedelta = timedelta(hours=1),
    ) -> str:
        """A URL that lets anybody make one request about an object.

        Raises:
            ValueError: the key ends like a sub-resource, see `pillarbox.signing.url_v1`.
        """
        query = signed_query(
            method,
            bucket,
            key,
            datetime.now(UTC) + expires,
            self.access_key_id,
            self.access_key_secret,
        )
        return f"{self.bucket_url(bucket)}/{quote(key, safe='')}?{query}"

    def read(self, bucket: str, key: str) -> bytes:
        """The bytes of an object, by GetObject.

        Raises:
            KeyError: there is no such object, or no such bucket.
        """
        status, body = self._get(bucket, key)
        if status == http.client.NOT_FOUND:
            raise KeyError(f"{bucket}/{key}")
        return _expect_ok(status, body)

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        """The keys of all objects that begin with `prefix`, in byte order, by ListObjects.

        Raises:
            KeyError: there is no such bucket.
        """
        found: list[str] = []
        marker = ""
        while True:
            query = {
                "prefix": prefix,
                "marker": marker,
                "max-keys": str(_PAGE),
                "encoding-type": "url",
            }
            status, body = self._get(bucket, "", urlencode(query))
            if status == http.client.NOT_FOUND:
                raise KeyError(bucket)
            page: Element = ElementTree.fromstring(_expect_ok(status, body))
            found += [unquote(key) for entry in page.iter("Key") if (key := entry.text)]
            marker = unquote(page.findtext("NextMarker") or "")
            if not marker:
                return found

    def _get(self, bucket: str, key: str, query: str = "") -> tuple[int, bytes]:
        """Status and body of a GET with a V1 signature; no part of `query` is a sub-resource."""
        headers = {"Date": formatdate(usegmt=True)}
        resource = header_v1.canonical_resource(bucket, key.encode("utf-8"), ())
        text = header_v1.string_to_sign("GET", [(b"date", headers["Date"].encode())], resource)
        headers["Authorization"] = header_v1.authorization(
            self.access_key_id, header_v1.sign(self.access_key_secret, text)
        )
        connection = http.client.HTTPConnection(self.host, self.port, timeout=_PATIENCE)
        try:
            connection.request("GET", f"/{bucket}/{quote(key, safe='')}?{query}", headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def _expect_ok(status: int, body: bytes) -> bytes:
    if status != http.client.OK:
        raise RuntimeError(f"the store answered {status}: {body.decode('utf-8', 'replace')[:2000]}")
    return body
