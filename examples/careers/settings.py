"""What the site is told from outside: environment variables, read once at its start."""

from __future__ import annotations

import os
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the site and its store are.

    Attributes:
        url: of the site itself, without a slash at the end: browsers come back there.
        endpoint: of the store.
        bucket: holds the résumés; its forms are strict.
        role: ARN of the role whose sessions sign forms, requests and download URLs.
        access_key_id, access_key_secret: of a user who may assume that role and do nothing else.
            The secret never leaves the site's server.
    """

    url: str
    endpoint: str
    bucket: str
    role: str
    access_key_id: str
    access_key_secret: str = field(repr=False)

    @classmethod
    def of_environment(cls) -> Settings:
        """The settings that the process was started with; KeyError names one that is missing."""
        return cls(
            url=os.environ["CAREERS_URL"],
            endpoint=os.environ["CAREERS_ENDPOINT"],
            bucket=os.environ["CAREERS_BUCKET"],
            role=os.environ["CAREERS_ROLE"],
            access_key_id=os.environ["PILLARBOX_ACCESS_KEY_ID"],
            access_key_secret=os.environ["PILLARBOX_ACCESS_KEY_SECRET"],
        )
