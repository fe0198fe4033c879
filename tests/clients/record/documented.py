"""Forms made by hand from documentation, where no program is to be had."""

from __future__ import annotations

import socket
from pathlib import Path

from tests.clients.record.capture import CaptureServer
from tests.clients.record.forms import usual_form

_BOUNDARY = "-----------------------1451629200000"


def send_oss2_sample(server: CaptureServer, file: Path) -> None:
    """oss2's sample: fields that no condition names, an empty token, a final line end."""
    form = usual_form(server.endpoint, "oss2-sample", success_status=None)
    key, *signing = form.fields.items()
    fields = [
        key,
        *signing,
        ("Content-Disposition", "attachment;filename=letter.txt"),
        ("x-oss-meta-uuid", "uuid-xxx"),
        ("x-oss-security-token", ""),
    ]
    body = "".join(
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields
    ).encode()
    body += (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; '
        f'filename="{file.name}"\r\nContent-Type: application/octet-stream\r\n\r\n'
    ).encode()
    body += file.read_bytes() + f"\r\n--{_BOUNDARY}--\r\n".encode()
    head = (
        f"POST /example-bucket HTTP/1.1\r\nHost: {server.host}\r\n"
        f"Content-Type: multipart/form-data; boundary={_BOUNDARY}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    ).encode()
    host, port = server.host.split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(head + body)
        connection.recv(1000)
