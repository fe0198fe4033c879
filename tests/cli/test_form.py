import base64
import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from unittest import mock

import pytest

from pillarbox.cli.main import main
from pillarbox.model.dialects import OSS
from pillarbox.signing import post_v1, post_v4
from tests.cli.terminal import type_secret

SECRET = "TestAccessKeySecret0123456789"
COMMAND = [sys.executable, "-c", "from pillarbox.cli.main import main; main()", "form"]
USUAL = ["--bucket", "photos", "--endpoint", "http://127.0.0.1:9000"]


def environment(**variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PILLARBOX_")}
    return kept | variables


WITH_KEY = {
    "PILLARBOX_ACCESS_KEY_ID": "TestAccessKeyId01",
    "PILLARBOX_ACCESS_KEY_SECRET": SECRET,
}


def run(
    *arguments: str, variables: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The command, in this process: to start a Python for each takes twenty times as long."""
    own = environment(**(WITH_KEY if variables is None else variables))
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with (
        mock.patch.dict(os.environ, own, clear=True),
        mock.patch.object(sys, "argv", ["pillarbox", "form", *arguments]),
        mock.patch.object(sys, "stdin", io.StringIO()),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    told, complained = (stream.buffer.getvalue().decode() for stream in (out, err))
    return subprocess.CompletedProcess(arguments, int(ended.value.code or 0), told, complained)


class Inputs(HTMLParser):
    def __init__(self, page: Path) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.action = ""
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "form":
            self.action = attributes["action"] or ""
        elif tag == "input":
            self.values[attributes["name"] or ""] = attributes.get("value") or ""


def policy_of(page: Inputs) -> dict[str, object]:
    document: dict[str, object] = json.loads(base64.b64decode(page.values["policy"]))
    return document


def test_the_sample_of_the_documentation(tmp_path: Path) -> None:
    out = tmp_path / "form.html"
    before = datetime.now(UTC).replace(microsecond=0)
    done = run(*USUAL, "--out", str(out))
    assert done.returncode == 0
    assert done.stderr == (
        "pillarbox form: warning: no size cap: a visitor may upload 5368709120 bytes (5 GiB); "
        "give a largest size\n"
    )

    page = Inputs(out)
    assert page.action == "http://127.0.0.1:9000/photos"
    assert list(page.values) == [
        "key",
        "x-oss-object-acl",
        "success_action_status",
        "success_action_redirect",
        "OSSAccessKeyId",
        "policy",
        "Signature",
        "file",
    ]
    assert page.values["key"] == "upload/${filename}"
    assert page.values["x-oss-object-acl"] == "default"
    assert page.values["success_action_status"] == "201"
    assert page.values["success_action_redirect"] == ""
    assert page.values["Signature"] == post_v1.sign(SECRET, page.values["policy"].encode())
    text = base64.b64decode(page.values["policy"]).decode()
    assert done.stdout.splitlines() == [
        f"Policy: {text}",
        f"Policy in base64: {page.values['policy']}",
        f"Page saved to: {out}",
    ]
    assert policy_of(page)["conditions"] == [
        {"bucket": "photos"},
        ["starts-with", "$key", "upload/"],
        ["content-length-range", 1, 5_368_709_120],
        ["eq", "$x-oss-object-acl", "default"],
        ["eq", "$success_action_status", "201"],
    ]
    expires = datetime.fromisoformat(str(policy_of(page)["expiration"]))
    assert before + timedelta(hours=1) <= expires <= datetime.now(UTC) + timedelta(hours=1)


def test_every_option(tmp_path: Path) -> None:
    out = tmp_path / "form.html"
    done = run(
        *USUAL,
        *("--out", str(out)),
        *("--object-key", "a/b.png"),
        *("--max-size", "10MiB"),
        *("--min-size", "1KiB"),
        *("--expires", "10m"),
        *("--meta", "author=Émile=1"),
        *("--meta", "Tag=b"),
        *("--token", "CAISxxTESTTOKEN=="),
        "--plain",
        *("--status", "204"),
        *("--redirect", "https://example.com/done"),
        *("--acl", "public-read"),
        *("--content-type", "image/png"),
        *("--content-type", "image/jpeg"),
        *("--signature", "v4"),
        *("--region", "cn-hangzhou"),
    )
    assert (done.returncode, done.stderr) == (0, "")
    page = Inputs(out)
    values = page.values
    scope = post_v4.Scope.parse(values["x-oss-credential"], OSS)
    assert (scope.access_key_id, scope.region) == ("TestAccessKeyId01", "cn-hangzhou")
    assert values["x-oss-signature"] == post_v4.sign(SECRET, scope, values["policy"].encode(), OSS)
    assert policy_of(page)["conditions"] == [
        {"bucket": "photos"},
        {"x-oss-signature-version": "OSS4-HMAC-SHA256"},
        {"x-oss-credential": values["x-oss-credential"]},
        {"x-oss-date": values["x-oss-date"]},
        {"x-oss-security-token": "CAISxxTESTTOKEN=="},
        ["eq", "$key", "a/b.png"],
        ["content-length-range", 1024, 10_485_760],
        ["in", "$content-type", ["image/png", "image/jpeg"]],
        ["eq", "$x-oss-object-acl", "public-read"],
        ["eq", "$success_action_status", "204"],
        ["eq", "$success_action_redirect", "https://example.com/done"],
        ["eq", "$x-oss-meta-author", "Émile=1"],
        ["eq", "$x-oss-meta-tag", "b"],
    ]
    assert values["x-oss-security-token"] == "CAISxxTESTTOKEN=="
    assert values["x-oss-meta-author"] == "Émile=1"


def test_the_page_has_a_script_and_the_plain_one_has_none(tmp_path: Path) -> None:
    out = tmp_path / "form.html"
    options = [*USUAL, "--max-size", "1MiB", "--out", str(out)]
    assert run(*options).returncode == 0
    assert "<pillarbox-upload no-overwrite>" in out.read_text("utf-8")
    assert run(*options, "--plain").returncode == 0
    assert "<script" not in out.read_text("utf-8")


def test_with_a_redirect_the_script_has_a_form_of_its_own(tmp_path: Path) -> None:
    out = tmp_path / "form.html"
    url = "https://careers.example/thanks"
    done = run(
        *(*USUAL, "--max-size", "1MiB", "--out", str(out), "--redirect", url),
        *("--policy-url", "/form", "--forbid-overwrite"),
    )
    assert (done.returncode, done.stderr) == (0, "")
    page = out.read_text("utf-8")
    assert Inputs(out).values["success_action_redirect"] == url
    assert f'next="{url}"' in page
    assert 'policy-url="/form"' in page
    data = json.loads(page.partition('"application/json">')[2].partition("</script>")[0])
    assert data["fields"]["success_action_redirect"] == ""
    assert data["fields"]["success_action_status"] == "201"
    assert data["fields"]["x-oss-forbid-overwrite"] == "true"
    policy = json.loads(base64.b64decode(data["fields"]["policy"]))
    assert ["eq", "$x-oss-forbid-overwrite", "true"] in policy["conditions"]


def test_json_for_a_front_end() -> None:
    done = run(*USUAL, "--json", "--max-size", "1MiB", "--content-type", "image/*")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert list(document) == ["url", "fields", "limits"]
    assert document["url"] == "http://127.0.0.1:9000/photos"
    fields = document["fields"]
    assert fields["Signature"] == post_v1.sign(SECRET, fields["policy"].encode())
    limits = document["limits"]
    assert (limits["maxSize"], limits["contentTypes"]) == (1_048_576, ["image/*"])
    assert SECRET not in done.stdout


def test_json_in_a_file(tmp_path: Path) -> None:
    out = tmp_path / "form.json"
    done = run(*USUAL, "--json", "--max-size", "1MiB", "--out", str(out))
    document = json.loads(out.read_text("utf-8"))
    assert done.stdout.splitlines()[1:] == [
        f"Policy in base64: {document['fields']['policy']}",
        f"JSON saved to: {out}",
    ]


def test_an_endpoint_as_the_sample_has_it(tmp_path: Path) -> None:
    out = tmp_path / "form.html"
    done = run(
        "--bucket", "oss-sample", "--endpoint", "oss-cn-hangzhou.aliyuncs.com", "--out", str(out)
    )
    assert done.returncode == 0
    assert Inputs(out).action == "http://oss-sample.oss-cn-hangzhou.aliyuncs.com/"


def test_doubts_are_lines_on_stderr(tmp_path: Path) -> None:
    out = tmp_path / "form.html"
    done = run(*USUAL, "--out", str(out), "--object-key", "${filename}", "--expires", "365d")
    assert done.returncode == 0
    lines = done.stderr.splitlines()
    assert [line.partition(": warning: ")[2].split(":")[0] for line in lines] == [
        "no size cap",
        "the key prefix is empty",
        "the form is good for 365 days, for whoever gets hold of it and for any number of uploads",
    ]


def test_warns_of_a_secret_on_the_command_line(tmp_path: Path) -> None:
    out = tmp_path / "form.html"
    usual = [*USUAL, "--max-size", "1MiB"]
    done = run(*usual, "--out", str(out), "--id", "id", "--key", SECRET, variables={})
    assert done.returncode == 0
    assert "others on this machine can see a secret" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    for text in (done.stdout, done.stderr, out.read_text("utf-8")):
        assert SECRET not in text


def test_asks_for_the_secret_on_a_terminal(tmp_path: Path) -> None:
    out = tmp_path / "form.html"
    arguments = [*COMMAND, *USUAL, "--out", str(out), "--id", "id"]
    status, seen = type_secret(arguments, environment(), SECRET)
    assert status == 0, seen
    assert b"AccessKey secret:" in seen
    assert SECRET.encode() not in seen
    values = Inputs(out).values
    assert values["Signature"] == post_v1.sign(SECRET, values["policy"].encode())


@pytest.mark.parametrize(
    ("options", "signed"),
    [
        (
            ("--signature", "s3v4", "--region", "eu-central-1"),
            ["x-amz-algorithm", "x-amz-credential", "x-amz-date", "policy", "x-amz-signature"],
        ),
        (("--signature", "s3v2"), ["AWSAccessKeyId", "policy", "signature"]),
    ],
)
def test_a_form_for_s3(options: tuple[str, ...], signed: list[str]) -> None:
    done = run(*USUAL, *options, "--json", "--meta", "tag=b", "--acl", "private")
    assert done.returncode == 0
    assert "warning: no size cap" in done.stderr
    fields = json.loads(done.stdout)["fields"]
    assert list(fields) == ["acl", "success_action_status", "x-amz-meta-tag", "key", *signed]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--bucket", "B"], "the bucket 'B' is no bucket name"),
        (["--endpoint", "ftp://example.com"], "is no URL of a store: write it like"),
        (["--object-key", ""], "can't name an object"),
        (["--max-size", "ten"], "'ten' is no size: write it like 10MiB"),
        (["--expires", "soon"], "'soon' is no span of time: write it like"),
        (["--expires", "0s"], "give a time to come"),
        (["--expires", "99999999d"], "after the year 9999"),
        (["--status", "302"], "200, 201 and 204"),
        (["--status", "ok"], "200, 201 and 204"),
        (["--redirect", "/done"], "no absolute URL"),
        (["--acl", "public"], "give one of default, private, public-read, public-read-write"),
        (["--content-type", "png"], "write it like image/png"),
        (["--signature", "v2"], "give v1, v4, s3v2, s3v4"),
        (["--signature", "s3v4"], "needs a region"),
        (["--signature", "s3v2", "--region", "eu-central-1"], "leave --region out"),
        (["--signature", "s3v2", "--forbid-overwrite"], "can't forbid to replace"),
        (["--signature", "v4"], "needs a region"),
        (["--region", "cn-hangzhou"], "leave --region out"),
        (["--signature", "v4", "--region", "a/b"], "write it like cn-hangzhou"),
        (["--min-size", "2", "--max-size", "1"], "swap them"),
        (["--meta", "author"], "write it like --meta author=eric"),
        (["--meta", "a=b", "--meta", "a=c"], "is there twice"),
        (["--meta", "a_b=c"], "letters, digits and - only"),
        (["--token", "a\nb"], "holds a control character"),
        (["--id", "a/b"], "the AccessKey id 'a/b'"),
        (["--id", "a b"], "the AccessKey id 'a b'"),
        (["--id", ""], "the AccessKey id ''"),
        (["--key", "hush-hush", "--bucket", "B"], "the bucket 'B' is no bucket name"),
        (["--key", "hush-hush", "--out", "/nowhere/f.html"], "can't save to /nowhere/f.html"),
        (["--meta", f"a={SECRET}"], "holds the AccessKey secret"),
        (["--json", "--plain"], "give one of them"),
        (["--plain", "--policy-url", "/form"], "leave --json and --plain out"),
        (["--policy-url", "javascript:alert(1)"], "is no URL"),
        (["--out", "/nowhere/form.html"], "can't save to /nowhere/form.html"),
        (["--nope"], "No such option: --nope"),
    ],
)
def test_bad_options_are_told_in_one_line(
    arguments: list[str], message: str, tmp_path: Path
) -> None:
    out = tmp_path / "form.html"
    done = run(*USUAL, "--out", str(out), *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert message in done.stderr
    assert not out.exists()


def test_a_missing_option_is_told_in_one_line() -> None:
    done = run("--bucket", "photos")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "pillarbox: Missing option '--endpoint'; see --help\n"


def test_a_page_needs_a_place() -> None:
    done = run(*USUAL)
    assert (done.returncode, done.stdout) == (2, "")
    assert "give --out" in done.stderr


def test_without_secret_and_terminal_it_says_where_to_put_it(tmp_path: Path) -> None:
    done = run(*USUAL, "--out", str(tmp_path / "f"), "--id", "id", variables={})
    assert done.returncode == 2
    assert done.stderr == (
        "pillarbox form: no AccessKey secret: put it into PILLARBOX_ACCESS_KEY_SECRET "
        "(there is no terminal to ask on)\n"
    )
