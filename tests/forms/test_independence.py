"""The toolkit needs neither the server's packages nor a network."""

import socket
import subprocess
import sys
from pathlib import Path

#: Run in a process of its own, before anything of the project is imported.
_WITHOUT = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in MISSING:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
MISSING = {"sqlalchemy", "alembic", "granian", "uvloop", "fastcrc", "awscrt", "multipart",
           "cryptography"}
"""

_ALONE = (
    _WITHOUT
    + """
# What the toolkit talks to stores with, which signing doesn't.
MISSING |= {"httpx", "defusedxml"}

def no_network(event, _):
    if event.startswith("socket."):
        raise AssertionError(f"the toolkit opened a socket: {event}")

sys.addaudithook(no_network)
"""
)

_SIGN = """
from pillarbox.forms import Credentials, PostForm
from pillarbox.forms.page import render_page

form = PostForm(
    endpoint="https://oss-cn-hangzhou.aliyuncs.com", bucket="resumes", key_prefix="a/", max_size=1
)
credentials = Credentials("id", "the-secret")
for signed in (form.sign_v1(credentials), form.sign_v4(credentials, "cn-hangzhou")):
    assert signed.fields["policy"] in render_page(signed)
    assert signed.fields["policy"] in signed.to_json()
rooms = {name.split(".")[1] for name in sys.modules if name.startswith("pillarbox.")}
assert rooms == {"callback", "forms", "model", "policy", "signing"}, rooms
"""

_COMMAND = """
from pillarbox.cli.main import main
sys.argv[1:] = ["form", "--bucket", "resumes", "--endpoint", "oss-cn-hangzhou.aliyuncs.com",
                "--id", "id", "--max-size", "1MiB", "--out", sys.argv[1]]
main()
"""

_BUCKET = """
from pillarbox.cli.main import main
sys.argv[1:] = ["bucket", "list", "--id", "id", "--endpoint", sys.argv[1]]
main()
"""

_ROLE = """
from pillarbox.client.assumed_role import AssumedRole
from pillarbox.client.credentials import environment_credentials
from pillarbox.client.errors import UnreachableError

caller = environment_credentials({"PILLARBOX_ACCESS_KEY_ID": "id",
                                  "PILLARBOX_ACCESS_KEY_SECRET": "the-secret"})
with AssumedRole(sys.argv[1], "acs:ram::1:role/uploader", "site", caller=caller) as role:
    try:
        role.credentials()
    except UnreachableError as error:
        print(error.reason)
"""

_EXPLAIN = """
from pillarbox.cli.main import main
sys.argv[1:] = ["explain", sys.argv[1]]
main()
"""


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *arguments],
        env={"PILLARBOX_ACCESS_KEY_SECRET": "the-secret"},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_toolkit_signs_without_server_and_network() -> None:
    done = run(_ALONE + _SIGN)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_commands_sign_and_explain_without_server_and_network(tmp_path: Path) -> None:
    out = tmp_path / "upload.html"
    done = run(_ALONE + _COMMAND, str(out))
    assert (done.returncode, done.stderr) == (0, "")
    assert "Signature" in out.read_text("utf-8")
    done = run(_ALONE + _EXPLAIN, str(out))
    assert (done.returncode, done.stderr) == (0, "")
    assert "right for the secret of id" in done.stdout


def test_the_commands_for_buckets_need_no_server_here() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        done = run(_WITHOUT + _BUCKET, f"http://127.0.0.1:{taken.getsockname()[1]}")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Connection refused" in done.stderr


def test_a_role_is_assumed_without_the_server_s_packages() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        done = run(_WITHOUT + _ROLE, f"http://127.0.0.1:{taken.getsockname()[1]}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "Connection refused\n", "")


def test_the_proof_would_fail() -> None:
    done = run(_ALONE + "import pillarbox.storage.store")
    assert done.returncode == 1
    assert "ModuleNotFoundError" in done.stderr
    assert "opened a socket" in run(_ALONE + "import socket; socket.socket()").stderr
