"""Connections that write and delete versions, and one that lets the keeping of versions rest.

Each has a few keys of its own, so that the order of what was acknowledged is known.
"""

from __future__ import annotations

import http.client
import random
import time
from collections.abc import Callable
from itertools import cycle

import oss2

from pillarbox.model.versioning import Versioning
from tests.crash.bounds import Bounds, Kind, answered
from tests.crash.ledger import Content
from tests.crash.parted import bucket_of
from tests.crash.posted_form import CONTENT_TYPE, PostedForm
from tests.crash.serving import VERSIONED_BUCKET, DoomedServer
from tests.crash.version_ledger import Change, Removal, Stack, VersionLedger, Write

KIB = 1024

#: An answer that comes after this many seconds comes never.
_ANSWER_SECONDS = 30

#: Keys of each connection, and versions of a key from which on most changes remove one.
_KEYS = 3
_MANY = 8


class VersionedConnection:
    """One client: objects by PutObject, forms and in parts, markers, removals of versions."""

    def __init__(
        self,
        load: Bounds,
        server: DoomedServer,
        ledger: VersionLedger,
        number: int,
        seed: int,
        *,
        has_large: bool,
    ) -> None:
        """
        Args:
            number: of the connection, which owns the keys that have it.
            has_large: whether it may send what becomes files.
        """
        self._load = load
        self._ledger = ledger
        self._random = random.Random(f"{seed}/versioned/{number}")
        self._keys = f"load/versioned/{number}"
        self._has_large = has_large
        self._form = PostedForm.of(server, VERSIONED_BUCKET)
        self._http = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_ANSWER_SECONDS)
        self._bucket = bucket_of(server, VERSIONED_BUCKET)

    def run(self) -> None:
        """Send until something is not answered or the load has ended."""
        while self._change():
            pass

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()
        self._bucket.session.session.close()

    def _change(self) -> bool:
        """One change; whether it was answered."""
        key = f"{self._keys}/{self._random.randrange(_KEYS)}"
        stack = self._ledger.stack(key)
        luck = self._random.random()
        if stack and luck < (0.7 if len(stack) >= _MANY else 0.25):
            return self._remove(key, stack)
        if self._random.random() < 0.2:
            return self._mark(key)
        return self._write(key)

    def _remove(self, key: str, stack: Stack) -> bool:
        """Delete a version for good: as often as not the current one."""
        version = stack[0] if self._random.random() < 0.5 else self._random.choice(stack)
        assert version.id is not None
        named = {"versionId": version.id}
        return self._sent(
            key,
            Removal(version.id),
            Kind.REMOVAL,
            lambda: self._bucket.delete_object(key, params=named).versionid,
        )

    def _mark(self, key: str) -> bool:
        return self._sent(
            key, Write(None), Kind.MARKER, lambda: self._bucket.delete_object(key).versionid
        )

    def _write(self, key: str) -> bool:
        is_large = self._has_large and self._random.random() < 0.2
        low, high = (100, 1000) if is_large else (1, 60)
        data = self._random.randbytes(self._random.randint(low * KIB, high * KIB))
        kind = Kind.LARGE if is_large else Kind.VERSION
        way = self._random.choice([self._put, self._post, self._post, self._in_parts])
        return self._sent(
            key, Write(Content.of(data)), kind, lambda: way(key, data), size=len(data)
        )

    def _sent(
        self, key: str, change: Change, kind: Kind, ask: Callable[[], str], *, size: int = 0
    ) -> bool:
        """Note a change, ask for it, and note the id that was answered; whether any was."""
        if not self._load.may_send(size):
            return False
        self._ledger.begin(key, change)
        self._load.about_to_send(kind)
        version_id = answered(self._load, ask)
        if version_id is None:
            return False
        self._ledger.end(key, version_id)
        return True

    def _put(self, key: str, data: bytes) -> str:
        return str(self._bucket.put_object(key, data).versionid)

    def _in_parts(self, key: str, data: bytes) -> str:
        """In one part, for it is the completion that makes the version."""
        upload_id = self._bucket.init_multipart_upload(key).upload_id
        part = self._bucket.upload_part(key, upload_id, 1, data)
        listed = [oss2.models.PartInfo(1, part.etag)]
        return str(self._bucket.complete_multipart_upload(key, upload_id, listed).versionid)

    def _post(self, key: str, data: bytes) -> str:
        self._http.request(
            "POST",
            f"/{VERSIONED_BUCKET}",
            body=self._form.body(key, data),
            headers={"Content-Type": CONTENT_TYPE},
        )
        answer = self._http.getresponse()
        text = answer.read()
        if answer.status != 204:
            raise oss2.exceptions.ServerError(answer.status, answer.headers, text, {})
        return str(answer.headers["x-oss-version-id"])


class SwitchingConnection:
    """Sets the bucket to let the keeping of versions rest, and to go on, again and again."""

    def __init__(
        self, load: Bounds, server: DoomedServer, ledger: VersionLedger, seed: int
    ) -> None:
        self._load = load
        self._ledger = ledger
        self._random = random.Random(f"{seed}/switching")
        self._bucket = bucket_of(server, VERSIONED_BUCKET)

    def run(self) -> None:
        """Switch until a request is not answered or the load has ended."""
        for mode in cycle((Versioning.SUSPENDED, Versioning.ENABLED)):
            time.sleep(self._random.uniform(0.01, 0.2))
            if not self._load.may_send(0) or not self._switch(mode):
                return

    def close(self) -> None:
        """Let go of the connection."""
        self._bucket.session.session.close()

    def _switch(self, mode: Versioning) -> bool:
        self._ledger.begin_switch(mode)
        if answered(self._load, lambda: set_versioning(self._bucket, mode)) is None:
            return False
        self._ledger.end_switch(mode)
        return True


def set_versioning(bucket: oss2.Bucket, mode: Versioning) -> oss2.models.RequestResult:
    """PutBucketVersioning; the answer."""
    return bucket.put_bucket_versioning(oss2.models.BucketVersioningConfig(str(mode)))


def keep_versions(server: DoomedServer, ledger: VersionLedger) -> None:
    """Have the bucket keep versions, as each load finds it."""
    bucket = bucket_of(server, VERSIONED_BUCKET)
    ledger.begin_switch(Versioning.ENABLED)
    set_versioning(bucket, Versioning.ENABLED)
    ledger.end_switch(Versioning.ENABLED)
    bucket.session.session.close()
