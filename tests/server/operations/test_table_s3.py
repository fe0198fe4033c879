"""Which operation a request of S3 names, for every operation that AWS's SDK knows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

import pytest
from botocore.loaders import Loader

from pillarbox.model.dialects import OSS, S3
from pillarbox.model.refusals import Refusal
from pillarbox.server.operations.operation import Level, Operation
from pillarbox.server.operations.selection import find_operation
from pillarbox.server.operations.table import OPERATIONS
from tests.refusing import refused
from tests.server.operations.test_table import PATHS
from tests.server.requests import request

SIGNED = (b"x-amz-date", b"20261125T000000Z")
#: Older names of operations with one and the same request.
ALIASES = {
    "GetBucketLifecycle": "GetBucketLifecycleConfiguration",
    "PutBucketLifecycle": "PutBucketLifecycleConfiguration",
    "GetBucketNotification": "GetBucketNotificationConfiguration",
    "PutBucketNotification": "PutBucketNotificationConfiguration",
}
#: AWS serves these on hosts of their own, where nothing else is; no client sends them elsewhere.
ON_OTHER_HOSTS = {"ListDirectoryBuckets", "WriteGetObjectResponse"}
#: The SDK has no name for a form and for what a browser asks first.
OF_BROWSERS = {"PostObject", "OptionObject"}


@cache
def sdk() -> Mapping[str, Any]:
    """AWS's description of S3, as its SDK for Python has it."""
    model: Mapping[str, Any] = Loader().load_service_model("s3", "service-2")
    return model


def names() -> list[str]:
    return sorted(sdk()["operations"].keys() - ALIASES.keys() - ON_OTHER_HOSTS)


def found(name: str) -> str | None:
    """The name of the operation that the SDK's request finds, None if it is not implemented."""
    operation = sdk()["operations"][name]
    path, _, query = operation["http"]["requestUri"].partition("?")
    members = sdk()["shapes"].get(operation.get("input", {}).get("shape"), {})
    required = [members["members"][member] for member in members.get("required", ())]
    parameters = [m["locationName"] for m in required if m.get("location") == "querystring"]
    headers = [m["locationName"] for m in required if m.get("location") == "header"]
    items = [*filter(None, [query]), *(f"{name}=1" for name in parameters)]
    target = path.replace("{Bucket}", "photos").replace("{Key+}", "a").encode()
    sent = [SIGNED, *((header.lower().encode(), b"/photos/b") for header in headers)]
    try:
        method = operation["http"]["method"]
        return find_operation(request(method, target, "&".join(items).encode(), sent)).name_in(S3)
    except Refusal as refusal:
        if refusal.status != HTTPStatus.NOT_IMPLEMENTED:
            raise
        return None


@pytest.mark.parametrize("name", names())
def test_no_request_acts_as_another_operation(name: str) -> None:
    assert found(name) in (name, None)


def test_every_operation_has_the_name_that_s3_gave_it() -> None:
    served = {operation.name_in(S3) for operation in OPERATIONS if S3 in operation.dialects}
    of_our_own = {operation.name for operation in OPERATIONS if operation.level is Level.OWN}
    assert served - of_our_own - OF_BROWSERS == {name for name in names() if found(name)}


@pytest.mark.parametrize("query", [b"acl&partNumber=1", b"torrent"])
def test_an_argument_that_means_other_bytes(query: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        find_operation(request("GET", b"/photos/a", query, [SIGNED]))
    assert caught.value.code == "NotImplemented"


@pytest.mark.parametrize(
    ("method", "query", "name"),
    [
        ("GET", b"versionId=null", "GetObject"),
        ("GET", b"x-id=GetObject", "GetObject"),
        ("PUT", b"x-id=PutObject", "PutObject"),
        ("PUT", b"callback=e30%3D", "PutObject"),
        ("DELETE", b"versionId=null", "DeleteObject"),
        ("GET", b"acl&versionId=null", "GetObjectACL"),
        ("GET", b"versionId=x&tagging", "GetObjectTagging"),
    ],
)
def test_what_selects_nothing(method: str, query: bytes, name: str) -> None:
    assert find_operation(request(method, b"/photos/a", query, [SIGNED])).name == name


@pytest.mark.parametrize(
    "operation",
    [op for op in OPERATIONS if op.dialects == (OSS,)],
    ids=lambda op: f"{op.method} {op.name} {op.sub_resource}",
)
def test_what_oss_alone_has(operation: Operation) -> None:
    message = f"The operation {operation.name} is OSS's: ask for it in OSS's dialect."
    level = operation.level.value.upper()
    expected = refused("NotImplemented", 501, message, Method=operation.method, ResourceType=level)
    if operation.name == "AssumeRole":
        # Whatever the client meant: it asks a 5xx again.
        expected = refused("MethodNotAllowed", 405, Method=operation.method, ResourceType="SERVICE")
    with expected:
        query = operation.sub_resource.encode()
        find_operation(request(operation.method, PATHS[operation.level], query, [SIGNED]))


def test_what_is_the_services_own_belongs_to_no_dialect() -> None:
    assert find_operation(request("GET", b"/-/upload.js", b"", [SIGNED])).name == "GetUploadScript"
