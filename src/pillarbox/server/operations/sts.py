"""AssumeRole over HTTP: temporary credentials for a role (STS: "AssumeRole").

Clients sign in two ways: with all parameters in the query or in a form, the signature among them;
or in the header Authorization, with the operation's name in `x-acs-action`. Answers are JSON or XML
as the parameter Format says, and their request ids are UUIDs.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from urllib.parse import parse_qsl

from pillarbox.access.assume_role import Credentials, StsRefusal, assume_role, read_request
from pillarbox.access.caller import Caller
from pillarbox.access.sts_authentication import authenticate_acs3, authenticate_rpc
from pillarbox.model import refusals
from pillarbox.model.limits import KIB
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.request import Request
from pillarbox.server.request_context import request_context
from pillarbox.server.service import Service
from pillarbox.wire_xml.tree import Node

_MAX_BODY = 64 * KIB
_ACTION = "AssumeRole"
_VERSION = "2015-04-01"

Members = Mapping[str, "str | Mapping[str, str]"]


async def call_sts(request: Request, service: Service) -> Answer:
    """Temporary credentials for a role that trusts the caller; signed as STS calls are."""
    body = await request.body.read_all(_MAX_BODY, refusals.METHOD_NOT_ALLOWED())
    query = {name.decode(): value.decode("utf-8", "replace") for name, value in _query(request)}
    parameters = {**query, **_form(request, body)}
    is_acs3 = _is_acs3(request, parameters)
    if not is_acs3 and "Action" not in parameters:
        refusal = refusals.METHOD_NOT_ALLOWED(Method=request.method, ResourceType="SERVICE")
        refusal.headers["Allow"] = "GET"
        raise refusal
    as_json = parameters.get("Format", "JSON" if is_acs3 else "XML").upper() == "JSON"
    try:
        if is_acs3:
            caller = await _acs3_caller(request, service, query, body)
        else:
            caller = await authenticate_rpc(
                request.method, parameters, service.signers, service.nonces, service.now()
            )
        request.record.access_key_id = caller.access_key_id
        credentials = await _assume(request, service, caller, parameters, is_acs3=is_acs3)
    except StsRefusal as refusal:
        return _refused(request, refusal, as_json=as_json)
    return _answer(credentials, as_json=as_json)


def _is_acs3(request: Request, parameters: Mapping[str, str]) -> bool:
    """Whether the call is signed in its header.

    SDK: alibabacloud-tea-openapi names the operation in `x-acs-action` also where it signs the
    older way, without a header Authorization.
    """
    if request.headers.raw("x-acs-action") is None:
        return False
    return request.headers.raw("authorization") is not None or "Action" not in parameters


async def _acs3_caller(
    request: Request, service: Service, query: Mapping[str, str], body: bytes
) -> Caller:
    headers = {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in reversed(request.headers.items)
    }
    return await authenticate_acs3(
        request.method, query, headers, body, service.signers, service.nonces, service.now()
    )


async def _assume(
    request: Request,
    service: Service,
    caller: Caller,
    parameters: Mapping[str, str],
    *,
    is_acs3: bool,
) -> Credentials:
    get = parameters.get
    header = request.headers.get
    action = (header("x-acs-action") if is_acs3 else get("Action")) or ""
    version = (header("x-acs-version") if is_acs3 else get("Version")) or ""
    if (action, version) != (_ACTION, _VERSION):
        raise StsRefusal(
            "InvalidAction.NotFound",
            404,
            f"Specified api is not found: {action[:64]} of {version[:64]}; "
            f"{_ACTION} of {_VERSION} is served.",
        )
    wanted = read_request(
        get("RoleArn") or "",
        get("RoleSessionName") or "",
        get("DurationSeconds") or "",
        get("Policy") or "",
    )
    context = request_context(request, service.now())
    return await assume_role(wanted, caller, context, service.store.role, service.tokens)


def _query(request: Request) -> list[tuple[bytes, bytes]]:
    """Of repeated parameters the first counts, and is what was signed."""
    return list(reversed(request.query.pairs))


def _form(request: Request, body: bytes) -> dict[str, str]:
    kind = (request.headers.get("content-type") or "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return {}
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    return dict(reversed(pairs))


def _answer(credentials: Credentials, *, as_json: bool) -> Answer:
    session = credentials.session
    members: Members = {
        "RequestId": _request_id(),
        "AssumedRoleUser": {
            "Arn": f"acs:ram::{session.account_id}:role/{session.role}/{session.name}",
            "AssumedRoleId": f"{session.account_id}:{session.name}",
        },
        "Credentials": {
            "AccessKeyId": session.access_key_id,
            "AccessKeySecret": credentials.secret,
            "SecurityToken": credentials.token,
            "Expiration": session.expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
    }
    return _document("AssumeRoleResponse", members, 200, as_json=as_json)


def _refused(request: Request, refusal: StsRefusal, *, as_json: bool) -> Answer:
    members = {
        "RequestId": _request_id(),
        "HostId": request.host[:255],
        "Code": refusal.code,
        "Message": refusal.message,
    }
    answer = _document("Error", members, refusal.status, as_json=as_json)
    answer.code = refusal.code
    return answer


def _document(root: str, members: Members, status: int, *, as_json: bool) -> Answer:
    if as_json:
        body = json.dumps(members).encode("utf-8")
        return Answer(status, [("Content-Type", "application/json"), _NOT_KEPT], body)
    nodes: list[Node] = [
        (name, value if isinstance(value, str) else list(value.items()))
        for name, value in members.items()
    ]
    return answers.document(status, (root, nodes), [_NOT_KEPT])


#: Secrets belong into no cache on the way.
_NOT_KEPT = ("Cache-Control", "no-store")


def _request_id() -> str:
    return str(uuid.uuid4()).upper()
