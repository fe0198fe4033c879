"""What supervisor and keeper say to each other.

Apart from the keeper itself, because the supervisor must not even import what opens SQLite.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pillarbox.model.objects import AccessKey
from pillarbox.server.settings import Settings


@dataclass(frozen=True, slots=True)
class Orders:
    """What the supervisor wants.

    Attributes:
        settings: the port may be 0, for any free one.
        root_key: what the operator gave, or None: use the one that is there, or make one.
        parent_pid: the supervisor.
        again: whether an earlier keeper of the same supervisor has died.
    """

    settings: Settings
    root_key: AccessKey | None
    parent_pid: int
    again: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What the supervisor needs to know when all is prepared.

    Attributes:
        port: the real one.
        access_key_id: of the root key.
        admin_port: the real one of the admin address, None if there is none.
        new_secret: the root key's secret if it was generated just now.
    """

    port: int
    access_key_id: str
    new_secret: str | None = field(repr=False)
    admin_port: int | None = None

    def resolved(self, settings: Settings) -> Settings:
        """`settings` with the real ports."""
        admin = settings.admin
        if admin is not None and self.admin_port is not None:
            admin = replace(admin, port=self.admin_port)
        return replace(settings, port=self.port, admin=admin)
