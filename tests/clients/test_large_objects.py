"""48 MiB through each SDK, in one piece and back again."""

from __future__ import annotations

import os
from pathlib import Path

import alibabacloud_oss_v2 as oss
import oss2
import pytest

from tests.clients.ali_oss import AliOss, needs_ali_oss
from tests.clients.test_oss_v2 import client_of
from tests.server_process import ServerProcess

CONTENT = os.urandom(1 << 20) * 48


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, Path]:
    """The file that is sent, and where it is brought back to."""
    source = tmp_path / "source"
    source.write_bytes(CONTENT)
    return str(source), tmp_path / "back"


def test_oss2(bucket: oss2.Bucket, files: tuple[str, Path]) -> None:
    source, back = files
    bucket.put_object_from_file("a", source)
    bucket.get_object_to_file("a", str(back))
    assert back.read_bytes() == CONTENT


def test_oss_v2(module_server: ServerProcess, bucket: oss2.Bucket, files: tuple[str, Path]) -> None:
    source, back = files
    # With a single attempt the SDK writes no file at all.
    client, name = client_of(module_server, "v4", retry_max_attempts=2), bucket.bucket_name
    client.put_object_from_file(oss.PutObjectRequest(bucket=name, key="a"), source)
    client.get_object_to_file(oss.GetObjectRequest(bucket=name, key="a"), str(back))
    assert back.read_bytes() == CONTENT


@needs_ali_oss
def test_ali_oss(
    module_server: ServerProcess, bucket: oss2.Bucket, files: tuple[str, Path]
) -> None:
    source, back = files
    put, got = AliOss(module_server, bucket.bucket_name).run(
        ("put", "a", source), ("get", "a", str(back))
    )
    assert (put["res"]["status"], got["res"]["status"]) == (200, 200)
    assert back.read_bytes() == CONTENT
