"""The command on pages, JSON, captures and policies; the recordings of real clients among them."""

from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pillarbox.cli.main import app
from pillarbox.forms import Credentials, PostForm, SignedForm
from pillarbox.forms.page import render_page
from tests.cli.terminal import type_secret

RECORDED = Path(__file__).parents[1] / "clients" / "recorded"
INDEX: dict[str, dict[str, Any]] = json.loads((RECORDED / "index.json").read_text("utf-8"))
SECRET = "TestAccessKeySecret0123456789"
CREDENTIALS = Credentials("TestAccessKeyId01", SECRET)
#: When the V4 recordings were signed.
MOMENT = ("--at", "2030-01-01T00:00:00Z")

BODY = (
    b'--B\r\nContent-Disposition: form-data; name="key"\r\n\r\na.txt\r\n'
    b'--B\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nbytes\r\n'
    b'--B\r\nContent-Disposition: form-data; name="Expires"\r\n\r\nlate\r\n--B--\r\n'
)
REQUEST = b"POST /photos HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; "

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command; with `secret=None` it has none."""

    def run(*arguments: str, secret: str | None = SECRET, given: bytes = b"") -> Result:
        environment = {"PILLARBOX_ACCESS_KEY_SECRET": secret}
        return CliRunner().invoke(
            app, ["explain", *arguments], env=environment, input=given, standalone_mode=False
        )

    return run


def status_of(result: Result) -> int:
    return result.return_value if result.exit_code == 0 else result.exit_code


def signed(**settings: Any) -> SignedForm:
    usual: dict[str, Any] = {
        "endpoint": "http://127.0.0.1:9000",
        "bucket": "inbox",
        "key": "a/${filename}",
        "expires": timedelta(hours=1),
        "max_size": 10,
        "content_types": ("application/pdf",),
    }
    return PostForm(**(usual | settings)).sign_v1(CREDENTIALS)


@pytest.fixture
def cv(tmp_path: Path) -> Path:
    path = tmp_path / "cv.pdf"
    path.write_bytes(b"%PDF")
    return path


@pytest.mark.parametrize("name", INDEX)
def test_a_recording(run: Run, name: str) -> None:
    result = run(str(RECORDED / name), *MOMENT, "--json")
    document = json.loads(result.stdout)
    if "code" in INDEX[name]:
        assert status_of(result) == 1
        assert document["refusal"]["code"] == INDEX[name]["code"]
        return
    assert status_of(result) == 0, result.stdout
    assert {found["outcome"] for found in document["conditions"]} == {"ok"}
    assert {"name": "key", "outcome": "ok", "text": INDEX[name]["key"]} in document["steps"]
    assert SECRET not in result.output
    if INDEX[name]["signature"] == "v4":
        assert status_of(run(str(RECORDED / name), "--at", "2030-01-09T00:00:00Z")) == 1


@pytest.mark.parametrize("name", [name for name in INDEX if "code" not in INDEX[name]])
def test_a_recording_with_the_wrong_secret(run: Run, name: str) -> None:
    result = run(str(RECORDED / name), *MOMENT, secret="wrong")
    assert status_of(result) == 1
    assert result.stdout.startswith("REFUSE: 403 SignatureDoesNotMatch, EC 0002-00000705")


def test_a_recording_cut_short(run: Run) -> None:
    given = (RECORDED / "curl-7.88.1.http").read_bytes()[:-10]
    result = run("-", given=given)
    assert status_of(result) == 1
    assert "MalformedPOSTRequest, EC 0006-00000104" in result.stdout.splitlines()[0]


def test_a_page(run: Run, tmp_path: Path, cv: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(render_page(signed()), "utf-8")
    result = run(str(page), "--file", str(cv))
    assert (status_of(result), result.stdout.splitlines()[0]) == (0, "ACCEPT")
    assert "received application/pdf" in result.stdout
    assert f"stringToSign: {signed_policy(page)}" in result.stdout
    cv.write_bytes(b"%PDF-1.7 0123")
    result = run(str(page), "--file", str(cv))
    assert status_of(result) == 1
    assert "EntityTooLarge" in result.stdout.splitlines()[0]
    result = run(str(page), secret=None)
    assert status_of(result) == 0
    assert result.stdout.splitlines()[0] == "ACCEPT, but not judged: signature, size"
    assert status_of(run(str(page), "--bucket", "other")) == 1


def signed_policy(page: Path) -> str:
    return page.read_text("utf-8").partition('name="policy" value="')[2].partition('"')[0]


def test_a_page_in_a_wrong_order(run: Run, cv: Path) -> None:
    head, policy, rest = render_page(signed()).partition('<input type="hidden" name="policy"')
    line, _, rest = (policy + rest).partition("\n")
    page = head + rest.replace("</form>", f"{line}</form>")
    result = run("-", "--file", str(cv), given=page.encode())
    assert status_of(result) == 1
    assert "policy (behind the file)" in result.stdout
    assert "Post request policy is empty." in result.stdout.splitlines()[0]
    assert "no store reads them: policy." in result.stdout


@pytest.mark.parametrize(
    ("there", "instead", "code", "hint"),
    [
        ('name="file"', 'name="upload"', "IncorrectNumberOfFilesInPOSTRequest", "name it file"),
        ('enctype="multipart/form-data"', "", "RequestIsNotMultiPartContent", "enctype="),
        ('method="post"', "", "RequestIsNotMultiPartContent", 'method="post"'),
    ],
)
def test_a_page_that_sends_no_form(
    run: Run, there: str, instead: str, code: str, hint: str
) -> None:
    page = render_page(signed())
    assert there in page
    result = run("-", given=page.replace(there, instead).encode())
    assert status_of(result) == 1
    assert code in result.stdout.splitlines()[0]
    assert hint in result.stdout


def test_json_of_the_toolkit(run: Run, cv: Path) -> None:
    text = signed().to_json()
    assert status_of(run(text, "--file", str(cv))) == 0
    twice = text.replace('"key":', '"KEY": "a/b", "key":', 1)
    result = run("-", "--json", given=twice.encode())
    assert status_of(result) == 1
    assert json.loads(result.stdout)["refusal"]["code"] == "InvalidArgument"
    assert json.loads(result.stdout)["fields"][:2] == ["KEY", "key"]


def test_fields_as_json(run: Run, cv: Path) -> None:
    fields = dict(signed().fields) | {"file": "", "submit": "Upload"}
    result = run("-", "--json", "--file", str(cv), given=json.dumps(fields).encode())
    document = json.loads(result.stdout)
    assert (document["verdict"], document["lateFields"]) == ("accept", ["submit"])
    assert document["conditions"][0] == {
        "condition": '["eq", "$bucket", "inbox"]',
        "expected": "inbox",
        "received": None,
        "outcome": "unknown",
    }


def test_a_body_alone(run: Run) -> None:
    for options in ((), ("--content-type", "multipart/form-data; boundary=B")):
        result = run("-", "--json", *options, given=BODY)
        document = json.loads(result.stdout)
        assert (document["fields"], document["lateFields"]) == (["key"], ["Expires"])
        assert document["verdict"] == "accept"
    assert status_of(run("-", "--content-type", "text/plain", given=BODY)) == 1


def test_a_captured_request(run: Run) -> None:
    field = signed().fields["policy"]
    with_policy = BODY.replace(b"a.txt", b"a.txt\r\n" + part("policy", field), 1)
    request = REQUEST + b"boundary=B\r\nx-oss-object-acl: public-read\r\n\r\n" + with_policy
    document = json.loads(run("-", "--json", given=request).stdout)
    received = [found["received"] for found in document["conditions"]]
    assert "photos" in received
    assert "public-read" in received
    typed_twice = REQUEST + b"boundary=B\r\nContent-Type: a/b\r\n\r\n" + BODY
    assert "RequestIsNotMultiPartContent" in run("-", given=typed_twice).stdout


def part(name: str, value: str) -> bytes:
    return f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()


def test_a_policy_alone(run: Run, tmp_path: Path) -> None:
    form = signed()
    document = tmp_path / "policy.json"
    document.write_text(form.policy, "utf-8")
    for source in (form.policy, form.fields["policy"], str(document)):
        result = run(source)
        assert status_of(result) == 0, result.output
        assert form.policy in result.stdout
        assert "not checked" not in result.stdout
    later = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    result = run(form.policy, "--at", later)
    assert status_of(result) == 1
    assert "Policy expired" in result.stdout.splitlines()[0]
    assert status_of(run("-", given=b"e30*")) == 1
    escaped = '{"expiration": "2130-01-01T00:00:00Z", "conditions": [["eq", "$key", "\\${a}"]]}'
    assert status_of(run(escaped)) == 0


def test_strict(run: Run, cv: Path) -> None:
    fields = dict(signed().fields) | {"success_action_redirect": "https://example.com/"}
    given = json.dumps(fields).encode()
    result = run("-", "--file", str(cv), given=given)
    assert status_of(result) == 0
    assert "strict   strict forms" in result.stdout
    assert status_of(run("-", "--strict", "--file", str(cv), given=given)) == 1


def test_what_a_form_holds_moves_no_cursor(run: Run) -> None:
    policy = '{"expiration": "2130-01-01T00:00:00Z", "conditions": [{"key": "\\u001b[2J"}]}'
    fields = {"key": "\x1b[2J", "policy": base64.b64encode(policy.encode()).decode()}
    result = run("-", given=json.dumps(fields).encode())
    assert "\x1b" not in result.stdout
    assert "received \\x1b[2J" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "given", "message"),
    [
        (["nowhere.html"], b"", "can't read nowhere.html: No such file"),
        (["no\x1b[2J"], b"", "can't read no\\x1b[2J: No such file"),
        (["-"], b" \n", "the input is empty"),
        (["-"], b"\xff\xfe", "not UTF-8 text"),
        (["-"], b"<p>nothing</p>", "no form with a file input"),
        (["-"], b"{", "the JSON can't be read"),
        (["-"], b'{"fields": [1]}', "the JSON holds no fields"),
        (["-"], b'{"key": 1}', "the JSON holds no fields"),
        (["-"], b"POST / HTTP/1.1\r\n", "no blank line"),
        (["-"], b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "is chunked"),
        (["-", "--at", "noon"], b"e30=", "the moment 'noon' is none"),
        (["-", "--at", "2030-01-01"], b"e30=", "the moment '2030-01-01' is none"),
        (["-", "--strict"], b"e30=", "a policy alone has no file"),
        (["-", "--ask-secret"], b"e30=", "there is no terminal to ask on"),
        (["-", "--file", __file__], BODY, "leave --file out"),
    ],
)
def test_bad_usage(run: Run, arguments: list[str], given: bytes, message: str) -> None:
    result = run(*arguments, given=given)
    assert status_of(result) == 2
    assert message in result.stderr
    assert result.stderr.startswith("pillarbox explain: ")
    assert len(result.stderr.splitlines()) == 1


def test_asks_for_the_secret_on_a_terminal() -> None:
    program = "from pillarbox.cli.main import main; main()"
    recording = str(RECORDED / "curl-7.88.1.http")
    arguments = [sys.executable, "-c", program, "explain", recording, "--ask-secret"]
    status, seen = type_secret(arguments, os.environ, SECRET)
    assert status == 0, seen
    assert b"right for the secret of" in seen
    assert SECRET.encode() not in seen
