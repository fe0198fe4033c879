"""One call of AssumeRole, at Pillarbox's or any other STS (STS: "AssumeRole").

It is signed as all services of STS understand it: a form by POST, with the signature among its
parameters.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from pillarbox.client.errors import ForeignAnswerError, RefusedError, UnreachableError
from pillarbox.client.network import reason_of
from pillarbox.forms.endpoint import service_url
from pillarbox.forms.policy_signature import check_credentials
from pillarbox.forms.signed_form import Credentials
from pillarbox.model.limits import KIB
from pillarbox.signing import rpc

_ACTION = {"Action": "AssumeRole", "Version": "2015-04-01", "Format": "JSON"}
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_MAX_ANSWER_SIZE = 64 * KIB


@dataclass(frozen=True, slots=True)
class RoleCall:
    """What is asked of STS.

    Attributes:
        endpoint: URL of the service: that of a Pillarbox, or such as `https://sts.aliyuncs.com`.
        role_arn: such as `acs:ram::1234567890123456:role/uploader`.
        session_name: 2 to 64 letters, digits or `.@_-`, under which logs show the session.
        seconds: that the session lasts, from 900 to the role's maximum.
        policy: JSON of a policy that narrows the session further; None for none.
    """

    endpoint: str
    role_arn: str
    session_name: str
    seconds: int = 3600
    policy: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class TemporaryCredentials:
    """What STS gave.

    Attributes:
        expires: aware, UTC, by the clock of STS.
    """

    credentials: Credentials
    expires: datetime


def assume_role(
    http: httpx.Client, call: RoleCall, caller: Credentials, now: datetime
) -> TemporaryCredentials:
    """The credentials of a new session.

    Args:
        caller: who may assume the role.
        now: aware.

    Raises:
        ValueError: for an endpoint or a caller that can't be.
        RefusedError: STS says no; its `code` is such as `NoPermission`.
        UnreachableError: no answer came.
        ForeignAnswerError: an answer came that no STS gives.
    """
    check_credentials(caller)
    url = service_url(call.endpoint)
    origin = url.rstrip("/")
    try:
        with http.stream("POST", url, data=_signed(call, caller, now)) as response:
            status, body = response.status_code, bytearray()
            for piece in response.iter_raw():
                body += piece
                if len(body) > _MAX_ANSWER_SIZE:
                    raise ForeignAnswerError(origin, status, "it is longer than STS answers")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnreachableError(origin, reason_of(error)) from error
    return _read(origin, status, bytes(body))


def _signed(call: RoleCall, caller: Credentials, now: datetime) -> dict[str, str]:
    parameters = {
        **_ACTION,
        "RoleArn": call.role_arn,
        "RoleSessionName": call.session_name,
        "DurationSeconds": str(call.seconds),
        "AccessKeyId": caller.access_key_id,
        "SignatureMethod": rpc.METHOD,
        "SignatureVersion": rpc.VERSION,
        "SignatureNonce": str(uuid.uuid4()),
        "Timestamp": now.astimezone(UTC).strftime(_TIME),
    }
    if call.policy is not None:
        parameters["Policy"] = call.policy
    if caller.security_token is not None:
        parameters["SecurityToken"] = caller.security_token
    text = rpc.string_to_sign("POST", parameters)
    return parameters | {"Signature": rpc.sign(caller.access_key_secret, text)}


def _read(origin: str, status: int, body: bytes) -> TemporaryCredentials:
    try:
        document = json.loads(body)
        if not isinstance(document, dict):
            raise TypeError
        if status != httpx.codes.OK:
            raise _refused(status, document)
        given = document["Credentials"]
        credentials = Credentials(
            _text(given, "AccessKeyId"),
            _text(given, "AccessKeySecret"),
            _text(given, "SecurityToken"),
        )
        check_credentials(credentials)
        expires = datetime.strptime(_text(given, "Expiration"), _TIME).replace(tzinfo=UTC)
    except (ValueError, KeyError, TypeError):
        # Whatever it is, it may hold a secret: nothing of it is repeated.
        raise ForeignAnswerError(origin, status, "it is no answer of STS") from None
    return TemporaryCredentials(credentials, expires)


def _refused(status: int, document: dict[str, Any]) -> RefusedError:
    return RefusedError(
        status,
        _text(document, "Code"),
        str(document.get("Message", "")),
        str(document.get("RequestId", "")),
    )


def _text(members: dict[str, Any], name: str) -> str:
    text = members[name]
    if not isinstance(text, str):
        raise TypeError
    return text
