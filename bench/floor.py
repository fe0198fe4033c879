"""The floor of a small form: what is left of Pillarbox without a rule.

The same processes and the same granian, the same parser (`form_reader`) and the same durable
commit (`storage`), but nobody asks for a signature, a policy, an ACL or a limit, and nothing is
logged. What Pillarbox needs beyond this is the price of its rules.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from pillarbox.model.acl import BucketAcl
from pillarbox.model.objects import Bucket, ObjectSpec
from pillarbox.server.drain import Drain
from pillarbox.server.form_reader import FormField, FormReader, boundary_of
from pillarbox.server.process import serve
from pillarbox.server.settings import InitBucket, Settings
from pillarbox.storage.store import Store

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Floor:
    """An ASGI application that stores whatever form it gets."""

    def __init__(self, settings: Settings) -> None:
        """Remember where to store; nothing is opened yet."""
        self._settings = settings
        self._store: Store | None = None
        self._bucket: Bucket | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection scope."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        await self._store_form(scope, receive)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        store = self._store = await Store.open(self._settings.data_dir)
        self._bucket = await store.bucket(self._settings.init_buckets[0].name)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await store.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _store_form(self, scope: Message, receive: Receive) -> None:
        assert self._store is not None
        assert self._bucket is not None
        reader = FormReader(boundary_of(dict(scope["headers"])[b"content-type"]))
        upload = self._store.begin_upload(self._bucket)
        key = ""
        more = True
        while more:
            message = await receive()
            more = message.get("more_body", False)
            for event in reader.feed(message.get("body", b"")):
                if isinstance(event, bytes):
                    await upload.write(event)
                elif isinstance(event, FormField) and event.name == "key":
                    key = event.value
        reader.close()
        await upload.commit(ObjectSpec(key.encode()), self._bucket.owner_id)


def create_floor(settings: Settings, _drain: Drain) -> Floor:
    """The application for `settings`; opens nothing yet."""
    return Floor(settings)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--bucket", required=True)
    options = parser.parse_args()
    settings = Settings(
        options.data,
        port=options.port,
        init_buckets=(InitBucket(options.bucket, BucketAcl.PRIVATE),),
    )
    # Without this the application would be `__main__.Floor`, which a spawned worker can't find.
    from bench.floor import create_floor as factory

    sys.exit(serve(settings, None, factory))
