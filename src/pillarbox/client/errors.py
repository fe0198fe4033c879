"""Why a request to a store came to nothing: refused, never arrived, or answered by no store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta


class StoreError(Exception):
    """A request to a store that came to nothing."""


class RefusedError(StoreError):
    """The store refused (OSS: "Error responses").

    Attributes:
        status: HTTP status.
        code: such as `NoSuchBucket`.
        message: the store's own text; it may be of any length and hold any character.
        request_id: under which the store's log tells more, empty if the store named none.
        ec: the fine-grained error number, empty if there is none.
        details: further children of the error document, such as `BucketName`.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        request_id: str = "",
        ec: str = "",
        details: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.request_id = request_id
        self.ec = ec
        self.details: dict[str, str] = dict(details or {})

    @property
    def clock_ahead(self) -> timedelta | None:
        """By how much this machine's clock is ahead of the store's, negative if it is behind.

        None unless the store refused because of it (`RequestTimeTooSkewed`) and told both times.
        """
        times = [self.details.get(name, "") for name in ("RequestTime", "ServerTime")]
        try:
            sent, received = (datetime.fromisoformat(text) for text in times)
        except ValueError:
            return None
        # A time without a zone is UTC, as all of a store's are.
        return _aware(sent) - _aware(received)


class UnreachableError(StoreError):
    """No answer came.

    Attributes:
        origin: scheme, host and port that were asked.
        reason: what the network said.
    """

    def __init__(self, origin: str, reason: str) -> None:
        super().__init__(f"{origin}: {reason}")
        self.origin = origin
        self.reason = reason


class ForeignAnswerError(StoreError):
    """An answer came, but not one that a store gives.

    Attributes:
        origin: scheme, host and port that were asked.
        status: HTTP status.
        flaw: what is wrong with it.
    """

    def __init__(self, origin: str, status: int, flaw: str) -> None:
        super().__init__(f"{origin} answered {status}: {flaw}")
        self.origin = origin
        self.status = status
        self.flaw = flaw


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


class DamagedError(StoreError):
    """What was moved is not what was sent: lengths or CRC-64 differ.

    Attributes:
        what: such as `oss://photos/a.jpg`.
        flaw: how it shows.
    """

    def __init__(self, what: str, flaw: str) -> None:
        super().__init__(f"{what} is damaged: {flaw}")
        self.what = what
        self.flaw = flaw


class ChangedError(StoreError):
    """A file or an object became another while it was being moved.

    Attributes:
        what: the file's path or the object's address.
    """

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} changed while it was being moved")
        self.what = what
