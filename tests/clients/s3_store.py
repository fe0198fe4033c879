"""A store for clients of S3: a server process with two accounts, or a store that runs elsewhere.

    S3_ENDPOINT=http://127.0.0.1:7480 S3_KEYS='ID:SECRET ID:SECRET' make test TESTS=…

shows what another store of S3 answers to the same steps. Its keys belong to two accounts.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from pillarbox.forms import Credentials
from pillarbox.storage.identities import Identities
from tests.server_process import ServerProcess

#: Where S3 says nothing of a bucket's location.
REGION = "us-east-1"

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class S3Store:
    """What a client of S3 is told of a store.

    Attributes:
        url: its endpoint.
        key: of the account that most tests act for.
        other_key: of another account.
        certificate: what the endpoint's https is trusted by; None for http.
    """

    url: str
    key: Credentials
    other_key: Credentials
    certificate: Path | None = None

    @property
    def host(self) -> str:
        """Host and port, as clients with an option for https want it."""
        return self.url.partition("://")[2]

    def client(self, key: Credentials | None = None, url: str | None = None, **config: Any) -> Any:
        """boto3's, which tries once.

        Args:
            key: `self.key` by default.
            url: another name of the endpoint.
            config: of botocore.
        """
        return boto3.client("s3", **self._arguments(key or self.key, url, config))

    def resource(self) -> Any:
        """boto3's resource, the objects over its client."""
        return boto3.resource("s3", **self._arguments(self.key, None, {}))

    def _arguments(
        self, key: Credentials, url: str | None, config: dict[str, Any]
    ) -> dict[str, Any]:
        return {
            "endpoint_url": url or self.url,
            "aws_access_key_id": key.access_key_id,
            "aws_secret_access_key": key.access_key_secret,
            "region_name": REGION,
            "verify": None if self.certificate is None else str(self.certificate),
            "config": Config(**{"retries": {"total_max_attempts": 1}, **config}),
        }


@contextmanager
def s3_store(
    folder: Path,
    *options: str,
    region: str | None = REGION,
    certificate: Path | None = None,
) -> Iterator[S3Store]:
    """A store with two accounts.

    Args:
        folder: where the server's directory shall be.
        options: of `pillarbox serve`.
        region: the only one that it takes; any, if None.
        certificate: of the options, if the server shall serve https.
    """
    if elsewhere := os.environ.get("S3_ENDPOINT"):
        pairs = [pair.split(":", 1) for pair in os.environ["S3_KEYS"].split()]
        key, other_key = (Credentials(*pair) for pair in pairs)
        yield S3Store(elsewhere, key, other_key)
        return
    regions = () if region is None else ("--region", region)
    server = ServerProcess(folder / "data", (*regions, *options))
    try:
        key = Credentials(server.access_key.id, server.access_key.secret)
        yield S3Store(server.base_url, key, _other_key(server.data_dir), certificate)
        server.stop()
    finally:
        server.end()


def new_s3_bucket_name() -> str:
    """A name that no other test of this run has, nor of another run at the same store."""
    return f"day-{os.getpid()}-{next(_numbers)}"


def _other_key(data_dir: Path) -> Credentials:
    with closing(Identities(data_dir)) as door:
        key = door.create_key(door.create_account("Other").id, None)
    return Credentials(key.id, key.secret)
