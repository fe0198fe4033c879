"""The table of clients: how each is run, what it is, and what is to become of its form."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.clients.record import browser, command_line, documented, python_libraries
from tests.clients.record.capture import CaptureServer
from tests.clients.record.forms import CONTENT, FILENAME, Expected, usual_key

Send = Callable[[CaptureServer, Path], None]


@dataclass(frozen=True, slots=True)
class Client:
    """One client.

    Attributes:
        version: asked when it is recorded.
        send: makes the client post its form to the server, with the file at the path.
        note: what is worth knowing about its form.
    """

    name: str
    version: Callable[[], str]
    send: Send
    expected: Expected
    note: str
    v4: bool = False

    def record(self) -> bytes:
        """The request that the client sends."""
        with tempfile.TemporaryDirectory() as directory, CaptureServer() as server:
            file = Path(directory) / FILENAME
            file.write_bytes(CONTENT)
            self.send(server, file)
            return server.form()


def _accepted(client: str, status: int = 201) -> Expected:
    return Expected(status, usual_key(client))


CLIENTS = (
    Client(
        "ali-oss-v1",
        command_line.npm_version("ali-oss"),
        command_line.send_ali_oss_v1,
        Expected(200, usual_key("ali-oss-v1"), b"hello from ali-oss"),
        "calculatePostSignature; the file is appended as a string: a part without filename",
    ),
    Client(
        "ali-oss-v4",
        command_line.npm_version("ali-oss"),
        command_line.send_ali_oss_v4,
        Expected(200, usual_key("ali-oss-v4"), b"hello from ali-oss"),
        "signPostObjectPolicyV4, fields in the order of its README",
        v4=True,
    ),
    Client(
        "go-sample",
        command_line.go_version,
        command_line.send_go,
        Expected(204, usual_key("go-sample"), b"hi oss"),
        "the fields of the Go SDK v2's sample by mime/multipart; a file part without filename",
        v4=True,
    ),
    Client(
        "java-sample",
        command_line.java_version,
        command_line.send_java,
        _accepted("java-sample"),
        "the documented Java program's shape: a fixed boundary, Content-MD5 of the whole body",
    ),
    Client(
        "html-sample",
        browser.chromium_version,
        browser.send_html_sample,
        Expected(201, 'recorded/Grüße "an" alle.txt'),
        "the documentation's page in Chromium: text inputs, empty redirect, submit after the file",
    ),
    Client(
        "oss2-sample",
        lambda: "documented",
        documented.send_oss2_sample,
        _accepted("oss2-sample", 204),
        "made from the documentation: oss2's sample body, an empty x-oss-security-token",
    ),
    Client(
        "rc-upload",
        command_line.npm_version("rc-upload"),
        browser.send_rc_upload,
        _accepted("rc-upload"),
        "what antd's Upload sends: X-Requested-With, the data's fields, the file",
    ),
    Client(
        "plupload",
        command_line.npm_version("plupload"),
        browser.send_plupload,
        _accepted("plupload"),
        "`name` comes first and stands in no condition",
    ),
    Client(
        "dropzone",
        command_line.npm_version("dropzone"),
        browser.send_dropzone,
        _accepted("dropzone"),
        "params (a function: an object gets lost in 6.3.5), then the file",
    ),
    Client(
        "filepond",
        command_line.npm_version("filepond"),
        browser.send_filepond,
        _accepted("filepond"),
        "with an `ondata` that puts the fields before the file and leaves the metadata out",
    ),
    Client(
        "filepond-metadata",
        command_line.npm_version("filepond"),
        browser.send_filepond_metadata,
        Expected(400, code="IncorrectNumberOfFilesInPOSTRequest"),
        "without such an `ondata`: its metadata is a text part that is named `file` too",
    ),
    Client(
        "uppy-xhr-upload",
        command_line.npm_version("@uppy/xhr-upload"),
        browser.send_uppy,
        _accepted("uppy-xhr-upload"),
        "the meta fields, of which name, type and others stand in no condition, then the file",
    ),
    Client(
        "requests",
        python_libraries.version_of("requests"),
        python_libraries.send_requests,
        _accepted("requests"),
        "fields given as data",
    ),
    Client(
        "requests-files",
        python_libraries.version_of("requests"),
        python_libraries.send_requests_files,
        _accepted("requests-files"),
        "fields given as files: each part has a filename, only `file` is the file",
    ),
    Client(
        "httpx",
        python_libraries.version_of("httpx"),
        python_libraries.send_httpx,
        _accepted("httpx"),
        "fields given as data",
    ),
    Client(
        "curl",
        command_line.curl_version,
        command_line.send_curl,
        _accepted("curl"),
        "-F for each field",
    ),
    Client(
        "node-fetch",
        command_line.node_version,
        command_line.send_node_fetch,
        _accepted("node-fetch"),
        "Node's own fetch and FormData (undici)",
    ),
)
