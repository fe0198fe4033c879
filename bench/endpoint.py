"""Where forms go, and the AccessKey that signs them.

Whatever sends forms here knows nothing else of a server, so that any other one can be driven.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args
from urllib.parse import urlsplit

from pillarbox.forms.post_form import Credentials

#: How a form is signed: OSS's V1 and V4, S3's V2 and V4.
Signature = Literal["oss-v1", "oss-v4", "s3-v2", "s3-v4"]
SIGNATURES: tuple[Signature, ...] = get_args(Signature)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One store.

    Attributes:
        url: such as `http://127.0.0.1:9000`. Where the host is an IP address the bucket stands in
            the path, else it is the host's first label.
        bucket: must exist, and the AccessKey's account may put objects into it.
        signature: of its forms; the part before the dash is the dialect.
        region: which signatures V4 name.
    """

    url: str
    bucket: str
    credentials: Credentials = field(repr=False)
    signature: Signature = "oss-v1"
    region: str = "us-east-1"

    @property
    def host(self) -> str:
        """The host's address."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The TCP port."""
        return urlsplit(self.url).port or 80
