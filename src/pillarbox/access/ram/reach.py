"""What a statement can speak of at all: the services of its document, its actions, its resources.

A statement of which a part never applies says something that nobody does. It is refused when it is
put, like whatever else isn't understood.
"""

from __future__ import annotations

from collections.abc import Sequence

from pillarbox.access.ram.actions import services_but, services_of
from pillarbox.access.ram.resources import ResourcePattern

_NOUNS = {"oss": "actions of OSS", "ram": "sts:AssumeRole"}


def check_reach(
    actions: Sequence[str],
    resources: Sequence[tuple[str, ResourcePattern]],
    services: frozenset[str],
    *,
    not_actions: bool,
) -> None:
    """Raise ValueError unless each action and each resource of a statement can apply.

    Args:
        resources: as they are spelled, and what they stand for.
        services: that the kind of document speaks of: `oss`, `ram`.
    """
    for action in actions:
        if not services_of(action) & services:
            nouns = " and ".join(_NOUNS[service] for service in sorted(services))
            raise ValueError(f"{action!r} never applies: such a document speaks of {nouns} alone")
    asked = (services_but(actions) if not_actions else _union(actions)) & services
    if not asked:
        raise ValueError("its NotAction leaves no action")
    for text, resource in resources:
        if not _services_at(resource) & asked:
            raise ValueError(f"none of its actions is asked of the Resource {text!r}")
    if not not_actions:
        _check_actions(actions, [resource for _, resource in resources])


def _check_actions(actions: Sequence[str], resources: Sequence[ResourcePattern]) -> None:
    reached = frozenset[str]().union(*map(_services_at, resources))
    for action in actions:
        if not services_of(action) & reached:
            raise ValueError(f"the Action {action!r} is asked of none of its Resources")


def _union(actions: Sequence[str]) -> frozenset[str]:
    return frozenset[str]().union(*map(services_of, actions))


def _services_at(resource: ResourcePattern) -> frozenset[str]:
    return frozenset(_NOUNS) if resource.service == "*" else frozenset({resource.service})
