"""Requests that the root AccessKey signs, down to the header, in either dialect."""

from __future__ import annotations

import http.client
from email.utils import formatdate

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

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
    return _sent(server, method, target, sent)


def s3_signed_request(
    server: ServerProcess, method: str, target: str, headers: dict[str, str]
) -> http.client.HTTPResponse:
    """As `signed_request`, of S3 and with a V4 signature, by AWS's own code."""
    url = f"http://127.0.0.1:{server.port}{target}"
    request = AWSRequest(method, url, headers)
    key = Credentials(server.access_key.id, server.access_key.secret)
    S3SigV4Auth(key, "s3", "us-east-1").add_auth(request)
    return _sent(server, method, target, {**dict(request.headers.items()), "Content-Length": "0"})


def _sent(
    server: ServerProcess, method: str, target: str, headers: dict[str, str]
) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    try:
        connection.request(method, target, headers=headers)
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()
    return answer
