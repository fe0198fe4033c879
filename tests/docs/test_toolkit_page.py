"""The examples of `docs/toolkit.md`, run in their order as they stand, against a real server.

An example is a code block under a comment `<!-- example: NAME -->`; a block of text behind it is
what it prints. Only the port is changed, and `.venv` is that of this test run.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

import pillarbox.forms
from pillarbox.cli.page_form import read_page, submit
from pillarbox.client.profiles import profiles_path
from pillarbox.forms import PostForm, SignedForm
from pillarbox.model.objects import AccessKey
from tests.conftest import StartServer
from tests.roles import Roles, policy
from tests.server_process import ServerProcess

PAGE = Path(__file__).parents[2] / "docs" / "toolkit.md"
FILE = ("cv.pdf", b"%PDF-1.4", "application/pdf")

_EXAMPLE = re.compile(
    r"<!-- example: (\S+) -->\n```(\w+)\n(.*?)```\n(?:\n```text\n(.*?)```)?", re.S
)
_EXAMPLES = {found[1]: found for found in _EXAMPLE.finditer(PAGE.read_text("utf-8"))}


#: Of the account, in the page's ARNs.
_ACCOUNT = "1234567890123456"


def text_of(name: str, server: ServerProcess) -> str:
    return _EXAMPLES[name][3].replace("127.0.0.1:9000", f"127.0.0.1:{server.port}")


@pytest.fixture
def server(start_server: StartServer) -> ServerProcess:
    key = AccessKey("example", "example-secret", account_id="")
    return start_server("--init-bucket", "inbox:private", access_key=key)


@pytest.fixture
def names(
    server: ServerProcess,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> dict[str, dict[str, Any]]:
    """Every Python example is run; what was defined after each of them."""
    monkeypatch.chdir(tmp_path)
    account = _provide(server, tmp_path, monkeypatch)
    seen: dict[str, dict[str, Any]] = {}
    namespace: dict[str, Any] = {}
    with warnings.catch_warnings():
        for name, found in _EXAMPLES.items():
            if found[2] != "python":
                continue
            text = text_of(name, server).replace(_ACCOUNT, account)
            exec(compile(text, name, "exec"), namespace)
            printed = capsys.readouterr().out
            assert printed == (found[4] or "").replace(":9000", f":{server.port}"), name
            seen[name] = dict(namespace)
    return seen


def _provide(server: ServerProcess, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Environment, profile and role of the examples; the account's number."""
    monkeypatch.setenv("PILLARBOX_ACCESS_KEY_ID", "example")
    monkeypatch.setenv("PILLARBOX_ACCESS_KEY_SECRET", "example-secret")
    monkeypatch.delenv("PILLARBOX_SECURITY_TOKEN", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    profiles = profiles_path()
    profiles.parent.mkdir(parents=True)
    profiles.write_text(
        '[careers]\naccess_key_id = "example"\naccess_key_secret = "example-secret"\n'
    )
    roles = Roles(server.data_dir)
    roles.role(policy("oss:PutObject", "acs:oss:*:*:inbox/*"), name="uploader")
    return roles.account_id


def post(action: str, fields: Mapping[str, str], file: tuple[str, bytes, str] = FILE) -> int:
    return httpx.post(action, data=dict(fields), files={"file": file}).status_code


def test_the_python_examples(
    names: dict[str, dict[str, Any]], server: ServerProcess, tmp_path: Path
) -> None:
    signed: SignedForm = names["sign"]["signed"]
    shown = re.search(r"was\nsigned:\n\n```json\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    assert shown is not None
    assert "".join(shown[1].split()) in "".join(signed.policy.split())
    assert post(signed.action, signed.fields) == 201
    assert post(signed.action, signed.fields, ("cv.pdf", b"", "text/html")) == 403

    page = read_page((tmp_path / "upload.html").read_text("utf-8"))
    assert (page.action, dict(page.fields)) == (signed.action, dict(signed.fields))
    assert submit(page, *("cv2.pdf", "application/pdf", b"%PDF"))[0] == 201

    document = json.loads(names["json"]["answer"])
    assert list(document) == ["url", "fields", "limits"]

    v4: SignedForm = names["v4"]["signed"]
    assert post(v4.action, v4.fields) == 201
    token: SignedForm = names["token"]["signed"]
    assert token.fields["x-oss-security-token"] == "CAISxxTESTTOKEN=="
    assert post(token.action, token.fields) == 403  # no store gave that token
    s3: SignedForm = names["s3"]["signed"]
    assert s3.fields["x-amz-credential"].startswith("example/")
    for name in ("environment", "profile", "role"):
        form: SignedForm = names[name]["signed"]
        assert post(form.action, form.fields) == 201, name
    assert form.fields["OSSAccessKeyId"].startswith("STS.")
    names["role"]["role"].close()

    called: SignedForm = names["callback"]["signed"]
    assert called.fields["x:applicant"] == "4711"
    assert '["eq","$x:applicant","4711"]' in called.policy
    assert post(f"{server.base_url}/inbox", names["own-policy"]["fields"]) == 204


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed (make services)")
def test_the_front_end(names: dict[str, dict[str, Any]], server: ServerProcess) -> None:
    program = (
        text_of("upload.js", server)
        + f"upload({names['json']['answer']}, new Blob(['%PDF'], {{ type: 'application/pdf' }}), "
        + "'js.pdf').then(console.log, (error) => { console.error(error); process.exit(1); });"
    )
    done = subprocess.run(["node", "-e", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert "<Key>2030/4711/js.pdf</Key>" in done.stdout


def test_the_command(server: ServerProcess, tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(sys.prefix)
    script = text_of("command", server)
    done = subprocess.run(
        ["/bin/sh", "-eu", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.partition(":")[0] for line in done.stdout.splitlines()] == [
        "Policy",
        "Policy in base64",
        "Page saved to",
    ]
    page = read_page((tmp_path / "post.html").read_text("utf-8"))
    assert submit(page, "cv.pdf", "application/pdf", b"%PDF")[0] == 201


def test_the_table_names_every_setting() -> None:
    table = PAGE.read_text("utf-8").partition("| `PostForm(…)`")[2].partition("\n\n")[0]
    named = {
        name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])
    }
    assert named - {"PostForm"} == set(PostForm.__dataclass_fields__)


def test_what_the_page_imports_is_public() -> None:
    imported = set(re.findall(r"^from pillarbox\.forms import (.+)$", PAGE.read_text(), re.M))
    names = {name for line in imported for name in line.split(", ")}
    assert names
    assert names <= set(pillarbox.forms.__all__)
