"""`make mutate`: change the rules one by one and see whether a test notices.

mutmut writes each function of a room in hundreds of slightly wrong versions and runs the room's
tests against each. A version that passes them all is a survivor: a rule that could break unseen.
It is printed as a diff; any survivor makes the exit status 1.

    python tests/mutate.py            every room of ROOMS
    python tests/mutate.py signing    one of them

mutmut works on a copy in a temporary directory, so the work tree stays as it is.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Room:
    """What is changed, and the tests that must notice.

    Attributes:
        left_out: tests that read the source itself, which is no longer ours when it is changed.
    """

    sources: tuple[str, ...]
    tests: tuple[str, ...]
    left_out: tuple[str, ...] = ()


ROOMS = {
    "policy": Room(("src/pillarbox/policy/*",), ("tests/policy",)),
    "forms": Room(
        (
            "src/pillarbox/forms/fields.py",
            "src/pillarbox/forms/form_rules.py",
            "src/pillarbox/forms/submitted_signature.py",
            "src/pillarbox/forms/coverage.py",
        ),
        (
            "tests/forms/test_fields.py",
            "tests/forms/test_form_rules.py",
            "tests/forms/test_submitted_signature.py",
            "tests/forms/test_coverage.py",
        ),
    ),
    "signing": Room(
        ("src/pillarbox/signing/*",),
        ("tests/signing",),
        ("tests/signing/test_comparison.py::test_no_other_module_compares_signatures",),
    ),
}

#: What mutmut says of a version that no test found out.
_SURVIVED = ("survived", "no tests", "suspicious", "skipped")

_HEADS = ("---", "+++")


def main(names: Sequence[str]) -> int:
    """Change the rooms of these names, or all; 0 if every change was noticed."""
    unknown = sorted(set(names) - ROOMS.keys())
    if unknown:
        print(f"no room is called {unknown[0]}: take {', '.join(ROOMS)}", file=sys.stderr)
        return 2
    return max(_examine(name, ROOMS[name]) for name in names or ROOMS)


def _examine(name: str, room: Room) -> int:
    with tempfile.TemporaryDirectory(prefix="pillarbox-mutate-") as directory:
        workspace = Path(directory)
        _furnish(workspace, room)
        print(f"{name}: changing {', '.join(room.sources)} under {', '.join(room.tests)}")
        run = _mutmut(workspace, "run")
        results = _results(workspace)
        if run.returncode != 0 or not results:
            print(run.stdout[-4000:], run.stderr[-4000:], sep="\n", file=sys.stderr)
            print(f"{name}: mutmut failed with status {run.returncode}", file=sys.stderr)
            return 1
        survivors = []
        for mutant in (mutant for mutant, verdict in results if verdict in _SURVIVED):
            diff = _mutmut(workspace, "show", mutant).stdout
            if not _is_same_program(diff):
                survivors.append(mutant)
                print(diff)
        print(f"{name}: {len(results)} changes, {len(survivors)} not noticed")
        return 1 if survivors else 0


def _furnish(workspace: Path, room: Room) -> None:
    """Copy sources and tests, and tell mutmut which of them count."""
    for folder in ("src", "tests"):
        shutil.copytree(
            ROOT / folder,
            workspace / folder,
            ignore=shutil.ignore_patterns("__pycache__", "node_modules"),
        )
    settings = {
        "source_paths": ["src/pillarbox"],
        "only_mutate": list(room.sources),
        "pytest_add_cli_args_test_selection": list(room.tests),
        "pytest_add_cli_args": [f"--deselect={test}" for test in room.left_out],
        "use_git_change_detection": False,
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    (workspace / "pyproject.toml").write_text(
        "\n".join([project, "[tool.mutmut]", *lines, ""]), "utf-8"
    )


def _results(workspace: Path) -> list[tuple[str, str]]:
    """Each version's name and verdict."""
    listed = _mutmut(workspace, "results", "--all", "true").stdout
    pairs = (line.strip().rpartition(": ") for line in listed.splitlines() if ": " in line)
    return [(mutant, verdict) for mutant, _, verdict in pairs]


def _is_same_program(diff: str) -> bool:
    """Whether a version differs in nothing but how the name of a codec or a hash is spelled."""
    changed = [line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in _HEADS]
    before = [line[1:] for line in changed if line.startswith("-")]
    after = [line[1:] for line in changed if line.startswith("+")]
    for name in ("utf-8", "ascii", "latin-1", "sha1", "sha256"):
        after = [line.replace(f'"{name.upper()}"', f'"{name}"') for line in after]
    return before == after


def _mutmut(workspace: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mutmut", *arguments],
        cwd=workspace,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
