"""An upload that a test holds up in its midst."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from tests.crash.ledger import Attempt, Content, Ledger, Outcome
from tests.crash.parted import bucket_of
from tests.crash.serving import DoomedServer
from tests.server_process import PATIENCE

#: Longer than any clock jumps here.
_VALID_SECONDS = 20 * 365 * 24 * 3600


class HalfUpload:
    """A PutObject of which the first half is sent."""

    def __init__(self, server: DoomedServer, ledger: Ledger, key: str, data: bytes) -> None:
        self._ledger = ledger
        self._attempt = Attempt(key, Content.of(data))
        ledger.begin(self._attempt)
        url = urlsplit(bucket_of(server).sign_url("PUT", key, _VALID_SECONDS, slash_safe=True))
        self._http = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        self._http.putrequest("PUT", f"{url.path}?{url.query}")
        self._http.putheader("Content-Length", str(len(data)))
        self._http.endheaders(data[: len(data) // 2])
        self._rest = data[len(data) // 2 :]

    def finish(self) -> bool:
        """Send the rest; whether it was answered, which then is a success."""
        try:
            self._http.send(self._rest)
            answer = self._http.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            self._http.close()
        assert answer.status == 200, text
        self._ledger.end(self._attempt, Outcome.ACKNOWLEDGED)
        return True
