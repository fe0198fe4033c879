"""The examples of `docs/access.md`, run in their order as they stand; its tables and documents."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from pillarbox.access.decision import Ground
from pillarbox.access.ram import DocumentKind, document, read_ram_policy
from pillarbox.access.ram.conditions import _KEYS, _TAG_KEYS, OPERATORS
from pillarbox.cli.main import app
from pillarbox.model.accounts import (
    DEFAULT_SESSION_SECONDS,
    MAX_SESSION_SECONDS,
    MIN_SESSION_SECONDS,
)
from pillarbox.model.acl import BucketAcl
from pillarbox.storage.identities import MAX_KEYS
from pillarbox.storage.preparation import ensure_bucket, prepare

PAGE = (Path(__file__).parents[2] / "docs" / "access.md").read_text("utf-8")

_EXAMPLE = re.compile(r"<!-- example: (\S+) -->\n```sh\n(.*?)```\n(?:\n```text\n(.*?)```)?", re.S)
EXAMPLES = {found[1]: (found[2], found[3]) for found in _EXAMPLE.finditer(PAGE)}

#: What is another each time, as the page writes it.
_CHANGING = (
    (r"\b\d{16}\b", "1234567890123456"),
    (r"\bPB\w{22}\b", "PBexampleexampleexample1"),
    (r"(?<=secret  )\w{40}", "example" * 5 + "examp"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "2030-01-01T00:00:00Z"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where a store with the bucket `resumes` was prepared."""
    made = tmp_path_factory.mktemp("access")
    (made / ".venv").symlink_to(sys.prefix)
    key, _ = prepare(made / "pillarbox-data")
    ensure_bucket(
        made / "pillarbox-data",
        "resumes",
        BucketAcl.PRIVATE,
        owner_id=key.account_id,
        region="cn-hangzhou",
    )
    return made


def printed(folder: Path, name: str, status: int = 0) -> str:
    """What an example prints, on either stream, with the page's ids and times."""
    done = subprocess.run(
        ["/bin/sh", "-eu", "-c", EXAMPLES[name][0]],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    assert done.returncode == status, done.stdout
    text = done.stdout
    for pattern, shown in _CHANGING:
        text = re.sub(pattern, shown, text)
    return text


def test_the_examples(folder: Path) -> None:
    for name in ("webform", "accounts", "users"):
        assert printed(folder, name) == EXAMPLES[name][1]
    # A user is made first, of which the page says nothing there.
    assert printed(folder, "faulty", 2).partition("\n")[2] == EXAMPLES["faulty"][1]
    hint, _, rest = printed(folder, "rotate").partition("\n")
    assert "goes on" in hint
    assert rest == EXAMPLES["rotate"][1]
    assert stat.S_IMODE((folder / "new.json").stat().st_mode) == 0o600
    for name in ("root", "role", "quota"):
        assert printed(folder, name) == EXAMPLES[name][1]
    # Last, for then the directory's own key is gone.
    assert printed(folder, "store-key") == EXAMPLES["store-key"][1]


def test_every_example_is_run() -> None:
    source = Path(__file__).read_text("utf-8")
    assert EXAMPLES
    assert all(f'"{name}"' in source for name in EXAMPLES)


def test_the_documents_are_understood() -> None:
    documents = re.findall(r"<!-- policy: (.+?) -->\n```json\n(.*?)```", PAGE, re.S)
    assert documents
    for kind, text in documents:
        assert read_ram_policy(text, DocumentKind(kind)).statements


def _rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading of its first column."""
    table = re.search(rf"^\| {heading} \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.M)
    assert table is not None
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in table[1].splitlines()
    ]


def test_the_table_of_condition_keys() -> None:
    told = {
        row[0].strip("| `").lower(): row[2].strip("| ").lower() for row in _rows("condition key")
    }
    tags = {f"{key}/key": "string" for key in _TAG_KEYS}
    assert told == {key: kind for key, (kind, _) in _KEYS.items()} | tags


def test_the_table_of_operators() -> None:
    told = [name for row in _rows("operators") for name in re.findall(r"`(\w+)`", row[0])]
    assert sorted(told) == sorted(OPERATORS)


def test_the_steps_name_every_ground() -> None:
    steps = " ".join(row[1] for row in _rows("step"))
    assert all(ground.value in steps for ground in Ground)


def test_the_figures() -> None:
    assert f"in a document of at most {document.MAX_DOCUMENT_SIZE:,} bytes" in PAGE
    assert f"1 to {document._MAX_STATEMENTS} statements" in PAGE
    assert MAX_KEYS == 5
    assert "Each may have five." in PAGE
    seconds = (MIN_SESSION_SECONDS, MAX_SESSION_SECONDS, DEFAULT_SESSION_SECONDS)
    assert seconds == (15 * 60, 12 * 3600, 3600)
    assert "is between 15m and 12h, 1h by default" in PAGE


def test_the_options_of_serve_are_there() -> None:
    serve = typer.main.get_command(app).commands["serve"]  # type: ignore[attr-defined]
    options = {option for parameter in serve.params for option in parameter.opts}
    commands = re.findall(r"<!-- serve -->\n```sh\n(.*?)```", PAGE, re.S)
    assert len(commands) == 2
    assert set(re.findall(r"--[a-z-]+", "".join(commands))) <= options
