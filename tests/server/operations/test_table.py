import ast
import inspect
import re
import textwrap

import pytest

from pillarbox.access.ram.actions import is_known_action
from pillarbox.model.dialects import S3
from pillarbox.server.operations.actions import Resource
from pillarbox.server.operations.operation import Level, Operation
from pillarbox.server.operations.preflight import preflight
from pillarbox.server.operations.selection import find_operation
from pillarbox.server.operations.table import OPERATIONS
from pillarbox.server.service import Service
from tests.refusing import refused
from tests.server.requests import request

PATHS = {"service": b"/", "bucket": b"/photos", "object": b"/photos/a", "own": b"/-/"}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda op: f"{op.method} {op.name}")
def test_every_operation_is_found(operation: Operation) -> None:
    path = PATHS[operation.level]
    query = b"list-type=2" if operation.sub_resource == "list-type" else b""
    query = query or operation.sub_resource.encode()
    if operation.level is Level.OWN:
        path, query = path + query, b"acl"  # which selects nothing here
    dialect = operation.dialects[0]
    headers = [(dialect.field("date").encode(), b"20261125T000000Z")] if dialect is S3 else []
    if operation.header:
        headers.append((dialect.field(operation.header).encode(), b"x"))
    assert find_operation(request(operation.method, path, query, headers)) is operation


@pytest.mark.parametrize(
    ("method", "path", "query", "name"),
    [
        ("GET", b"/", b"prefix=a", "ListBuckets"),
        ("GET", b"/photos", b"list-type=1", "ListObjects"),
        ("GET", b"/photos", b"list-type", "ListObjects"),
        ("GET", b"/photos", b"acl=", "GetBucketAcl"),
        ("POST", b"/photos/", b"x=y", "PostObject"),
        ("POST", b"/photos", b"", "PostObject"),
        ("GET", b"/photos/a", b"list-type=2", "GetObject"),
        ("GET", b"/photos/a", b"response-content-type=x", "GetObject"),
        ("OPTIONS", b"/photos/a", b"uploads", "OptionObject"),
        ("PUT", b"/photos/a", b"callback=e30%3D&callback-var=e30%3D", "PutObject"),
        ("POST", b"/photos/a", b"append&position=7", "AppendObject"),
        ("POST", b"/photos/a", b"append", "AppendObject"),
        ("GET", b"/photos/a", b"symlink&versionId=null", "GetSymlink"),
        ("PUT", b"/photos/a", b"symlink=", "PutSymlink"),
    ],
)
def test_what_selects_nothing(method: str, path: bytes, query: bytes, name: str) -> None:
    assert find_operation(request(method, path, query)).name == name


@pytest.mark.parametrize(
    ("method", "path", "query", "selected", "level"),
    [
        ("POST", b"/photos", b"metaQuery", "metaQuery", "BUCKET"),
        ("POST", b"/photos/a", b"position=0", "position", "OBJECT"),
        ("POST", b"/photos/a", b"append&acl", "acl", "OBJECT"),
        ("DELETE", b"/photos", b"cname", "cname", "BUCKET"),
        ("DELETE", b"/photos", b"newer-than-this-server", "newer-than-this-server", "BUCKET"),
        ("PUT", b"/photos/a", b"tagging&acl", "tagging&acl", "OBJECT"),
        ("DELETE", b"/photos/a", b"acl", "acl", "OBJECT"),
        ("GET", b"/", b"resourcePool", "resourcePool", "SERVICE"),
        ("PUT", b"/photos/a", b"callback", "callback", "OBJECT"),
        ("GET", b"/photos/a", b"callback=e30%3D", "callback", "OBJECT"),
        ("PUT", b"/photos", b"callback=e30%3D", "callback", "BUCKET"),
        ("POST", b"/photos", b"callback=e30%3D", "callback", "BUCKET"),
    ],
)
def test_what_is_not_served(
    method: str, path: bytes, query: bytes, selected: str, level: str
) -> None:
    message = f"The operation {method} ?{selected} is not implemented."
    with refused("NotImplemented", 501, message, Method=method, ResourceType=level):
        find_operation(request(method, path, query))


@pytest.mark.parametrize(
    ("method", "path", "allow", "level"),
    [
        ("POST", b"/photos/a", "DELETE, GET, HEAD, OPTIONS, PUT", "OBJECT"),
        ("PUT", b"/", "GET", "SERVICE"),
        ("PATCH", b"/photos", "DELETE, GET, HEAD, OPTIONS, POST, PUT", "BUCKET"),
        ("TRACE", b"/photos/a", "DELETE, GET, HEAD, OPTIONS, PUT", "OBJECT"),
        ("PUT", b"/-/upload.js", "GET, HEAD", "OWN"),
    ],
)
def test_verbs_that_mean_nothing_here(method: str, path: bytes, allow: str, level: str) -> None:
    message = "The specified method is not allowed against this resource."
    with pytest.raises(Exception) as caught:
        find_operation(request(method, path))
    assert caught.value.headers == {"Allow": allow}  # type: ignore[attr-defined]
    with refused("MethodNotAllowed", 405, message, Method=method, ResourceType=level):
        raise caught.value


@pytest.mark.parametrize("path", [b"/-/", b"/-/upload.js/", b"/-/none", b"/-/upload%2Ejs"])
def test_what_the_service_does_not_have(path: bytes) -> None:
    key = path[1:].decode()
    message = "The specified key does not exist."
    with refused("NoSuchKey", 404, message, ec="0026-00000001", Key=key):
        find_operation(request("GET", path))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda op: f"{op.method} {op.name}")
def test_every_operation_decides_who_may(operation: Operation) -> None:
    """CVE-2026-34204: of two sibling handlers one forgot the signature.

    Each handler, or a function of its module or of the service that it calls, asks who calls.
    """
    if operation.handler is preflight:
        return  # it tells nothing but that there is no rule
    if operation.level is Level.OWN:
        assert operation.method in ("GET", "HEAD")  # what everybody may read
        return
    assert _asks(operation.handler.__name__, inspect.getmodule(operation.handler), set())


def test_what_every_operation_asks_of_the_rules() -> None:
    """Nothing for a preflight and the service's own, which are for anybody."""
    for operation in OPERATIONS:
        for_anybody = operation.level is Level.OWN or operation.handler is preflight
        assert bool(operation.actions) is not for_anybody, operation.name
        for name, _ in operation.actions + operation.extras:
            assert re.fullmatch(r"(oss|sts):[A-Z][A-Za-z]+", name)
            assert is_known_action(name)


def test_no_action_is_asked_of_what_is_not_addressed() -> None:
    of_bucket = {Resource.BUCKET, Resource.KEY}  # a form and a list of keys name theirs in the body
    askable = {
        Level.SERVICE: {Resource.SERVICE, Resource.ROLE},
        Level.BUCKET: of_bucket,
        Level.OBJECT: {Resource.KEY, Resource.SOURCE},
        Level.OWN: set(),
    }
    for operation in OPERATIONS:
        asked = {resource for _, resource in operation.actions + operation.extras}
        assert asked <= askable[operation.level]


#: What finds out who signed: requests, forms, and calls of STS in their two ways.
_AUTHENTICATING = {"caller", "authenticate_form", "authenticate_rpc", "authenticate_acs3"}


def _asks(name: str, module: object, seen: set[str]) -> bool:
    function = getattr(module, name, None) or getattr(Service, name, None)
    if name in seen or not inspect.isfunction(function):
        return False
    seen.add(name)
    called = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function))))
        if isinstance(node, ast.Call)
    }
    return bool(called & _AUTHENTICATING) or any(_asks(inner, module, seen) for inner in called)
