"""Writing a post policy: the JSON text and the field that carries it.

The text is compact, since a form carries it as base64 and some documents allow a field 4 KB only.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

ConditionEntry = Mapping[str, str] | Sequence[object]


def write_policy(expiration: datetime, conditions: Sequence[ConditionEntry]) -> str:
    """The JSON text of a policy, `conditions` as they are to stand in it.

    `expiration` is an aware datetime; it is written in UTC, cut to milliseconds. Raises
    ValueError if it has no time zone.
    """
    if expiration.tzinfo is None:
        raise ValueError(
            f"the expiration {expiration.isoformat()} has no time zone: "
            "give an aware datetime, such as datetime.now(UTC) + timedelta(hours=1)"
        )
    moment = expiration.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
    document = {
        "expiration": f"{moment}Z",
        "conditions": [
            dict(entry) if isinstance(entry, Mapping) else list(entry) for entry in conditions
        ],
    }
    return _COMPACT.encode(document)


def encode_policy(text: str) -> str:
    """The value of the form field `policy`, which is also the text that a signature covers."""
    return base64.b64encode(text.encode()).decode()
