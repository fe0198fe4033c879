"""One operation: what a request that names it looks like, and what carries it out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from pillarbox.model.dialects import OSS, S3, Dialect
from pillarbox.server.answers import Answer
from pillarbox.server.operations.actions import Action
from pillarbox.server.request import Request
from pillarbox.server.service import Service


class Level(StrEnum):
    """What a request addresses."""

    SERVICE = "service"
    BUCKET = "bucket"
    OBJECT = "object"
    OWN = "own"


Handler = Callable[[Request, Service], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that the server can do.

    Attributes:
        sub_resource: query parameter that selects it, empty for none; of the service's own, the
            path behind `/-/`.
        actions: all that the caller must be allowed, each asked once of each resource. Empty only
            for what anybody may ask.
        header: request header that selects it beside its sub-resource, without the dialect's
            prefix; empty for none.
        extras: what is asked besides: by a request that brings an ACL or tags, or completes an
            upload that was begun with them; of an object whose tags are copied or counted.
        s3_name: what S3 calls it, empty where that is `name` too, which is OSS's.
        dialects: that have it. The service's own is asked for in any.
        takes_version: whether a version of the object may be named.
    """

    name: str
    method: str
    level: Level
    sub_resource: str
    handler: Handler
    actions: tuple[Action, ...] = ()
    header: str = ""
    extras: tuple[Action, ...] = ()
    s3_name: str = ""
    dialects: tuple[Dialect, ...] = (OSS, S3)
    takes_version: bool = False

    def name_in(self, dialect: Dialect) -> str:
        """What the documents of a dialect that has it call it."""
        return self.s3_name if dialect is S3 and self.s3_name else self.name
