"""`pillarbox serve` as a command: its options, its banner, its refusals in one line."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from pillarbox.cli.main import main
from pillarbox.server import process
from tests.conftest import StartServer
from tests.server_process import TEST_KEY, ServerEndedError, ServerProcess


def run(tmp_path: Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, in a directory of its own."""
    return subprocess.run(
        [sys.executable, "-m", "pillarbox", *options],
        cwd=tmp_path,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--listen", "9000"], "'9000' is not HOST:PORT"),
        (["--listen", "127.0.0.1:70000"], "'70000' in '127.0.0.1:70000' is not a port"),
        (["--listen", "::1:9000"], "[::1]:9000"),
        (["--listen", "nowhere.invalid:9000"], "the host 'nowhere.invalid'"),
        (["--listen", "[::1:9000"], "'[::1:9000' is not HOST:PORT"),
        (["--listen", "127.0.0.1:" + "9" * 5000], "is not a port: give a number from 0 to 65535"),
        (["--data", "~nobody-of-that-name/x"], "--data '~nobody-of-that-name/x' begins with"),
        (["--workers", "0"], "--workers is 0: give a number from 1 to 64"),
        (["--data", ""], "--data is empty: give a directory"),
        (["--domain", "not a domain"], "'not a domain' is not a domain"),
        (["--domain", "-x.example"], "'-x.example' is not a domain"),
        (["--max-policy-lifetime", "soon"], "--max-policy-lifetime: 'soon' is no span of time"),
        (["--region", "cn/hangzhou"], "'cn/hangzhou' is not a region"),
        (["--log-format", "xml"], "'xml' is not a log format: give --log-format text or json"),
        (["--init-bucket", "Photos:private"], "'Photos' in --init-bucket 'Photos:private'"),
        (["--init-bucket", "photos"], "'photos' needs an ACL: write NAME:ACL"),
        (["--init-bucket", "photos:default"], "'photos:default' needs an ACL"),
        (
            ["--init-bucket", "photos:private", "--init-bucket", "photos:public-read"],
            "names 'photos' in two ways",
        ),
        (["--cors", "*"], "--cors is for the buckets of --init-bucket"),
        (
            ["--init-bucket", "photos:private", "--cors", "https://a.example/"],
            "--cors 'https://a.example/' is not an origin: write SCHEME://HOST[:PORT]",
        ),
        (["--init-bucket", "photos:private", "--cors", "https://*"], "'https://*' is not"),
        (["--callback-allow", "localhost"], "'localhost' can't be read, it is no network"),
        (["--callback-allow", "10.0.0.1/8"], "'10.0.0.1/8' can't be read, its host bits are set"),
        (["--callback-key-url", "files.example/k"], "'files.example/k' is no URL: write it like"),
        (["--callback-key-url", "http://[::1/k"], "is no URL"),
        (["--callback-retry", "24h"], "--callback-retry is for the buckets of --init-bucket"),
        (["--init-bucket", "photos:private", "--callback-retry", "1"], "'1' is no span of time"),
        (["--init-bucket", "photos:private", "--callback-retry", "31d"], "30d at most"),
        (["--trusted-proxy", "proxy.example"], "--trusted-proxy 'proxy.example' can't be read"),
        (["--trusted-proxy", "10.0.0.1/8"], "'10.0.0.1/8' can't be read, its host bits are set"),
        (["--tls-cert", "/cert.pem"], "--tls-cert and --tls-key belong together"),
        (["--admin", "9001"], "--admin: '9001' is not HOST:PORT"),
        (["--admin", ":no"], "--admin: 'no' in '127.0.0.1:no' is not a port"),
        (["--admin", "0.0.0.0:9000"], "'0.0.0.0:9000' has the port of --listen"),
        (["--tls-key", "/key.pem", "--tls-cert", ""], "give a file for both"),
        (
            ["--tls-cert", "/no/c", "--tls-key", "/no/k"],
            "can't read --tls-cert /no/c: No such file",
        ),
        (["--upload-expiry", "7"], "--upload-expiry: '7' is no span of time: write it like"),
        (["--redirect-allow", "https://a.example"], "'https://a.example' is not a host"),
        (["--redirect-allow", "*"], "'*' is not a host"),
        (["--data", "/dev/null/data"], "/dev/null/data is not a directory"),
        (["--data", "/proc/data"], "can't make the data directory /proc/data"),
        (["--no-such-option"], "--no-such-option"),
        (["superfluous"], "superfluous"),
    ],
)
def test_bad_options(
    tmp_path: Path,
    options: list[str],
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In this process: a start of Python for each would take longer than all of them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["pillarbox", "serve", *options])
    monkeypatch.setattr(process, "serve", _no_start)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    told = capsys.readouterr()
    assert told.out == ""
    (line,) = told.err.splitlines()
    assert line.startswith("pillarbox")
    assert says in line
    assert list(tmp_path.iterdir()) == [], "a refused start left something behind"


def _no_start(*_: object) -> int:
    raise AssertionError("the options were taken")


def test_a_bad_option_ends_the_process(tmp_path: Path) -> None:
    ended = run(tmp_path, "serve", "--listen", "9000")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("pillarbox serve: '9000' is not HOST:PORT")
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"PILLARBOX_ACCESS_KEY_ID": "someone"}, "PILLARBOX_ACCESS_KEY_SECRET is not"),
        ({"PILLARBOX_ACCESS_KEY_SECRET": "hush-hush"}, "PILLARBOX_ACCESS_KEY_ID is not"),
        (
            {"PILLARBOX_ACCESS_KEY_ID": "a/b", "PILLARBOX_ACCESS_KEY_SECRET": "hush-hush"},
            "PILLARBOX_ACCESS_KEY_ID is 'a/b'",
        ),
        (
            {"PILLARBOX_ACCESS_KEY_ID": "ab", "PILLARBOX_ACCESS_KEY_SECRET": "hush-hush\n"},
            "PILLARBOX_ACCESS_KEY_SECRET has control characters",
        ),
    ],
)
def test_bad_keys(tmp_path: Path, variables: dict[str, str], says: str) -> None:
    ended = run(tmp_path, "serve", **variables)
    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    assert says in line
    assert "hush-hush" not in ended.stdout + ended.stderr


def test_a_secret_that_is_not_utf_8(tmp_path: Path) -> None:
    variables = {
        b"PILLARBOX_ACCESS_KEY_ID": b"ab",
        b"PILLARBOX_ACCESS_KEY_SECRET": b"hush-hush\xff",
    }
    ended = subprocess.run(
        [sys.executable, "-m", "pillarbox", "serve", "--listen", "127.0.0.1:0"],
        cwd=tmp_path,
        env={**os.environb, **variables},
        capture_output=True,
        timeout=60,
    )
    assert ended.returncode == 2
    (line,) = ended.stderr.decode().splitlines()
    assert "PILLARBOX_ACCESS_KEY_SECRET has bytes that are not UTF-8" in line
    assert b"hush" not in ended.stdout + ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_can_not_be_opened(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    ended = run(tmp_path, "serve", "--data", ".", "--listen", "127.0.0.1:0")
    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"pillarbox: can't lock {tmp_path}/lock: Is a directory")
    assert "--data" in line


def test_without_the_server_extra(tmp_path: Path) -> None:
    # An import hook stands in for a base install: the parts can't be found.
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "sitecustomize.py").write_text(
        "import sys\nfor name in ('granian', 'sqlalchemy', 'multipart'):\n"
        "    sys.modules[name] = None\n"
    )
    ended = run(tmp_path, "serve", PYTHONPATH=str(tmp_path / "base"))
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.endswith("run pip install 'pillarbox[server]'")


def test_the_toolkit_imports_nothing_of_the_server(tmp_path: Path) -> None:
    program = (
        "import sys, typer\n"
        "from pillarbox.cli.main import app\n"
        "assert len(list(typer.main.get_command(app).commands.values())) > 16\n"
        "print({'granian', 'sqlalchemy', 'multipart', 'fastcrc', 'alembic'} & set(sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.stdout.strip() == "set()", ended.stderr


def test_version(tmp_path: Path) -> None:
    ended = run(tmp_path, "--version")
    assert ended.returncode == 0
    assert ended.stdout.startswith("pillarbox ")


def test_the_banner_tells_the_endpoint_and_how_to_upload(start_server: StartServer) -> None:
    server = start_server("--init-bucket", "photos:public-read-write", "--domain", "Files.Example")
    server.wait_for_output("curl -F")
    assert f"{server.base_url}/photos" in server.output
    assert f"http://photos.files.example:{server.port}" in server.output
    assert f"http://photos.localhost:{server.port}" in server.output
    assert TEST_KEY.id in server.output
    assert TEST_KEY.secret not in server.output + server.notices
    answer = httpx.post(
        f"{server.base_url}/photos", data={"key": "a.txt"}, files={"file": ("a.txt", b"hello")}
    )
    assert answer.status_code == 204
    server.wait_for_output("PostObject")
    check_nothing_is_for_others(server)


def check_nothing_is_for_others(server: ServerProcess) -> None:
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in [server.data_dir, *server.data_dir.rglob("*")]
    }
    assert "lock" in modes
    assert not {name: oct(mode) for name, mode in modes.items() if mode & 0o077}


#: A hook at the start of Python: each fsync leaves a line with the folder's or the file's path.
_RECORD_SYNCS = """
import os
_fsync = os.fsync
def fsync(descriptor):
    _fsync(descriptor)
    with open(os.environ["SYNCS"], "a") as file:
        file.write(os.readlink(f"/proc/self/fd/{descriptor}") + "\\n")
os.fsync = fsync
"""


def test_the_name_of_the_directory_is_forced_to_the_disk(
    start_server: StartServer, tmp_path: Path
) -> None:
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(_RECORD_SYNCS)
    record = tmp_path / "syncs"
    environment = {"PYTHONPATH": str(tmp_path / "hook"), "SYNCS": str(record)}
    server = start_server(data_dir=tmp_path / "deep" / "data", environment=environment)
    synced = record.read_text().splitlines()
    # One's name is in the other: of `deep` in the first, of `data` in the second, and so on.
    for folder in (tmp_path, tmp_path / "deep", server.data_dir, server.data_dir / "blobs"):
        assert str(folder) in synced


def test_ipv6(start_server: StartServer) -> None:
    server = start_server(listen="[::1]:0")
    assert server.base_url.startswith("http://[::1]:")
    assert httpx.get(server.base_url).status_code == 403


def test_a_port_in_use(start_server: StartServer) -> None:
    server = start_server()
    with pytest.raises(ServerEndedError) as ended:
        start_server(listen=f"127.0.0.1:{server.port}")
    assert ended.value.status == 1
    assert len(ended.value.notices.splitlines()) == 1


def test_an_admin_address_that_is_taken_is_told_in_one_line(start_server: StartServer) -> None:
    taken = start_server()
    with pytest.raises(ServerEndedError) as ended:
        start_server("--admin", f":{taken.port}")
    assert ended.value.status == 1
    (line,) = ended.value.notices.splitlines()
    assert f"port {taken.port} on 127.0.0.1 is in use by another program" in line
    assert "choose another port with --admin" in line


def test_an_address_of_another_machine_is_told_in_one_line(start_server: StartServer) -> None:
    with pytest.raises(ServerEndedError) as ended:
        start_server(listen="192.0.2.1:0")
    assert ended.value.status == 1
    (line,) = ended.value.notices.splitlines()
    assert "192.0.2.1 is not an address of this machine" in line


def test_the_banner_and_a_notice_tell_that_others_reach_it(start_server: StartServer) -> None:
    server = start_server("--admin", "0.0.0.0:0", listen="0.0.0.0:0")
    server.wait_for_notice("let a firewall keep others away")
    assert "pillarbox: the admin address 0.0.0.0:" in server.notices
    assert server.notices.startswith(f"pillarbox: 0.0.0.0:{server.port} is open")
    assert f"on port {server.port} of every address" in server.output


def test_a_bucket_that_stands_keeps_its_acl_and_the_operator_is_told(
    start_server: StartServer,
) -> None:
    first = start_server("--init-bucket", "photos:public-read-write")
    first.signal(signal.SIGTERM)
    assert first.wait() == 0
    assert first.notices == ""
    second = start_server("--init-bucket", "photos:private", data_dir=first.data_dir)
    assert second.notices == (
        "pillarbox: the bucket photos exists and stays public-read-write; "
        "--init-bucket does not make it private\n"
    )


def notices_as_json(server: ServerProcess) -> list[dict[str, str]]:
    return [json.loads(line) for line in server.notices.splitlines()]


def test_as_json_standard_output_is_the_access_log_alone(start_server: StartServer) -> None:
    server = start_server("--log-format", "json")
    asked = [httpx.get(server.base_url).headers["x-oss-request-id"] for _ in range(2)]
    server.wait_for_output(asked[-1])
    assert [json.loads(line)["request_id"] for line in server.output.splitlines()] == asked
    (start,) = notices_as_json(server)
    assert start["level"] == "info"
    assert start["message"] == f"Pillarbox listens on {server.base_url}"
    assert start["endpoint"] == server.base_url
    assert start["data"] == str(server.data_dir)
    assert start["access_key_id"] == TEST_KEY.id
    assert TEST_KEY.secret not in server.output + server.notices
    check_a_dead_worker_is_told(server)


def check_a_dead_worker_is_told(server: ServerProcess) -> None:
    worker = server.worker_pid
    assert worker is not None
    os.kill(worker, signal.SIGKILL)
    server.wait_for_notice("ended unexpectedly")
    _, notice = notices_as_json(server)
    assert notice["level"] == "error"
    assert "signal 9" in notice["message"]
