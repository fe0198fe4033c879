"""The examples of the README, run as they stand against a real server.

An example is a code block under a comment `<!-- example: NAME -->`. Two things alone are changed:
the port is a free one, and `.venv` is that of this test run.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pillarbox.model.objects import AccessKey
from tests.conftest import StartServer
from tests.server_process import ServerProcess

pytestmark = pytest.mark.skipif(
    shutil.which("curl") is None, reason="curl is not installed (make services, as root)"
)

README = Path(__file__).parents[2] / "README.md"

_EXAMPLE = re.compile(r"<!-- example: (\S+) -->\n```\w+\n(.*?)```\n(?:\n```xml\n(.*?)```)?", re.S)


def example(name: str) -> str:
    """The text of an example."""
    return {found[1]: found[2] for found in _EXAMPLE.finditer(README.read_text("utf-8"))}[name]


def promised_answer(name: str) -> list[str]:
    """The lines of the XML block that follows an example."""
    found = {found[1]: found[3] for found in _EXAMPLE.finditer(README.read_text("utf-8"))}
    return found[name].splitlines()


@pytest.fixture
def readme_server(start_server: StartServer) -> ServerProcess:
    """The server that the README starts, on a free port."""
    exports, command = example("serve").strip().splitlines()
    variables = dict(word.split("=", 1) for word in shlex.split(exports)[1:])
    program, verb, *options = shlex.split(command)
    assert (program, verb) == (".venv/bin/pillarbox", "serve")
    for replaced in ("--data", "--listen"):
        at = options.index(replaced)
        del options[at : at + 2]
    key = AccessKey(
        id=variables["PILLARBOX_ACCESS_KEY_ID"],
        secret=variables["PILLARBOX_ACCESS_KEY_SECRET"],
        account_id="",
    )
    return start_server(*options, access_key=key)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder in which `.venv` is that of this test run."""
    path = tmp_path / "checkout"
    path.mkdir()
    (path / ".venv").symlink_to(sys.prefix)
    return path


def run(script: str, folder: Path, server: ServerProcess) -> str:
    """What a shell script of the README prints."""
    text = script.replace("127.0.0.1:9000", f"127.0.0.1:{server.port}")
    done = subprocess.run(
        ["/bin/sh", "-eu", "-c", text], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def save_signer(folder: Path, server: ServerProcess) -> None:
    """Save the README's `sign.py`."""
    text = example("sign.py").replace("127.0.0.1:9000", f"127.0.0.1:{server.port}")
    (folder / "sign.py").write_text(text, "utf-8")


def test_the_form_that_the_readme_signs_uploads(readme_server: ServerProcess, folder: Path) -> None:
    save_signer(folder, readme_server)
    answer = run(example("upload"), folder, readme_server)
    assert "<Key>cv/2030/cv.pdf</Key>" in answer
    assert "<Bucket>inbox</Bucket>" in answer


def test_the_readme_shows_how_a_form_is_refused(readme_server: ServerProcess, folder: Path) -> None:
    save_signer(folder, readme_server)
    run(example("upload"), folder, readme_server)
    answer = run(example("refused"), folder, readme_server)
    assert [
        line.strip() for line in answer.splitlines() if line.strip() in promised_answer("refused")
    ] == (promised_answer("refused"))


def test_the_policy_is_what_the_readme_says(readme_server: ServerProcess, folder: Path) -> None:
    save_signer(folder, readme_server)
    signer = folder / "sign.py"
    signer.write_text(signer.read_text("utf-8") + "\nprint(signed.policy)\n", "utf-8")
    printed = subprocess.run(
        [sys.executable, str(signer)], capture_output=True, text=True, check=True
    ).stdout
    shown = re.search(r"`signed\.policy` says.*?```json\n(.*?)```", README.read_text("utf-8"), re.S)
    assert shown is not None
    conditions = "".join(shown[1].split())
    assert conditions in "".join(printed.split())


def test_the_sdk_does_what_the_readme_says(readme_server: ServerProcess, folder: Path) -> None:
    text = example("sdk.py").replace("127.0.0.1:9000", f"127.0.0.1:{readme_server.port}")
    (folder / "sdk.py").write_text(text, "utf-8")
    script = (
        "HOME=$PWD .venv/bin/python sdk.py > printed; head -1 printed; curl -sS $(tail -1 printed)"
    )
    assert run(script, folder, readme_server) == "['notes/a.txt', 'notes/big.bin']\nmy notes"
