"""A form's events as its body arrives, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator

from pillarbox.server.digests import BodyDigest
from pillarbox.server.field_memory import Share
from pillarbox.server.form_reader import Event, FormReader
from pillarbox.server.verified_body import RequestBody


class FormStream:
    """The events of one form, in two loops::

        while await stream.read():
            for event in stream.events: ...

    Whoever leaves the inner loop leaves the rest of the piece's events to the next.

    Attributes:
        events: those of the last piece that nobody has taken yet.
    """

    __slots__ = ("_body", "_digest", "_memory", "_reader", "events")

    def __init__(
        self, body: RequestBody, reader: FormReader, digest: BodyDigest, memory: Share
    ) -> None:
        self._body = body
        self._reader = reader
        self._digest = digest
        self._memory = memory
        self.events: Iterator[Event] = iter(())

    async def read(self) -> bool:
        """Wait for the next piece; false at the end of a body with a file and its last delimiter.

        Raises:
            Refusal: as `RequestBody.read` and `FormReader.close`; a form's own flaws come as its
                events are taken.
        """
        piece = await self._body.read()
        if not piece:
            self._reader.close()
            return False
        self._memory.arrive(piece)
        await self._digest.update(piece)
        self.events = self._reader.feed(piece)
        return True
