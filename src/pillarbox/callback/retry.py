"""Callbacks that are tried again: for how long, how often, and what is kept of each.

Not of OSS, whose sites expect one try; so a bucket says that it wants them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from pillarbox.callback.call import Call, call_document, read_call_document

#: Under which kind the catalog keeps a bucket's rule.
CALLBACK_RETRY = "callback-retry"

#: Of the first pause, in seconds; each one after is twice as long, up to the longest.
_FIRST_PAUSE = 2
_LONGEST_PAUSE = 3600


@dataclass(frozen=True, slots=True)
class RetryRule:
    """A bucket's wish.

    Attributes:
        seconds: from the upload until nobody tries any more.
    """

    seconds: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """A call that is to arrive.

    Attributes:
        deadline_ms: when it is given up, milliseconds since the Unix epoch, UTC.
        seconds: that it had in all.
    """

    call: Call
    deadline_ms: int
    seconds: int


def retry_document(rule: RetryRule) -> str:
    """The rule as the JSON that the catalog keeps."""
    return json.dumps({"seconds": rule.seconds})


def read_retry_document(text: str) -> RetryRule:
    """The inverse of `retry_document`."""
    return RetryRule(**json.loads(text))


def renewed(delivery: Delivery, now_ms: int) -> Delivery:
    """The delivery with its whole time before it again."""
    return replace(delivery, deadline_ms=now_ms + delivery.seconds * 1000)


def pause_seconds(attempts: int) -> int:
    """How long to wait after so many failed attempts (1 and more)."""
    return min(_FIRST_PAUSE << min(attempts - 1, 32), _LONGEST_PAUSE)


def delivery_document(delivery: Delivery) -> str:
    """The delivery as the JSON that the catalog keeps."""
    document = {
        "deadline_ms": delivery.deadline_ms,
        "seconds": delivery.seconds,
        "call": call_document(delivery.call),
    }
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def read_delivery_document(text: str) -> Delivery:
    """The inverse of `delivery_document`."""
    document = json.loads(text)
    call = read_call_document(document["call"])
    return Delivery(call, document["deadline_ms"], document["seconds"])
