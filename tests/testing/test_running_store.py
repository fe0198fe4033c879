"""`running_store`: a faithful double, of which nothing is left."""

from __future__ import annotations

import asyncio
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from pillarbox.client.callbacks import CallbackKeys, verify_callback
from pillarbox.forms import Callback, Credentials, PostForm
from pillarbox.server.directory_lock import DirectoryInUseError
from pillarbox.server.listening import PortUnavailableError
from pillarbox.testing import RunningStore, running_store
from tests.callback_site import GOOD, site
from tests.testing.requests import PDF, code_of, post

BUCKETS = {"resumes": "private"}


@pytest.fixture(scope="module")
def store() -> RunningStore:  # type: ignore[misc]
    """One store for the tests that need nothing of their own."""
    with running_store(
        buckets={
            "resumes": "private",
            "logos": "public-read",
            "inbox": "public-read-write",
            "careers": "private:strict",
        },
        cors=["https://www.example.com", "http://localhost:*"],
    ) as running:
        yield running


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary directories go."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


class TestVerifies:
    def test_a_form_that_is_right(self, store: RunningStore) -> None:
        answer = post(store, key="right/cv.pdf")
        assert answer.status_code == 201
        assert store.read("resumes", "right/cv.pdf") == PDF

    def test_the_secret(self, store: RunningStore) -> None:
        wrong = Credentials(store.access_key_id, "another-secret")
        answer = post(store, key="wrong/cv.pdf", credentials=wrong)
        assert (answer.status_code, code_of(answer)) == (403, "SignatureDoesNotMatch")
        assert store.keys("resumes", "wrong/") == []

    def test_the_access_key(self, store: RunningStore) -> None:
        answer = post(store, credentials=Credentials("nobody", store.access_key_secret))
        assert (answer.status_code, code_of(answer)) == (403, "InvalidAccessKeyId")

    def test_the_policy(self, store: RunningStore) -> None:
        answer = post(store, changed={"key": "elsewhere/cv.pdf"})
        assert (answer.status_code, code_of(answer)) == (403, "AccessDenied")
        assert "Policy Condition failed" in answer.text

    def test_the_size(self, store: RunningStore) -> None:
        answer = post(store, content=bytes(1025))
        assert (answer.status_code, code_of(answer)) == (400, "EntityTooLarge")

    def test_acls(self, store: RunningStore) -> None:
        for bucket in ("resumes", "logos"):
            assert post(store, bucket=bucket, key="a").status_code == 201
        assert httpx.get(f"{store.bucket_url('resumes')}/a").status_code == 403
        assert httpx.get(f"{store.bucket_url('logos')}/a").content == PDF
        files = {"file": ("a", PDF)}
        for bucket, status in (("logos", 403), ("inbox", 204)):
            answer = httpx.post(store.bucket_url(bucket), data={"key": "anonymous"}, files=files)
            assert answer.status_code == status

    def test_strict_forms(self, store: RunningStore) -> None:
        redirect = {"success_action_redirect": "https://elsewhere.example/"}
        assert post(store, key="b", changed=redirect).status_code == 303
        answer = post(store, bucket="careers", key="b", changed=redirect)
        assert (answer.status_code, code_of(answer)) == (403, "AccessDenied")

    def test_cors(self, store: RunningStore) -> None:
        for origin in ("https://www.example.com", "http://localhost:5173"):
            for answer in (
                post(store, headers={"Origin": origin}),
                post(store, headers={"Origin": origin}, changed={"key": "elsewhere"}),
            ):
                assert answer.headers["access-control-allow-origin"] == origin
        other = post(store, headers={"Origin": "https://elsewhere.example"})
        assert "access-control-allow-origin" not in other.headers

    def test_a_preflight(self, store: RunningStore) -> None:
        headers = {
            "Origin": "https://www.example.com",
            "Access-Control-Request-Method": "POST",
        }
        assert httpx.options(store.bucket_url("resumes"), headers=headers).status_code == 200
        headers["Origin"] = "https://elsewhere.example"
        assert httpx.options(store.bucket_url("resumes"), headers=headers).status_code == 403

    def test_v4(self, store: RunningStore) -> None:
        form = PostForm(endpoint=store.endpoint, bucket="resumes", key="v4", max_size=1024)
        for secret, status in ((store.access_key_secret, 204), ("another-secret", 403)):
            signed = form.sign_v4(Credentials(store.access_key_id, secret), "cn-hangzhou")
            answer = httpx.post(signed.action, data=dict(signed.fields), files={"file": PDF})
            assert answer.status_code == status


def test_without_options_there_is_neither_bucket_nor_cors() -> None:
    with running_store() as store:
        answer = post(store, headers={"Origin": "https://www.example.com"})
    assert (answer.status_code, code_of(answer)) == (404, "NoSuchBucket")
    assert "access-control-allow-origin" not in answer.headers


def test_a_region_of_its_own() -> None:
    with running_store(buckets=BUCKETS, region="eu-west-1") as store:
        form = PostForm(endpoint=store.endpoint, bucket="resumes", key="a", max_size=9)
        statuses = []
        for region in ("eu-west-1", "cn-hangzhou"):
            signed = form.sign_v4(store.credentials, region)
            answer = httpx.post(signed.action, data=dict(signed.fields), files={"file": PDF})
            statuses.append(answer.status_code)
    assert statuses == [204, 400]
    assert store.region == "eu-west-1"


def test_settings_of_the_whole_store() -> None:
    files = {"file": ("a", PDF)}
    with running_store(
        buckets={"inbox": "public-read-write"},
        strict_forms=True,
        leading_slash_keys=True,
        encrypted_at_rest=True,
        anonymous_list=True,
    ) as store:
        url = store.bucket_url("inbox")
        assert httpx.get(url).status_code == 200
        for fields, status in (
            ({"key": "/a"}, 204),
            ({"key": "b", "x-oss-server-side-encryption": "AES256"}, 204),
            ({"key": "c", "x-oss-object-acl": "public-read"}, 403),
        ):
            assert httpx.post(url, data=fields, files=files).status_code == status


def test_two_at_once_know_nothing_of_each_other() -> None:
    with running_store(buckets=BUCKETS) as first, running_store(buckets=BUCKETS) as second:
        assert post(first).status_code == 201
        assert first.keys("resumes") == ["cv.pdf"]
        assert second.keys("resumes") == []
        foreign = post(second, credentials=first.credentials)
        assert code_of(foreign) == "InvalidAccessKeyId"
        assert first.port != second.port


def test_threads_run_stores_of_their_own() -> None:
    def upload(number: int) -> list[str]:
        with running_store(buckets=BUCKETS) as store:
            assert post(store, key=f"{number}.pdf").status_code == 201
            return store.keys("resumes")

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(upload, range(8)))
    assert found == [[f"{number}.pdf"] for number in range(8)]


def test_in_an_asynchronous_test() -> None:
    async def upload() -> int:
        with running_store(buckets=BUCKETS) as store:
            form = PostForm(endpoint=store.endpoint, bucket="resumes", key="a", max_size=9)
            signed = form.sign_v1(store.credentials)
            async with httpx.AsyncClient() as client:
                answer = await client.post(
                    signed.action, data=dict(signed.fields), files={"file": PDF}
                )
            return answer.status_code

    assert asyncio.run(upload()) == 204


def test_the_access_key_that_is_given() -> None:
    given = Credentials("example", "example-secret")
    with running_store(buckets=BUCKETS, credentials=given) as store:
        assert store.credentials == given
        assert post(store, credentials=given).status_code == 201


def test_each_store_has_a_fresh_access_key_and_keeps_its_secret() -> None:
    seen = set()
    for _ in range(2):
        with running_store() as store:
            seen |= {store.access_key_id, store.access_key_secret}
            assert store.access_key_secret not in repr(store)
            assert store.access_key_secret not in repr(store.credentials)
    assert len(seen) == 4


class TestData:
    def test_a_temporary_directory_is_removed(self, temporary: Path) -> None:
        with running_store(buckets=BUCKETS) as store:
            post(store)
            assert len(list(temporary.iterdir())) == 1
        assert list(temporary.iterdir()) == []

    def test_also_after_an_exception(self, temporary: Path) -> None:
        with (
            pytest.raises(ZeroDivisionError),
            running_store(buckets=BUCKETS) as store,
        ):
            raise ZeroDivisionError
        assert list(temporary.iterdir()) == []
        with pytest.raises(httpx.ConnectError):
            httpx.get(store.endpoint)

    def test_also_if_it_does_not_start(
        self, temporary: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PILLARBOX_TEST_UNSAFE", "no-such-switch")
        with pytest.raises(ValueError, match="no-such-switch"), running_store():
            pass
        assert list(temporary.iterdir()) == []

    def test_a_directory_that_is_given_stays(self, tmp_path: Path) -> None:
        directory = tmp_path / "new" / "data"
        with running_store(buckets=BUCKETS, data_dir=directory) as store:
            post(store)
        with running_store(data_dir=str(directory)) as store:
            assert store.read("resumes", "cv.pdf") == PDF
        assert (directory.stat().st_mode & 0o777) == 0o700

    def test_one_store_a_directory(self, tmp_path: Path) -> None:
        with (
            running_store(data_dir=tmp_path),
            pytest.raises(DirectoryInUseError, match="in use"),
            running_store(data_dir=tmp_path),
        ):
            pass


def test_a_port_of_ones_own() -> None:
    with running_store() as store:
        port = store.port
        with pytest.raises(PortUnavailableError), running_store(port=port):
            pass
    with running_store(port=port) as store:
        assert store.endpoint == f"http://127.0.0.1:{port}"
        assert httpx.get(store.endpoint).status_code == 403


def test_it_calls_a_site_on_this_machine(store: RunningStore) -> None:
    with site() as one:
        form = PostForm(
            endpoint=store.endpoint,
            bucket="careers",
            key="called.pdf",
            max_size=1000,
            content_types=("application/pdf",),
            callback=Callback(url=one.url("/uploaded"), body="key=${object}"),
        )
        fields = dict(form.sign_v1(store.credentials).fields)
        file = {"file": ("a.pdf", PDF, "application/pdf")}
        answer = httpx.post(form.action, data=fields, files=file)
    assert (answer.status_code, answer.content) == (200, GOOD)
    (heard,) = one.heard
    keys = CallbackKeys([store.endpoint], oss=False)
    verify_callback(path="/uploaded", query="", headers=heard.headers, body=heard.body, keys=keys)
