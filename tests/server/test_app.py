"""What of a request's failure the log tells, beyond the answer."""

from __future__ import annotations

import json

import pytest

from pillarbox.model.limits import KIB
from tests.conftest import StartServer
from tests.server_process import ServerProcess
from tests.wire.raw_http import RawAnswer, request
from tests.wire.store_client import FORM_TYPE, form

#: Of a file of its own, for small objects lie in the catalog.
SIZE = 100 * KIB


@pytest.fixture
def store(start_server: StartServer) -> ServerProcess:
    """With a bucket that anybody may read and write."""
    return start_server("--init-bucket", "open:public-read-write")


def post(store: ServerProcess) -> RawAnswer:
    typed = [(b"Content-Type", FORM_TYPE)]
    return request(store.port, b"POST", b"/open", typed, form({"key": "large"}, bytes(SIZE)))


def request_id_of_failure(answer: RawAnswer) -> str:
    assert (answer.status, answer.error["Code"]) == (500, "InternalError")
    assert "Traceback" not in answer.body.decode()
    return answer.error["RequestId"]


def test_a_folder_that_is_gone_is_told_under_the_request_id(store: ServerProcess) -> None:
    (run,) = (path for path in (store.data_dir / "blobs").iterdir() if path.is_dir())
    away = run.rename(store.data_dir / "away")
    request_id = request_id_of_failure(post(store))
    store.wait_for_notice("FileNotFoundError:")
    assert f"pillarbox: request {request_id} failed: InternalError\n  Traceback" in store.notices
    away.rename(run)
    assert post(store).status == 204


def test_a_file_that_can_not_be_opened_is_told_under_the_request_id(store: ServerProcess) -> None:
    assert post(store).status == 204
    (blob,) = (p for p in (store.data_dir / "blobs").rglob("*") if p.stat().st_size == SIZE)
    blob.unlink()
    blob.symlink_to(blob.name)
    request_id = request_id_of_failure(request(store.port, b"GET", b"/open/large", []))
    store.wait_for_notice("Too many levels of symbolic links")
    assert f"pillarbox: request {request_id} failed: InternalError\n  Traceback" in store.notices


def test_in_json_the_cause_is_part_of_the_line(start_server: StartServer) -> None:
    store = start_server("--init-bucket", "open:public-read-write", "--log-format", "json")
    (run,) = (path for path in (store.data_dir / "blobs").iterdir() if path.is_dir())
    run.rename(store.data_dir / "away")
    request_id = request_id_of_failure(post(store))
    store.wait_for_notice("FileNotFoundError:")
    notice = json.loads(next(n for n in store.notices.splitlines() if request_id in n))
    assert notice["level"] == "error"
    assert "FileNotFoundError" in notice["traceback"]


def test_a_refusal_that_is_the_clients_fault_leaves_no_line(store: ServerProcess) -> None:
    assert request(store.port, b"GET", b"/open/none", []).status == 404
    assert store.notices == ""
