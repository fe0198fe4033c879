"""`pillarbox callbacks` as a command; with a running server it is tried in `tests/wire`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.test_serve import run
from tests.jobs.test_deliveries import waiting_for
from tests.storage.stores import new_data_dir, rows
from tests.storage.test_outbox import put


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A directory where two callbacks wait."""
    made = new_data_dir(tmp_path)
    put(made, waiting_for("http://a.example/x", 1), waiting_for("http://b.example/", 0xAB))
    return made


def test_list(data_dir: Path, tmp_path: Path) -> None:
    listed = run(tmp_path, "callbacks", "list", "--data", str(data_dir))
    assert (listed.returncode, listed.stderr) == (0, "")
    first, second = sorted(listed.stdout.splitlines())
    assert first.startswith("0000000000000001  due 1970-01-01T00:00:00Z  attempts=0  uploaded=2")
    assert first.endswith('photos/"\\u0000key"  a.example  -')
    assert second.startswith("00000000000000ab  ")


def test_drop(data_dir: Path, tmp_path: Path) -> None:
    ended = run(tmp_path, "callbacks", "drop", "00000000000000ab", "--data", str(data_dir))
    assert (ended.returncode, ended.stdout) == (0, "1 dropped\n")
    assert rows(data_dir, "SELECT id FROM callback_outbox") == [(1,)]
    ended = run(tmp_path, "callbacks", "drop", "--all", "--data", str(data_dir))
    assert ended.stdout == "1 dropped\n"
    ended = run(tmp_path, "callbacks", "list", "--data", str(data_dir))
    assert (ended.returncode, ended.stdout) == (0, "")


def test_replay(data_dir: Path, tmp_path: Path) -> None:
    one = "0000000000000001"
    ended = run(tmp_path, "callbacks", "replay", one, one, "--data", str(data_dir))
    assert (ended.returncode, ended.stdout.startswith("1 due now")) == (0, True)
    ((due,),) = rows(data_dir, "SELECT due_ms > 0 FROM callback_outbox WHERE id = 1")
    assert due


def test_retry(data_dir: Path, tmp_path: Path) -> None:
    def said(*more: str) -> str:
        ended = run(tmp_path, "callbacks", "retry", "photos", *more, "--data", str(data_dir))
        assert (ended.returncode, ended.stderr) == (0, "")
        return ended.stdout

    never = "photos: failed callbacks are not tried again\n"
    assert said() == never
    assert said("24h") == "photos: failed callbacks are tried again for 1 day\n"
    assert said() == "photos: failed callbacks are tried again for 1 day\n"
    assert said("0s") == never
    assert rows(data_dir, "SELECT kind FROM bucket_configs") == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["list", "--data", "nowhere"], "'nowhere' holds no store: give --data"),
        (["list", "--data", ""], "'' holds no store"),
        (["list", "--data", "/dev/null"], "'/dev/null' holds no store"),
        (["drop", "--data", "DATA"], "name callbacks by their ids, or give --all"),
        (["replay", "1", "--all", "--data", "DATA"], "name callbacks by their ids"),
        (["drop", "1", "--data", "DATA"], "no callback '1' waits: see `pillarbox callbacks list`"),
        (["replay", "ab\ncd", "--data", "DATA"], "no callback 'ab\\ncd' waits"),
        (["retry", "none", "--data", "DATA"], "no bucket 'none': see `pillarbox bucket list`"),
        (["retry", "photos", "soon", "--data", "DATA"], "SPAN: "),
        (["retry", "photos", "99d", "--data", "DATA"], "SPAN '99d' is too long: 30d at most"),
        (["clear"], "clear"),
    ],
)
def test_mistakes_are_one_line(
    data_dir: Path, tmp_path: Path, arguments: list[str], says: str
) -> None:
    given = [str(data_dir) if argument == "DATA" else argument for argument in arguments]
    ended = run(tmp_path, "callbacks", *given)
    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    assert line.startswith("pillarbox")
    assert says in line
    assert len(rows(data_dir, "SELECT id FROM callback_outbox")) == 2


def test_a_catalog_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite3").write_bytes(b"no database" * 1000)
    ended = run(tmp_path, "callbacks", "list", "--data", str(tmp_path))
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert "can't use the catalog in" in line


def test_without_the_server_extra(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "sitecustomize.py").write_text(
        "import sys\nsys.modules['sqlalchemy'] = None\n"
    )
    ended = run(tmp_path, "callbacks", "list", PYTHONPATH=str(tmp_path / "base"))
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.endswith("run pip install 'pillarbox[server]'")
