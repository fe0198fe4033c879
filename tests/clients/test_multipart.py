"""Uploads in parts by the SDKs: their own helpers, killed in the middle and taken up again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from oss2 import exceptions

from tests.clients.ali_oss import AliOss, needs_ali_oss
from tests.clients.test_ali_oss import ali
from tests.clients.test_oss_v2 import Client, client, name, refusal_of
from tests.server_process import PATIENCE, ServerProcess

__all__ = ["ali", "client", "name"]

PART = 102_400
CONTENT = os.urandom(PART * 7 + 12_345)

#: Uploads a file and kills itself when half of it is sent.
_KILLED = """
import os, signal, sys, oss2
endpoint, bucket, file, checkpoints = sys.argv[1:]
auth = oss2.Auth(os.environ["TEST_KEY"], os.environ["TEST_SECRET"])
def progress(sent, total):
    if sent > total // 2:
        os.kill(os.getpid(), signal.SIGKILL)
oss2.resumable_upload(
    oss2.Bucket(auth, endpoint, bucket), "big", file,
    store=oss2.ResumableStore(root=checkpoints), multipart_threshold=102400, part_size=102400,
    num_threads=1, progress_callback=progress,
)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    return path


def uploads_of(bucket: oss2.Bucket) -> list[str]:
    return [one.upload_id for one in oss2.MultipartUploadIterator(bucket)]


# --- oss2 ----------------------------------------------------------------------------------------


def test_oss2_takes_a_killed_upload_up_again(
    bucket: oss2.Bucket, module_server: ServerProcess, file: Path, tmp_path: Path
) -> None:
    key = module_server.access_key
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, bucket.endpoint, bucket.bucket_name, file, tmp_path],
        env={**os.environ, "TEST_KEY": key.id, "TEST_SECRET": key.secret},
        timeout=PATIENCE,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert not bucket.object_exists("big")
    (upload_id,) = uploads_of(bucket)
    before = [part.part_number for part in oss2.PartIterator(bucket, "big", upload_id)]
    assert 1 < len(before) < 7

    sent: list[int] = []
    oss2.resumable_upload(
        bucket,
        "big",
        str(file),
        store=oss2.ResumableStore(root=str(tmp_path)),
        multipart_threshold=PART,
        part_size=PART,
        num_threads=1,
        progress_callback=lambda consumed, total: sent.append(consumed),
    )
    assert sent[0] >= len(before) * PART, "parts that were there were sent again"
    assert bucket.get_object("big").read() == CONTENT
    assert uploads_of(bucket) == []


def test_oss2_uploads_with_many_threads_and_downloads_with_a_checkpoint(
    bucket: oss2.Bucket, file: Path, tmp_path: Path
) -> None:
    oss2.resumable_upload(
        bucket, "big", str(file), multipart_threshold=PART, part_size=PART, num_threads=4
    )
    head = bucket.head_object("big")
    assert (head.object_type, head.etag[-2:]) == ("Multipart", "-8")
    target = tmp_path / "back"
    oss2.resumable_download(
        bucket,
        "big",
        str(target),
        store=oss2.ResumableDownloadStore(root=str(tmp_path)),
        multiget_threshold=PART,
        part_size=PART,
        num_threads=4,
    )
    assert target.read_bytes() == CONTENT


def test_oss2_step_by_step(bucket: oss2.Bucket) -> None:
    bucket.put_object("src", CONTENT)
    upload_id = bucket.init_multipart_upload("k/ä b").upload_id
    first = bucket.upload_part("k/ä b", upload_id, 1, CONTENT[:PART])
    copied = bucket.upload_part_copy(
        bucket.bucket_name, "src", (PART, 2 * PART - 1), "k/ä b", upload_id, 2
    )
    listed = bucket.list_parts("k/ä b", upload_id, max_parts=1)
    assert (listed.is_truncated, listed.next_marker) == (True, "1")
    parts = [oss2.models.PartInfo(1, first.etag), oss2.models.PartInfo(2, copied.etag)]
    done = bucket.complete_multipart_upload("k/ä b", upload_id, parts)
    assert int(done.headers["x-oss-hash-crc64ecma"]) == done.crc
    assert bucket.get_object("k/ä b").read() == CONTENT[: 2 * PART]


def test_oss2_raises_its_own_classes(bucket: oss2.Bucket) -> None:
    with pytest.raises(exceptions.NoSuchUpload):
        bucket.upload_part("k", "0" * 32, 1, b"x")
    with pytest.raises(exceptions.NoSuchUpload):
        bucket.abort_multipart_upload("k", "0" * 32)
    upload_id = bucket.init_multipart_upload("k").upload_id
    part = oss2.models.PartInfo(1, "0" * 32)
    with pytest.raises(exceptions.ServerError) as refused:
        bucket.complete_multipart_upload("k", upload_id, [part])
    assert (refused.value.status, refused.value.code) == (400, "InvalidPart")
    bucket.abort_multipart_upload("k", upload_id)
    assert uploads_of(bucket) == []


# --- alibabacloud-oss-v2 -------------------------------------------------------------------------


def test_v2_uploads_downloads_and_copies_by_parts(
    client: Client, name: str, file: Path, tmp_path: Path
) -> None:
    uploader = client.uploader(part_size=PART, parallel_num=3)
    done = uploader.upload_file(oss.PutObjectRequest(bucket=name, key="big"), str(file))
    assert done.upload_id
    target = tmp_path / "back"
    downloader = client.downloader(part_size=PART, parallel_num=3)
    downloader.download_file(oss.GetObjectRequest(bucket=name, key="big"), str(target))
    assert target.read_bytes() == CONTENT
    copier = client.copier(part_size=PART, parallel_num=2, multipart_copy_threshold=PART)
    copier.copy(
        oss.CopyObjectRequest(bucket=name, key="copy", source_bucket=name, source_key="big")
    )
    copied = client.get_object(oss.GetObjectRequest(bucket=name, key="copy"))
    assert copied.body.read() == CONTENT


def test_v2_takes_an_interrupted_upload_up_again(
    client: Client, name: str, file: Path, tmp_path: Path
) -> None:
    class StoppedError(Exception):
        pass

    stop = threading.Event()

    def interrupt(sent: int, written: int, total: int) -> None:
        if written > total // 2 and not stop.is_set():
            stop.set()
            raise StoppedError

    def uploader() -> Any:
        return client.uploader(
            part_size=PART, parallel_num=1, enable_checkpoint=True, checkpoint_dir=str(tmp_path)
        )

    request = oss.PutObjectRequest(bucket=name, key="big", progress_fn=interrupt)
    with pytest.raises(Exception) as raised:
        uploader().upload_file(request, str(file))
    assert stop.is_set(), raised.value
    uploader().upload_file(oss.PutObjectRequest(bucket=name, key="big"), str(file))
    body = client.get_object(oss.GetObjectRequest(bucket=name, key="big")).body
    assert body.read() == CONTENT


def test_v2_lists_and_aborts(client: Client, name: str) -> None:
    begun = client.initiate_multipart_upload(
        oss.InitiateMultipartUploadRequest(bucket=name, key="a b/ä")
    )
    client.upload_part(
        oss.UploadPartRequest(
            bucket=name, key="a b/ä", part_number=3, upload_id=begun.upload_id, body=b"x"
        )
    )
    parts = client.list_parts(
        oss.ListPartsRequest(bucket=name, key="a b/ä", upload_id=begun.upload_id)
    )
    assert [part.part_number for part in parts.parts] == [3]
    uploads = client.list_multipart_uploads(oss.ListMultipartUploadsRequest(bucket=name))
    assert [(one.key, one.upload_id) for one in uploads.uploads] == [("a b/ä", begun.upload_id)]
    abort = oss.AbortMultipartUploadRequest(bucket=name, key="a b/ä", upload_id=begun.upload_id)
    assert client.abort_multipart_upload(abort).status_code == 204
    refused = refusal_of(lambda: client.abort_multipart_upload(abort))
    assert (refused.status_code, refused.code) == (404, "NoSuchUpload")


# --- ali-oss -------------------------------------------------------------------------------------


@pytest.mark.parametrize("ali", ["path-style"], indirect=True)
@needs_ali_oss
def test_ali_oss_uploads_by_parts(ali: AliOss, bucket: oss2.Bucket, file: Path) -> None:
    options = {"partSize": PART, "parallel": 3, "headers": {"Content-Type": "image/png"}}
    (done,) = ali.run(("multipartUpload", "目录/big", str(file), options))
    assert done["res"]["status"] == 200
    read = bucket.get_object("目录/big")
    assert read.read() == CONTENT
    assert read.headers["Content-Type"] == "image/png"
    begun, listed, aborted, gone = ali.run(
        ("initMultipartUpload", "left"),
        ("listUploads", {"max-uploads": 10}),
        ("abortMultipartUpload", "left", "0" * 32),
        ("list", {"max-keys": 10}),
    )
    assert [one["name"] for one in listed["uploads"]] == ["left"]
    assert listed["uploads"][0]["uploadId"] == begun["uploadId"]
    assert (aborted["status"], aborted["code"]) == (404, "NoSuchUpload")
    assert [one["name"] for one in gone["objects"]] == ["目录/big"]
