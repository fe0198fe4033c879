"""The examples of `docs/testing.md`: suites for pytest and unittest, and a workflow's commands.

An example is a code block under a comment `<!-- example: NAME -->`. In the workflow the port alone
is changed, and what it installs is taken from this test run.
"""

from __future__ import annotations

import dataclasses
import inspect
import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from pillarbox.server.listening import ListenAddress, hold_port
from pillarbox.testing import RunningStore, running_store

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "testing.md").read_text("utf-8")

_EXAMPLE = re.compile(r"<!-- example: (\S+) -->\n```\w+\n(.*?)```\n", re.S)
EXAMPLES = {found[1]: found[2] for found in _EXAMPLE.finditer(PAGE)}
WORKFLOW: dict[Any, Any] = yaml.safe_load(EXAMPLES["workflow"])


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """The page's files, in a folder of their own."""
    for name, text in EXAMPLES.items():
        if name.endswith(".py"):
            (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def run(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["one process", "xdist"])
def test_pytest(suite: Path, options: tuple[str, ...]) -> None:
    tests = sum(text.count("def test_") for text in EXAMPLES.values())
    assert f"{tests} passed" in run(suite, "-m", "pytest", *options)


def test_unittest(suite: Path) -> None:
    assert "Ran 1 test" in run(suite, "-m", "unittest", "test_unittest")


def test_the_measurement(tmp_path: Path) -> None:
    words = EXAMPLES["measure"].replace("python ", "exec $PYTHON ", 1)
    done = subprocess.run(
        ["/bin/sh", "-eu", "-c", words],
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "msec per loop" in done.stdout


def steps(job: str) -> dict[str, str]:
    """The commands of a job by the names of its steps."""
    return {step["name"]: step["run"] for step in WORKFLOW["jobs"][job]["steps"] if "run" in step}


def test_the_workflow_is_one() -> None:
    # YAML 1.1 takes `on` for true.
    assert set(WORKFLOW) == {"name", True, "jobs"}
    for job in WORKFLOW["jobs"].values():
        assert job["runs-on"]
        assert all(("uses" in step) != ("run" in step) for step in job["steps"])


def test_what_the_workflow_installs_exists() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    known = {re.split(r"[^\w-]", text)[0] for text in asked}
    installed = set()
    for job in WORKFLOW["jobs"]:
        _, packages = steps(job)["Install"].strip().split("pip install ")
        installed |= set(packages.split())
    assert installed == {"'pillarbox[server]'", "pytest", "httpx"}
    assert {"pytest", "httpx"} <= known
    assert project["name"] == "pillarbox"
    assert "server" in project["optional-dependencies"]


def test_the_workflow_tests_in_python(suite: Path) -> None:
    program, *arguments = steps("python")["Test"].split()
    assert program == "python"
    run(suite, *arguments)


@pytest.mark.skipif(
    subprocess.run(["sh", "-c", "command -v curl"], capture_output=True).returncode != 0,
    reason="curl is not installed (make services, as root)",
)
def test_the_workflow_tests_in_other_languages(tmp_path: Path) -> None:
    held, port = hold_port(ListenAddress("127.0.0.1", 0))
    held.close()
    commands = [text for name, text in steps("other-languages").items() if name != "Install"]
    script = "\n".join(commands).replace("127.0.0.1:9000", f"127.0.0.1:{port}")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    # As GitHub's runner does: stop at the first error, end the job's processes behind it.
    process = subprocess.Popen(
        ["/bin/sh", "-e", "-c", script],
        cwd=tmp_path,
        env={**os.environ, **WORKFLOW["jobs"]["other-languages"]["env"], "PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=(tmp_path / "errors").open("wb"),
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        assert process.wait(120) == 0, (tmp_path / "errors").read_text()
        printed = process.stdout.read().decode()
    finally:
        os.killpg(process.pid, signal.SIGTERM)
    assert "<Key>upload/cv.txt</Key>" in printed
    assert ' PostObject "resumes" "upload/cv.txt" 201 ' in (tmp_path / "pillarbox.log").read_text()
    assert "<Code>AccessDenied</Code>" in (tmp_path / "answer.xml").read_text()


def names_in(table: str) -> set[str]:
    """What stands in back quotes in the first column of the table under a head."""
    rows = PAGE.partition(table)[2].partition("|---|---|\n")[2].partition("\n\n")[0]
    return {
        name for row in rows.splitlines() for name in re.findall(r"`(\w+)", row.split(" | ")[0])
    }


def test_the_options_are_all_there() -> None:
    parameters = set(inspect.signature(running_store).parameters)
    assert names_in("## What it can be told") == parameters


def test_what_a_test_is_given_is_all_there() -> None:
    public = {name for name in dir(RunningStore) if not name.startswith("_")}
    fields = {field.name for field in dataclasses.fields(RunningStore)}
    assert names_in("## What a test is given") == public | fields


def test_the_page_imports_what_is_public() -> None:
    imported = set(re.findall(r"^from pillarbox\.testing import (\w+)$", PAGE, re.M))
    assert imported == {"running_store"}
