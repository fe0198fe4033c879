"""https: what is spoken, by whom, and that all else stays as it is over http."""

from __future__ import annotations

import base64
import os
import shutil
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import httpx
import oss2
import pytest

from pillarbox.model.limits import MIB
from pillarbox.server.settings import TlsFiles
from tests.callback_site import GOOD, site
from tests.certificates import make_tls, openssl
from tests.conftest import StartServer
from tests.server.probing import accepts
from tests.server_process import ServerProcess, wait_until
from tests.wire.raw_http import Connection, head, pieces_of
from tests.wire.signed_forms import v1
from tests.wire.store_client import FORM_TYPE, StoreClient, form
from tests.wire.test_callbacks import encoded


def options(files: TlsFiles) -> list[str]:
    return ["--tls-cert", str(files.cert), "--tls-key", str(files.key)]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    """With a key as `openssl ecparam -genkey` writes it, which is no PKCS#8."""
    folder = tmp_path_factory.mktemp("tls")
    files = make_tls(folder)
    openssl(folder, "pkey", "-in", str(files.key), "-traditional", "-out", "sec1.pem")
    return replace(files, key=folder / "sec1.pem")


@pytest.fixture(scope="module")
def trust(files: TlsFiles) -> ssl.SSLContext:
    """A client's view: nobody but the test's certificate is known."""
    return ssl.create_default_context(cafile=str(files.cert))


@pytest.fixture(scope="module")
def store(files: TlsFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreClient]:
    more = ["--init-bucket", "example-bucket:private", "--init-bucket", "open:public-read-write"]
    more += ["--callback-allow", "127.0.0.1"]
    client = StoreClient(tmp_path_factory.mktemp("store"), *more, *options(files))
    yield client
    client.end()


def test_a_form_and_its_location(store: StoreClient, trust: ssl.SSLContext, key: str) -> None:
    assert store.server.base_url == f"https://127.0.0.1:{store.port}"
    assert f"https://example-bucket.localhost:{store.port}" in store.server.output
    fields = {"key": key, **v1(), "success_action_status": "201"}
    with httpx.Client(verify=trust) as client:
        url = f"{store.server.base_url}/example-bucket"
        answer = client.post(url, data=fields, files={"file": b"letter"})
        assert answer.status_code == 201
        assert answer.headers["Location"].startswith(f"{url}/user%2Feric%2F")
        assert answer.headers["Location"] in answer.text


def test_sites_are_told_where_the_key_is(store: StoreClient, trust: ssl.SSLContext) -> None:
    with site() as one, httpx.Client(verify=trust) as client:
        headers = {"x-oss-callback": encoded(callbackUrl=one.url(), callbackBody="a=1")}
        url = f"{store.server.base_url}/open/called"
        assert client.put(url, headers=headers).content == GOOD
        told = base64.b64decode(one.heard[0].headers["x-oss-pub-key-url"]).decode()
        assert told == f"{store.server.base_url}/-/callback.pem"
        assert client.get(told).text.startswith("-----BEGIN PUBLIC KEY-----")


def test_an_sdk(
    store: StoreClient, files: TlsFiles, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(files.cert))
    access_key = store.server.access_key
    auth = oss2.Auth(access_key.id, access_key.secret)
    bucket = oss2.Bucket(auth, store.server.base_url, "example-bucket")
    content = bytes(range(256)) * 4096
    bucket.put_object(key, content)
    assert bucket.get_object(key).read() == content
    assert key in [entry.key for entry in oss2.ObjectIteratorV2(bucket)]


def test_curl_keeps_its_connection(store: StoreClient, files: TlsFiles, tmp_path: Path) -> None:
    program = shutil.which("curl")
    if program is None:
        pytest.skip("curl is not installed (make services)")
    (tmp_path / "letter").write_bytes(b"x" * (2 * MIB))
    url = f"https://localhost:{store.port}/open"
    one = ["-sS", "-F", "key=curl", "-F", "file=@letter", "-w", "%{http_code} %{num_connects};"]
    refused = ["-sS", "-F", "key=/curl", "-F", "file=@letter", "-o", "/dev/null", "-w", one[-1]]
    command = [program, "--cacert", str(files.cert), *one, url, "--next", *refused, url]
    command += ["--cacert", str(files.cert), "--next", *one, url, "--cacert", str(files.cert)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    first, second, third = done.stdout.split(";")[:3]
    assert first == "204 1", done.stderr
    assert second == "400 0"
    assert third.startswith("204 ")


def test_many_requests_on_one_connection(
    store: StoreClient, trust: ssl.SSLContext, key: str
) -> None:
    body, unsigned = form({"key": key, **v1()}), form({"key": key})
    with Connection(store.port, tls=trust) as connection:
        for sent, status in [(body, 204), (unsigned, 403)] * 10:
            typed = [(b"Content-Type", FORM_TYPE), (b"Content-Length", b"%d" % len(sent))]
            connection.send(head(b"POST", b"/example-bucket", typed) + sent)
            assert connection.answer().status == status


def test_a_refusal_while_the_client_sends(
    store: StoreClient, trust: ssl.SSLContext, key: str
) -> None:
    """Who reads only after sending finds it too."""
    body, kept = form({"key": key}, b"x" * (32 * MIB)), store.files()
    typed = [(b"Content-Type", FORM_TYPE), (b"Content-Length", b"%d" % len(body))]
    with Connection(store.port, tls=trust) as connection:
        assert connection.send(head(b"POST", b"/example-bucket", typed), *pieces_of(body, MIB))
        answer = connection.answer()
        assert (answer.status, answer.error["Code"]) == (403, "AccessDenied")
        assert connection.is_closed()
    assert store.files() == kept


def test_a_body_that_is_cut(store: StoreClient, trust: ssl.SSLContext, key: str) -> None:
    """Also without TLS's own goodbye, which says that nothing was cut."""
    body, kept = form({"key": key, **v1()}, b"x" * MIB), store.files()
    typed = [(b"Content-Type", FORM_TYPE), (b"Content-Length", b"%d" % len(body))]
    before = store.server.output.count("IncompleteBody")
    with Connection(store.port, tls=trust) as connection:
        connection.send(head(b"POST", b"/example-bucket", typed), body[: len(body) // 2])
    wait_until(lambda: store.server.output.count("IncompleteBody") > before, "the line of the log")
    assert store.files() == kept


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_versions_that_are_spoken(
    store: StoreClient, files: TlsFiles, version: ssl.TLSVersion
) -> None:
    context = ssl.create_default_context(cafile=str(files.cert))
    context.minimum_version = context.maximum_version = version
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", store.port)) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        assert connection.version() == version.name.replace("_", ".")
        assert connection.selected_alpn_protocol() == "http/1.1"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_older_versions_and_http_are_not_spoken(store: StoreClient, files: TlsFiles) -> None:
    old = ssl.create_default_context(cafile=str(files.cert))
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")  # else OpenSSL itself would not offer it
    with pytest.raises(ssl.SSLError, match="ALERT"):
        Connection(store.port, tls=old)
    with socket.create_connection(("127.0.0.1", store.port), timeout=60) as plain:
        plain.sendall(b"GET /open HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b"HTTP" not in plain.recv(100)


def test_what_was_read_at_the_start_serves_to_the_end(
    start_server: StartServer, tmp_path: Path
) -> None:
    """A worker that starts again, and the stop with an upload under way, without the files."""
    files = make_tls(tmp_path)
    trust = ssl.create_default_context(cafile=str(files.cert))
    server = start_server("--init-bucket", "open:public-read-write", *options(files))
    files.cert.unlink()
    key = files.key.read_bytes()
    files.key.unlink()
    _kill_worker(server)
    body = form({"key": "k"}, b"x" * (2 * MIB))
    typed = [(b"Content-Type", FORM_TYPE), (b"Content-Length", b"%d" % len(body))]
    with Connection(server.port, tls=trust) as connection:
        connection.send(head(b"POST", b"/open", typed), body[:MIB])
        wait_until(lambda: _holds_a_blob(server), "an upload under way")
        server.signal(signal.SIGTERM)
        wait_until(lambda: not accepts(server), "the listener's end")
        connection.send(body[MIB:])
        assert connection.answer().status == 204
    assert server.wait() == 0
    secret = key.splitlines()[1]
    kept = [path for path in server.data_dir.rglob("*") if path.is_file()]
    assert kept
    assert not any(secret in path.read_bytes() for path in kept)
    assert secret.decode() not in server.output + server.notices


def _kill_worker(server: ServerProcess) -> None:
    killed = server.worker_pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: server.worker_pid not in (killed, None), "another worker")
    wait_until(lambda: accepts(server), "its listener")


def _holds_a_blob(server: ServerProcess) -> bool:
    blobs = str(server.data_dir / "blobs")
    held = []
    for link in Path(f"/proc/{server.worker_pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since
            held.append(str(link.readlink()))
    return any(path.startswith(blobs) and "(deleted)" in path for path in held)
