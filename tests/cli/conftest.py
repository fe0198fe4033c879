"""`run`: commands against one store for each module; `line`: on a prepared directory."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from pillarbox.cli.main import main
from tests.cli.command import Done, Run
from tests.cli.here import CommandLine
from tests.server_process import TEST_KEY, ServerProcess
from tests.storage.stores import new_data_dir

_PROXIES = ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No profile, no checkpoint and no variable of whoever runs the tests; gives the home."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    for name in (
        "PILLARBOX_ENDPOINT",
        "PILLARBOX_ACCESS_KEY_ID",
        "PILLARBOX_ACCESS_KEY_SECRET",
        "PILLARBOX_SECURITY_TOKEN",
        "PILLARBOX_REGION",
        "PILLARBOX_PROFILE",
        *_PROXIES,
    ):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture
def command(
    alone: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Run:
    """Runs `pillarbox` with nothing set; whatever it prints holds no secret and no traceback."""

    def run(*arguments: str, stdin: bytes = b"", **variables: str) -> Done:
        monkeypatch.setattr("sys.argv", ["pillarbox", *arguments])
        with monkeypatch.context() as patch:
            patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
            for name, value in variables.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as exited:
                main()
        printed = capfdbinary.readouterr()
        both = printed.out + printed.err
        assert b"Traceback" not in both
        assert TEST_KEY.secret.encode() not in both
        assert b"hush-hush" not in both
        status = exited.value.code
        assert isinstance(status, int)
        out, err = (text.decode("utf-8", "replace") for text in printed)
        return Done(status, out, err, printed.out)

    return run


@pytest.fixture
def run(command: Run, module_server: ServerProcess, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The same, against the module's store and with its root AccessKey."""
    monkeypatch.setenv("PILLARBOX_ENDPOINT", module_server.base_url)
    monkeypatch.setenv("PILLARBOX_ACCESS_KEY_ID", TEST_KEY.id)
    monkeypatch.setenv("PILLARBOX_ACCESS_KEY_SECRET", TEST_KEY.secret)
    return command


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """A directory with the bucket `photos`, as after a server's first start."""
    return new_data_dir(tmp_path)


@pytest.fixture
def line(prepared: Path) -> CommandLine:
    return CommandLine(prepared)
