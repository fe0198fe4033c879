"""Requests that the root AccessKey signs, down to the header."""

from __future__ import annotations

import http.client
from email.utils import formatdate

from pillarbox.signing import header_v1
from tests.server_process import ServerProcess


def signed_request(
    server: ServerProcess, method: str, target: str, headers: dict[str, str]
) -> http.client.HTTPResponse:
    """Send a request with a V1 signature; the answer was read."""
    path, _, query = target.partition("?")
    _, bucket, key = [*path.split("/", 2), None, None][:3]
    parameters = [
        (name.encode(), value.encode())
        for name, _, value in (item.partition("=") for item in query.split("&") if item)
    ]
    sent = {"Date": formatdate(usegmt=True), "Content-Length": "0", **headers}
    resource = header_v1.canonical_resource(bucket or None, (key or "").encode(), parameters)
    text = header_v1.string_to_sign(
        method, [(name.lower().encode(), value.encode()) for name, value in sent.items()], resource
    )
    signature = header_v1.sign(server.access_key.secret, text)
    sent["Authorization"] = header_v1.authorization(server.access_key.id, signature)
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    try:
        connection.request(method, target, headers=sent)
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()
    return answer
