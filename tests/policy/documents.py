"""Policy documents for the tests of this room."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pillarbox.model.refusals import Refusal
from pillarbox.policy import PostPolicy, encode_policy, read_policy

EXPIRATION = "2030-01-01T12:00:00.000Z"


def policy_text(*conditions: object, expiration: object = EXPIRATION) -> str:
    """The JSON of a policy with these conditions."""
    return json.dumps({"expiration": expiration, "conditions": conditions}, ensure_ascii=False)


def policy_of(*conditions: object) -> PostPolicy:
    """A policy with these conditions, as the server would read it."""
    return read_policy(encode_policy(policy_text(*conditions)))


def facts(refusal: Refusal) -> Sequence[object]:
    """What a client is told, but for the children."""
    return refusal.code, refusal.status, refusal.message, refusal.ec
