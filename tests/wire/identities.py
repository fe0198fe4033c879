"""Accounts, users and roles of a running store, and requests that they sign."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from pillarbox.model.objects import AccessKey
from pillarbox.signing import header_v1, rpc
from pillarbox.storage.identities import Identities
from tests.server_process import ServerProcess
from tests.signing.vectors import KEY_ID, SECRET
from tests.wire.raw_http import Headers, RawAnswer, request
from tests.wire.rest import now
from tests.wire.signatures import policy_field, v1_fields
from tests.wire.store_client import FORM_TYPE, form

_VERSION = "2015-04-01"


@dataclass(frozen=True)
class Signer:
    """Who signs requests to the store on a port; nobody without a key.

    Attributes:
        token: of temporary credentials.
    """

    port: int
    key_id: str | None = None
    secret: str = field(default="", repr=False)
    token: str | None = field(default=None, repr=False)

    def send(
        self,
        method: str,
        path: str,
        query: str = "",
        headers: Headers = (),
        body: bytes = b"",
    ) -> RawAnswer:
        """A request with a V1 signature in its header; `path` is decoded, `query` is not."""
        own = list(headers)
        if self.key_id is not None:
            own.append((b"Date", now()))
            if self.token is not None:
                own.append((b"x-oss-security-token", self.token.encode()))
            own.append((b"Authorization", self._authorization(method, path, query, own)))
        target = quote(path) + (f"?{query}" if query else "")
        return request(self.port, method.encode(), target.encode(), own, body)

    def post(
        self,
        bucket: str,
        fields: Mapping[str, str],
        content: bytes = b"bytes",
        headers: Headers = (),
    ) -> RawAnswer:
        """A form with a V1 signature of a policy that lets anything pass."""
        return request(
            self.port,
            b"POST",
            f"/{bucket}".encode(),
            [(b"Content-Type", FORM_TYPE), *headers],
            self.form(fields, content),
        )

    def form(self, fields: Mapping[str, str], content: bytes = b"bytes") -> bytes:
        """The body of such a form."""
        signed: dict[str, str] = {}
        if self.key_id is not None:
            signed = v1_fields(
                self.key_id, self.secret, policy_field([["starts-with", "$key", ""]])
            )
        if self.token is not None:
            signed["x-oss-security-token"] = self.token
        return form({**fields, **signed}, content)

    def assume(self, role_arn: str, session_policy: str | None = None) -> Signer:
        """Who signs in a session of a role, by AssumeRole."""
        answer = self.call_sts(role_arn, session_policy)
        assert answer.status == 200, answer.body
        given = json.loads(answer.body)["Credentials"]
        return Signer(
            self.port, given["AccessKeyId"], given["AccessKeySecret"], given["SecurityToken"]
        )

    def call_sts(
        self,
        role_arn: str,
        session_policy: str | None = None,
        *,
        method: str = "POST",
        in_query: bool = False,
    ) -> RawAnswer:
        """The answer to AssumeRole as a signed RPC, all of it in a form or in the query."""
        assert self.key_id is not None
        parameters = {
            "Action": "AssumeRole",
            "Version": _VERSION,
            "Format": "JSON",
            "RoleArn": role_arn,
            "RoleSessionName": "app",
            "AccessKeyId": self.key_id,
            "SignatureMethod": rpc.METHOD,
            "SignatureVersion": rpc.VERSION,
            "SignatureNonce": str(uuid.uuid4()),
            "Timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        if session_policy is not None:
            parameters["Policy"] = session_policy
        parameters["Signature"] = rpc.sign(self.secret, rpc.string_to_sign(method, parameters))
        if in_query:
            target = f"/?{urlencode(parameters)}"
            return request(self.port, method.encode(), target.encode())
        form_type = [(b"Content-Type", b"application/x-www-form-urlencoded")]
        return request(self.port, method.encode(), b"/", form_type, urlencode(parameters).encode())

    def _authorization(self, method: str, path: str, query: str, own: Headers) -> bytes:
        assert self.key_id is not None
        bucket, _, key = path.removeprefix("/").partition("/")
        pairs = [(n.encode(), v.encode()) for n, v in parse_qsl(query, keep_blank_values=True)]
        resource = header_v1.canonical_resource(bucket or None, key.encode(), pairs)
        lower = [(name.lower(), value) for name, value in own]
        text = header_v1.string_to_sign(method, lower, resource)
        return header_v1.authorization(self.key_id, header_v1.sign(self.secret, text)).encode()


@contextmanager
def identities_of(data_dir: Path) -> Iterator[Identities]:
    """The operator's door, beside the running server."""
    door = Identities(data_dir)
    try:
        yield door
    finally:
        door.close()


@contextmanager
def served_identities(data_dir: Path, options: Sequence[str]) -> Iterator[tuple[int, Identities]]:
    """The port of a server with the AccessKey of `vectors`, and the operator's door beside it."""
    server = ServerProcess(data_dir, options, access_key=AccessKey(KEY_ID, SECRET, ""))
    try:
        with identities_of(data_dir) as door:
            yield server.port, door
        server.stop()
    finally:
        server.end()


def new_user(port: int, door: Identities, account: str, name: str, *policies: str) -> Signer:
    """A user with a key, to whom these documents are attached."""
    door.create_user(account, name)
    for number, document in enumerate(policies):
        door.attach(account, "user", name, f"policy-{number}", document)
    key = door.create_key(account, name)
    return Signer(port, key.id, key.secret)


def new_role(door: Identities, account: str, name: str, trusted: str, *policies: str) -> str:
    """A role which a principal may assume, with these documents; its ARN."""
    door.put_role(account, name, trust(trusted), 3600)
    for number, document in enumerate(policies):
        door.attach(account, "role", name, f"policy-{number}", document)
    return f"acs:ram::{account}:role/{name}"


def allow(*actions: str, resource: str = "acs:oss:*:*:*", **more: Any) -> str:
    """A document of one statement, which allows."""
    return document({"Effect": "Allow", "Action": list(actions), "Resource": resource, **more})


def document(*statements: Mapping[str, Any]) -> str:
    """A document of these statements."""
    return json.dumps({"Version": "1", "Statement": list(statements)})


def trust(principal: str) -> str:
    """A trust policy for one principal."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    return document(statement)
