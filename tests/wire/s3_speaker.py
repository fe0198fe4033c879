"""Who says by S3 what tests say by OSS: the same requests with the other dialect's words."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from tests.wire.identities import Signer
from tests.wire.raw_http import Headers, RawAnswer, request
from tests.wire.s3_forms import policy
from tests.wire.s3_signer import S3Signer
from tests.wire.signatures import hmac_sha1
from tests.wire.store_client import FORM_TYPE, form

_OTHER_NAMES = {b"x-oss-object-acl": b"x-amz-acl"}
_OTHER_FIELDS = {"x-oss-object-acl": "acl", "x-oss-tagging": "tagging"}
_ALL_PARTS = b"x-oss-complete-all"


@dataclass(frozen=True)
class S3Speaker(Signer):
    """As `Signer`, in S3's words."""

    @classmethod
    def of(cls, signer: Signer) -> S3Speaker:
        """The same caller."""
        return cls(signer.port, signer.key_id, signer.secret, signer.token)

    def send(
        self,
        method: str,
        path: str,
        query: str = "",
        headers: Headers = (),
        body: bytes = b"",
    ) -> RawAnswer:
        """A request with a V4 signature in its header, its headers in S3's spelling.

        What completes an upload with all its parts, which S3 can't ask for, lists one, of the bytes
        `part`.
        """
        if any(name == _ALL_PARTS for name, _ in headers):
            body = _completion()
        spelled = [
            (_OTHER_NAMES.get(name, name.replace(b"x-oss-", b"x-amz-", 1)), value)
            for name, value in headers
            if name != _ALL_PARTS
        ]
        signer = S3Signer(self.port, self.key_id, self.secret, self.token)
        return signer.send(method, path, query, spelled, body)

    def post(
        self,
        bucket: str,
        fields: Mapping[str, str],
        content: bytes = b"bytes",
        headers: Headers = (),
    ) -> RawAnswer:
        """A form with a V2 signature of a policy that lets anything pass."""
        spelled = {_OTHER_FIELDS.get(name, name): value for name, value in fields.items()}
        if "tagging" in spelled:
            spelled["tagging"] = _tagging(spelled["tagging"])
        if self.token is not None:
            spelled["x-amz-security-token"] = self.token
        if self.key_id is not None:
            spelled |= self._signed(bucket, spelled)
        typed = [(b"Content-Type", FORM_TYPE), *headers]
        return request(self.port, b"POST", f"/{bucket}".encode(), typed, form(spelled, content))

    def _signed(self, bucket: str, fields: Mapping[str, str]) -> dict[str, str]:
        assert self.key_id is not None
        conditions: list[object] = [["starts-with", f"${name}", ""] for name in fields]
        document = json.dumps(policy([{"bucket": bucket}, *conditions]))
        text = base64.b64encode(document.encode()).decode()
        signature = hmac_sha1(self.secret, text)
        return {"AWSAccessKeyId": self.key_id, "policy": text, "signature": signature}


def _completion() -> bytes:
    etag = hashlib.md5(b"part").hexdigest()
    part = f"<Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part>"
    return f"<CompleteMultipartUpload>{part}</CompleteMultipartUpload>".encode()


def _tagging(query: str) -> str:
    """Tags `k=v` as the document that a field has."""
    name, _, value = query.partition("=")
    tag = f"<Tag><Key>{name}</Key><Value>{value}</Value></Tag>"
    return f"<Tagging><TagSet>{tag}</TagSet></Tagging>"
