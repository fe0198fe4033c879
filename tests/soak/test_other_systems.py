"""The other stores that the bench compares: each takes the toolkit's S3 forms in both signatures.

Here and not beside the bench's own tests because Ceph takes half a minute to start.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from bench import systems
from bench.delivery import deliver
from bench.plan import KIB
from bench.systems import CEPH, MOTO, System
from bench.workspace import random_file

pytestmark = pytest.mark.soak


@pytest.mark.parametrize("system", [CEPH, MOTO], ids=lambda system: system.name)
def test_another_store_takes_forms_of_both_signatures(system: System, tmp_path: Path) -> None:
    if system not in systems.installed():
        pytest.skip(f"{system.name} is not installed: it is optional (docs/bench.md)")
    source = random_file(tmp_path / "source", 64 * KIB)
    home = tmp_path / "home"
    home.mkdir()
    with system.start(home) as endpoint:
        deliver(dataclasses.replace(endpoint, signature="s3-v2"), source, "v2")
        deliver(dataclasses.replace(endpoint, signature="s3-v4"), source, "v4")
        client = boto3.client(
            "s3",
            endpoint_url=endpoint.url,
            aws_access_key_id=endpoint.credentials.access_key_id,
            aws_secret_access_key=endpoint.credentials.access_key_secret,
            region_name=endpoint.region,
            config=Config(s3={"addressing_style": "path"}),
        )
        for name in ("v2", "v4"):
            stored = client.get_object(Bucket=endpoint.bucket, Key=f"bench/{name}")
            assert stored["Body"].read() == source.read_bytes()
