"""Whether a clock is believed by who deletes objects because of their age.

While a process runs, the steady clock of the jobs sees a jump. Across a restart there is nothing
but the wall clock and what it said before: a store that was switched off for a month and a clock
that was set a month ahead look alike. So after a gap nothing is deleted until the clock has gone
on for a day beyond it. A store whose clock is that wrong refuses every signature: somebody will
have seen it by then.
"""

from __future__ import annotations

from typing import NamedTuple

from pillarbox.model.lifecycle import DAY_MS

#: How far the clock may be ahead of when it was last believed, without a question.
GAP_MS = 2 * DAY_MS
#: How long it must go on after a longer gap.
DOUBT_MS = DAY_MS


class ClockBelief(NamedTuple):
    """What is kept of the clock; milliseconds since the Unix epoch, UTC, None for nothing yet.

    Attributes:
        until_ms: up to here it is believed.
        doubted_ms: a doubt that has begun is over when the clock gets here.
    """

    until_ms: int | None = None
    doubted_ms: int | None = None

    def hear(self, now_ms: int) -> tuple[bool, ClockBelief]:
        """Whether the clock is believed when it says `now_ms`, and what to keep of that.

        The first word is believed: there is nothing to hold it to, and most stores are new then.
        """
        believed = ClockBelief(now_ms + GAP_MS)
        if self.until_ms is None or now_ms <= self.until_ms:
            return True, believed
        doubted_ms = self.doubted_ms
        if doubted_ms is None or not doubted_ms - DOUBT_MS <= now_ms <= doubted_ms + GAP_MS:
            return False, self._replace(doubted_ms=now_ms + DOUBT_MS)
        return (True, believed) if now_ms >= doubted_ms else (False, self)
