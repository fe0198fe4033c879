"""A call that is to be made: what a site is told of one upload.

It is made whole before the object is committed, so that it can be written down with the object and
still be delivered after a crash.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from pillarbox.callback.submitted import SubmittedCallback
from pillarbox.callback.target import Target
from pillarbox.callback.template import UploadFacts

#: Headers of ours, so that a site can ignore what it has had already.
ID_HEADER = "x-pillarbox-callback-id"
ETAG_HEADER = "x-pillarbox-etag"
VERSION_HEADER = "x-pillarbox-version-id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The request to send, all but what hangs on the moment: address and signature.

    Attributes:
        id: of this callback, the same each time that it is delivered.
        targets: to be tried in turn.
        host: the header Host; None for that of the URL.
        version_id: of the object, None where there are no versions.
    """

    id: str
    targets: tuple[Target, ...]
    host: str | None
    body_type: str
    body: str
    bucket: str
    etag: str
    request_id: str
    version_id: str | None = None

    def headers(self, target: Target) -> dict[str, str]:
        """The request's headers, without the signature."""
        headers = {
            "Host": self.host or target.authority,
            "Connection": "close",
            "Accept-Encoding": "identity",
            "Content-Type": self.body_type,
            "User-Agent": "Pillarbox",
            "x-oss-request-id": self.request_id,
            "x-oss-bucket": self.bucket,
            ID_HEADER: self.id,
            ETAG_HEADER: f'"{self.etag}"',
        }
        if self.version_id is not None:
            headers[VERSION_HEADER] = self.version_id
        return headers


def call_of(callback: SubmittedCallback, facts: UploadFacts, call_id: str) -> Call:
    """The call that tells a site of an upload."""
    return Call(
        id=call_id,
        targets=callback.targets,
        host=callback.host,
        body_type=callback.template.body_type,
        body=callback.template.fill(facts).decode(),
        bucket=facts.bucket,
        etag=facts.etag,
        request_id=facts.request_id,
    )


def call_document(call: Call) -> str:
    """The call as the JSON that the catalog keeps."""
    return json.dumps(asdict(call), separators=(",", ":"), ensure_ascii=False)


def read_call_document(text: str) -> Call:
    """The inverse of `call_document`."""
    document = json.loads(text)
    document["targets"] = tuple(Target(**target) for target in document["targets"])
    return Call(**document)
