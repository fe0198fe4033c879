"""Where forms go, and the AccessKey that signs them.

Whatever sends forms here knows nothing else of a server, so that any other one can be driven.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pillarbox.forms.post_form import Credentials


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One store.

    Attributes:
        url: such as `http://127.0.0.1:9000`; an IP address, so the bucket stands in the path.
        bucket: must exist, and the AccessKey's account may put objects into it.
    """

    url: str
    bucket: str
    credentials: Credentials = field(repr=False)

    @property
    def host(self) -> str:
        """The host's address."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The TCP port."""
        return urlsplit(self.url).port or 80
