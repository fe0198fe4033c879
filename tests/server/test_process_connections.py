"""Many connections at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.file_limit import room_for
from tests.server.probing import StartProbe, Upload
from tests.server_process import wait_until

_CONNECTIONS = 2000


@pytest.fixture
def many_files() -> Iterator[None]:
    """This process is the client, and needs a descriptor a connection as well."""
    with room_for(_CONNECTIONS):
        yield


@pytest.mark.usefixtures("many_files")
def test_two_thousand_uploads_run_side_by_side(start_probe: StartProbe) -> None:
    # Most shells allow 1,024 open files; granian raises that as it is imported.
    server = start_probe(soft_file_limit=1024)
    uploads = [Upload(server, 10) for _ in range(_CONNECTIONS)]
    for upload in uploads:
        upload.send(b"12345")
    wait_until(lambda: server.output.count("body begun") == _CONNECTIONS, "every upload")
    for upload in uploads:
        upload.send(b"67890")
        assert upload.answer().endswith(b'{"size": 10}')
        upload.close()
