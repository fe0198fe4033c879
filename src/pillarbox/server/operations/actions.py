"""What operations ask of the access rules, by the names that RAM and bucket policies have for it.

The names are those of OSS: "RAM policies", its tables of actions.
"""

from __future__ import annotations

from enum import StrEnum


class Resource(StrEnum):
    """What an action is asked of."""

    SERVICE = "service"
    BUCKET = "bucket"
    #: The addressed key, or each key that the body names.
    KEY = "key"
    #: The key that is copied from.
    SOURCE = "source"
    #: The role that is to be assumed.
    ROLE = "role"


Action = tuple[str, Resource]
"""A name such as `oss:PutObject`, and of what it is asked."""


def on_service(*names: str) -> tuple[Action, ...]:
    """Actions asked of the service, by their names without `oss:`."""
    return _on(Resource.SERVICE, names)


def on_bucket(*names: str) -> tuple[Action, ...]:
    """As `on_service`, of the addressed bucket."""
    return _on(Resource.BUCKET, names)


def on_key(*names: str) -> tuple[Action, ...]:
    """As `on_service`, of the key."""
    return _on(Resource.KEY, names)


def on_source(*names: str) -> tuple[Action, ...]:
    """As `on_service`, of the key that is copied from."""
    return _on(Resource.SOURCE, names)


def on_role(name: str) -> tuple[Action, ...]:
    """An action of STS, asked of the role that it is about."""
    return ((f"sts:{name}", Resource.ROLE),)


def _on(resource: Resource, names: tuple[str, ...]) -> tuple[Action, ...]:
    return tuple((f"oss:{name}", resource) for name in names)
