"""What the SDKs raise when something is wrong: what they raise for OSS, under V1 and V4."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import Any

import alibabacloud_oss_v2 as oss
import oss2
import pytest

from tests.clients.ali_oss import AliOss, needs_ali_oss
from tests.clients.test_oss_v2 import client_of
from tests.server_process import ServerProcess

LATE = datetime.timedelta(minutes=20)

#: What is wrong -> status and code.
WRONG = {
    "secret": (403, "SignatureDoesNotMatch"),
    "id": (403, "InvalidAccessKeyId"),
    "early clock": (403, "RequestTimeTooSkewed"),
    "late clock": (403, "RequestTimeTooSkewed"),
    "bucket": (404, "NoSuchBucket"),
    "key": (404, "NoSuchKey"),
    "version": (404, "NoSuchVersion"),
}
#: oss2 has no class of its own for the others.
OSS2_CLASSES = {
    "SignatureDoesNotMatch": oss2.exceptions.SignatureDoesNotMatch,
    "NoSuchBucket": oss2.exceptions.NoSuchBucket,
    "NoSuchKey": oss2.exceptions.NoSuchKey,
}
OFFSETS = {"early clock": -LATE, "late clock": LATE}

#: Of Node: `new Date()` is so many milliseconds off.
SHIFTED = """
const Real = Date;
globalThis.Date = class extends Real {
  constructor(...given) {
    if (given.length) super(...given);
    else super(Real.now() + %d);
  }
};
"""

each_wrong = pytest.mark.parametrize("wrong", WRONG)
each_version = pytest.mark.parametrize("version", ["v1", "v4"])


def asked(server: ServerProcess, bucket: oss2.Bucket, wrong: str) -> SimpleNamespace:
    """Who asks for what, all right but for what is wrong."""
    return SimpleNamespace(
        id="nobody" if wrong == "id" else server.access_key.id,
        secret="wrong" if wrong == "secret" else server.access_key.secret,
        bucket="nobody-made-it" if wrong == "bucket" else bucket.bucket_name,
        key="none" if wrong == "key" else "a",
        version="0" * 32 if wrong == "version" else None,
    )


@contextmanager
def clock(monkeypatch: pytest.MonkeyPatch, offset: datetime.timedelta) -> Iterator[None]:
    """The SDKs' clock is off in this process; nobody else's."""

    class Shifted(datetime.datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.datetime.now(tz) + offset

        @classmethod
        def utcnow(cls) -> Any:
            return datetime.datetime.now(datetime.UTC).replace(tzinfo=None) + offset

    shifted = SimpleNamespace(**{**vars(datetime), "datetime": Shifted})
    with monkeypatch.context() as patching:
        date = (Shifted.now(datetime.UTC)).timestamp()
        patching.setattr("oss2.utils.http_date", lambda: oss2.http_date(date))
        patching.setattr("oss2.auth.datetime", Shifted)
        for module in ("v1", "v4"):
            patching.setattr(f"alibabacloud_oss_v2.signer.{module}.datetime", shifted)
        yield


def at(monkeypatch: pytest.MonkeyPatch, wrong: str) -> Any:
    offset = OFFSETS.get(wrong)
    return nullcontext() if offset is None else clock(monkeypatch, offset)


@pytest.fixture
def filled(bucket: oss2.Bucket) -> oss2.Bucket:
    """A bucket with the object `a`."""
    bucket.put_object("a", b"old")
    return bucket


@each_version
@each_wrong
def test_oss2(
    module_server: ServerProcess,
    filled: oss2.Bucket,
    monkeypatch: pytest.MonkeyPatch,
    wrong: str,
    version: str,
) -> None:
    own = asked(module_server, filled, wrong)
    auth = (oss2.AuthV4 if version == "v4" else oss2.Auth)(own.id, own.secret)
    bucket = oss2.Bucket(auth, module_server.base_url, own.bucket, region="cn-hangzhou")
    params = {"versionId": own.version} if own.version else None
    for call in (bucket.get_object, bucket.head_object):
        with at(monkeypatch, wrong), pytest.raises(oss2.exceptions.ServerError) as raised:
            call(own.key, params=params)
        status, code = WRONG[wrong]
        assert (raised.value.status, raised.value.code) == (status, code)
        assert type(raised.value) is OSS2_CLASSES.get(code, oss2.exceptions.ServerError)
        assert len(raised.value.request_id) == 24


@each_version
@each_wrong
def test_oss_v2(
    module_server: ServerProcess,
    filled: oss2.Bucket,
    monkeypatch: pytest.MonkeyPatch,
    wrong: str,
    version: str,
) -> None:
    own = asked(module_server, filled, wrong)
    keys = oss.credentials.StaticCredentialsProvider(own.id, own.secret)
    client = client_of(module_server, version, credentials_provider=keys)
    calls: tuple[tuple[Callable[..., Any], Any], ...] = (
        (client.get_object, oss.GetObjectRequest),
        (client.head_object, oss.HeadObjectRequest),
    )
    for call, request in calls:
        with at(monkeypatch, wrong), pytest.raises(oss.exceptions.OperationError) as raised:
            call(request(bucket=own.bucket, key=own.key, version_id=own.version))
        error = raised.value.unwrap()
        assert isinstance(error, oss.exceptions.ServiceError)
        assert (error.status_code, error.code) == WRONG[wrong]
        assert len(error.request_id) == 24


@needs_ali_oss
@each_version
@each_wrong
def test_ali_oss(
    module_server: ServerProcess,
    filled: oss2.Bucket,
    monkeypatch: pytest.MonkeyPatch,
    wrong: str,
    version: str,
) -> None:
    own = asked(module_server, filled, wrong)
    ali = AliOss(
        module_server,
        own.bucket,
        accessKeyId=own.id,
        accessKeySecret=own.secret,
        authorizationV4=version == "v4",
        region="oss-cn-hangzhou",
    )
    if wrong in OFFSETS:
        script = SHIFTED % (OFFSETS[wrong] / datetime.timedelta(milliseconds=1))
        url = f"data:text/javascript,{oss2.compat.urlquote(script)}"
        monkeypatch.setenv("NODE_OPTIONS", f"--import={url}")
    subres = {"subres": {"versionId": own.version}} if own.version else {}
    (raised,) = ali.run(("get", own.key, None, subres))
    status, code = WRONG[wrong]
    assert (raised["status"], raised["code"], raised["name"]) == (status, code, f"{code}Error")
    assert len(raised["requestId"]) == 24
