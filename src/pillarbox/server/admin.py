"""What the admin address of a worker knows: the metrics, and whether requests may come."""

from __future__ import annotations

import asyncio
from functools import partial

from pillarbox.model.refusals import Refusal
from pillarbox.server.admin_http import AdminHttp
from pillarbox.server.drain import Drain
from pillarbox.server.listening import ListenAddress
from pillarbox.server.scrape import scrape
from pillarbox.server.settings import Settings
from pillarbox.storage.store import Store

#: What the catalog gets to answer, in seconds; less than probes wait as a rule.
_CATALOG_SECONDS = 3.0


async def open_admin(
    address: ListenAddress, store: Store, settings: Settings, drain: Drain
) -> AdminHttp:
    """Answer on the admin address, until the caller closes it. Raises OSError."""
    admin = AdminHttp(partial(scrape, store, settings), partial(why_not_ready, store, drain))
    await admin.open(address)
    return admin


async def why_not_ready(store: Store, drain: Drain) -> str | None:
    """Why no request should come here, None if it may."""
    if drain.draining:
        return "the server is stopping"
    try:
        async with asyncio.timeout(_CATALOG_SECONDS):
            await store.check()
    except TimeoutError:
        return f"the catalog has not answered within {_CATALOG_SECONDS:g} s"
    except Refusal as refusal:
        return f"the catalog does not answer: {refusal.code}"
    return None
