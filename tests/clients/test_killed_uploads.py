"""Programs on the SDKs die by SIGKILL while they upload, and another run of them goes on.

`test_multipart.py` has the same for oss2.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import oss2
import pytest

from tests.clients.ali_oss import DRIVER, needs_ali_oss
from tests.server_process import PATIENCE, ServerProcess

PART = 102_400
PARTS = 8
CONTENT = os.urandom(PART * (PARTS - 1) + 12_345)

#: Uploads by alibabacloud-oss-v2; with a third argument it dies when half is sent.
_V2 = """
import os, signal, sys
import alibabacloud_oss_v2 as oss
endpoint, bucket, file, checkpoints, *dies = sys.argv[1:]
config = oss.config.load_default()
config.credentials_provider = oss.credentials.StaticCredentialsProvider(
    os.environ["TEST_KEY"], os.environ["TEST_SECRET"])
config.region, config.endpoint = "cn-hangzhou", endpoint
def progress(added, written, total):
    if dies and written > total // 2:
        os.kill(os.getpid(), signal.SIGKILL)
oss.Client(config).uploader(
    part_size=102400, parallel_num=1, enable_checkpoint=True, checkpoint_dir=checkpoints
).upload_file(oss.PutObjectRequest(bucket=bucket, key="big", progress_fn=progress), file)
"""

#: Uploads by ali-oss, which leaves it to the program to keep the checkpoint.
_ALI_OSS = """
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import OSS from "ali-oss";
const [endpoint, bucket, file, kept, dies] = process.argv.slice(1);
const { TEST_KEY: accessKeyId, TEST_SECRET: accessKeySecret } = process.env;
const client = new OSS({ accessKeyId, accessKeySecret, endpoint, bucket });
await client.multipartUpload("big", file, {
  partSize: 102400,
  parallel: 1,
  checkpoint: existsSync(kept) ? JSON.parse(readFileSync(kept, "utf8")) : undefined,
  progress: (share, checkpoint) => {
    if (share > 0 && checkpoint) writeFileSync(kept, JSON.stringify(checkpoint));
    if (dies && share > 0.5) process.kill(process.pid, "SIGKILL");
  },
});
"""

_COMMANDS = {
    "alibabacloud-oss-v2": [sys.executable, "-c", _V2],
    "ali-oss": ["node", "--input-type=module", "-e", _ALI_OSS, "--"],
}


@pytest.mark.parametrize(
    "sdk", ["alibabacloud-oss-v2", pytest.param("ali-oss", marks=needs_ali_oss)]
)
def test_a_killed_upload_goes_on(
    sdk: str, bucket: oss2.Bucket, module_server: ServerProcess, tmp_path: Path
) -> None:
    file, kept = tmp_path / "file", tmp_path / ("kept" if sdk == "ali-oss" else "")
    file.write_bytes(CONTENT)
    key = module_server.access_key

    def run(*more: str) -> int:
        return subprocess.run(
            [*_COMMANDS[sdk], bucket.endpoint, bucket.bucket_name, file, kept, *more],
            cwd=DRIVER.parent,
            env={**os.environ, "TEST_KEY": key.id, "TEST_SECRET": key.secret},
            timeout=PATIENCE,
            check=False,
        ).returncode

    assert run("dies") == -signal.SIGKILL
    assert not bucket.object_exists("big")
    (upload,) = oss2.MultipartUploadIterator(bucket)
    sent = sum(1 for _ in oss2.PartIterator(bucket, "big", upload.upload_id))
    assert 1 < sent < PARTS
    stat = bucket.get_bucket_stat()
    assert (stat.multi_part_upload_count, stat.multipart_part_count) == (1, sent)
    assert stat.object_count == 0

    assert run() == 0
    read = bucket.get_object("big")
    assert (read.read(), read.etag[-2:]) == (CONTENT, f"-{PARTS}")
    stat = bucket.get_bucket_stat()
    assert (stat.multi_part_upload_count, stat.multipart_part_count) == (0, 0)
    assert (stat.object_count, stat.storage_size_in_bytes) == (1, len(CONTENT))
    assert not list(oss2.MultipartUploadIterator(bucket)), "it was begun anew"
