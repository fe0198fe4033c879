"""The repository keeps its own rules: floors, sizes of files, nothing of anybody's machine."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_LONGEST_FILE = 400

#: Written so that this file does not hold what it looks for.
_FOREIGN = {
    "a path of somebody's machine": re.compile(
        r"(?<![\w.])/(?:work|root|(?:home|Users)/\w{2,})/" + r"[\w.]{2}"
    ),
    "a path of a temporary directory": re.compile(r"/tmp/" + r"(?:brief|pytest-of|tmp)"),
    "the host of a package registry": re.compile(
        r"\b(?:pypi\.org|pythonhosted\.org|registry\.npm" + r"js\.org|npmmirror\.com)\b"
    ),
}
_EXEMPT = ("LICENSE",)


def tracked_files() -> list[Path]:
    """Every text file that git tracks."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=_ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout, so nobody knows which files belong to the project")
    paths = [_ROOT / name.decode() for name in listed.stdout.split(b"\0") if name]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()]


@pytest.mark.parametrize("what", _FOREIGN)
def test_no_file_holds(what: str) -> None:
    found = [
        f"{path.relative_to(_ROOT)}:{number}: {line.strip()[:100]}"
        for path in tracked_files()
        if path.name not in _EXEMPT and path != Path(__file__)
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if _FOREIGN[what].search(line)
    ]
    assert not found, "\n".join(found)


def test_source_files_are_short() -> None:
    lengths = {
        path.relative_to(_ROOT): len(path.read_text().splitlines())
        for path in (_ROOT / "src").rglob("*.py")
    }
    assert lengths
    assert not {path: lines for path, lines in lengths.items() if lines > _LONGEST_FILE}


def test_imports_go_down_only() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    if not linter.exists():
        pytest.skip("import-linter is not installed")
    ran = subprocess.run([linter, "--no-cache"], cwd=_ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_bare_make_lists_every_verb() -> None:
    makefile = (_ROOT / "Makefile").read_text()
    verbs = set(re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split())
    listed = subprocess.run(["make"], cwd=_ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^make (\w+) +\S", listed, re.MULTILINE)) == verbs


def test_every_dependency_is_pinned() -> None:
    pinned = set()
    for line in (_ROOT / "constraints.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, separator, version = line.partition("==")
            assert separator, f"{line!r} is no name==version"
            assert version
            pinned.add(_normal(name))
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    asked = {re.split(r"[^A-Za-z0-9._-]", text)[0] for texts in lists for text in texts}
    assert "granian" in asked
    assert not {_normal(name) for name in asked} - pinned - {"pillarbox"}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
