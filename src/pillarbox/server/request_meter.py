"""Counts the requests of a worker."""

from __future__ import annotations

from pillarbox.model.metrics import (
    RECEIVED_BYTES,
    REQUEST_SECONDS,
    REQUESTS,
    REQUESTS_IN_FLIGHT,
    SENT_BYTES,
    Meter,
)
from pillarbox.server.access_log import AccessRecord

#: In place of the operation: a request that names none.
NO_OPERATION = "none"


class RequestMeter:
    """Tells a meter of requests, by words of the server's own alone: never a bucket or a key."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    def begin(self) -> None:
        """A request has come."""
        self._meter.add(REQUESTS_IN_FLIGHT)

    def end(self) -> None:
        """It is over, however it ended."""
        self._meter.add(REQUESTS_IN_FLIGHT, -1)

    def note(self, record: AccessRecord) -> None:
        """It was answered; all of `record` is known."""
        meter, operation = self._meter, record.operation or NO_OPERATION
        dialect, status, code = record.dialect.name, str(record.status), record.code or ""
        of_operation = (operation,)
        meter.add(REQUESTS, 1, (operation, dialect, status, code))
        if record.bytes_in:
            meter.add(RECEIVED_BYTES, record.bytes_in, of_operation)
        if record.bytes_out:
            meter.add(SENT_BYTES, record.bytes_out, of_operation)
        meter.observe(REQUEST_SECONDS, record.milliseconds / 1000, of_operation)
