"""What is kept of the clock that lifecycle rules go by: leases that its word has."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from pillarbox.model.clock_belief import ClockBelief
from pillarbox.storage.catalog.schema import leases

_UNTIL = "lifecycle: the clock is believed until"
_DOUBTED = "lifecycle: the clock is doubted until"


def find_belief(connection: Connection) -> ClockBelief:
    """What was kept last."""
    found = select(leases.c.name, leases.c.expires_ms).where(leases.c.name.in_((_UNTIL, _DOUBTED)))
    kept = {row.name: row.expires_ms for row in connection.execute(found)}
    return ClockBelief(kept.get(_UNTIL), kept.get(_DOUBTED))


def keep_belief(connection: Connection, belief: ClockBelief) -> None:
    """Keep this in place of it."""
    connection.execute(delete(leases).where(leases.c.name.in_((_UNTIL, _DOUBTED))))
    for name, moment_ms in ((_UNTIL, belief.until_ms), (_DOUBTED, belief.doubted_ms)):
        if moment_ms is not None:
            connection.execute(insert(leases).values(name=name, holder="", expires_ms=moment_ms))
