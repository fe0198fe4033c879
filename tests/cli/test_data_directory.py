"""What commands on a data directory say where they can't work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.here import CommandLine
from tests.cli.test_serve import run


@pytest.mark.parametrize("data", ["nowhere", "", "/dev/null", "~nobody-of-that-name/x"])
def test_no_store(tmp_path: Path, data: str) -> None:
    ended = run(tmp_path, "account", "list", "--data", data)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        f"pillarbox account list: {data!r} holds no store: "
        "give --data as `pillarbox serve` has it, or start that first\n"
    )


def test_a_lost_store_key(line: CommandLine, prepared: Path) -> None:
    (prepared / "store-key").unlink()
    ended = line.run("user", "list")
    assert ended.exit_code == 1
    assert re.fullmatch(
        r"pillarbox user list: can't use \S+: \S+store-key is missing: put it back, or give the "
        r"key by PILLARBOX_STORE_KEY\n",
        ended.stderr,
    )


def test_another_store_key(line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PILLARBOX_STORE_KEY", "ab" * 32)
    assert "was sealed with another store key: put the former one back" in line.mistake(
        "key", "create"
    )
    monkeypatch.setenv("PILLARBOX_STORE_KEY", "short")
    assert "PILLARBOX_STORE_KEY is not 64 hexadecimal digits" in line.mistake("key", "create")
