from __future__ import annotations

import json
import socket
from collections.abc import Callable
from dataclasses import dataclass

import httpx
import pytest

from pillarbox.cli.main import main
from pillarbox.forms import Credentials, PostForm
from tests.client.web_server import web_server
from tests.server_process import TEST_KEY, ServerProcess

SITE = "https://www.example.com"


@dataclass(frozen=True, slots=True)
class Done:
    status: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def run(
    module_server: ServerProcess,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Runs `pillarbox bucket`; whatever it prints holds no secret and no traceback."""
    monkeypatch.setenv("PILLARBOX_ENDPOINT", module_server.base_url)
    monkeypatch.setenv("PILLARBOX_ACCESS_KEY_ID", TEST_KEY.id)
    monkeypatch.setenv("PILLARBOX_ACCESS_KEY_SECRET", TEST_KEY.secret)
    for name in ("PILLARBOX_SECURITY_TOKEN", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)

    def command(*arguments: str, **variables: str) -> Done:
        monkeypatch.setattr("sys.argv", ["pillarbox", "bucket", *arguments])
        with monkeypatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as exited:
                main()
        printed = capsys.readouterr()
        both = printed.out + printed.err
        assert "Traceback" not in both
        assert TEST_KEY.secret not in both
        assert "hush-hush" not in both
        status = exited.value.code
        assert isinstance(status, int)
        return Done(status, printed.out, printed.err)

    return command


def done(out: str) -> Done:
    return Done(0, out, "")


def preflight(server: ServerProcess, bucket: str, origin: str = SITE) -> httpx.Response:
    """What a browser asks before a script uploads with a progress bar."""
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-requested-with",
    }
    return httpx.options(f"{server.base_url}/{bucket}", headers=headers)


def test_buckets_are_made_and_listed(run: Run, module_server: ServerProcess) -> None:
    url = module_server.base_url
    assert run("create", "made") == done(f"Bucket made is there: {url}/made\n")
    assert run("create", "made-too", "--acl", "public-read") == done(
        f"Bucket made-too is there, ACL public-read: {url}/made-too\n"
    )
    assert run("create", "made") == done(f"Bucket made is there: {url}/made\n")

    rows = [line.split() for line in run("list").out.splitlines()]
    found = {row[0]: row for row in rows}
    assert found["made"][3:] == ["UTC", "oss-cn-hangzhou", "Standard"]
    assert {"made", "made-too"} <= found.keys()

    listed = json.loads(run("list", "--json").out)
    assert [bucket["name"] for bucket in listed] == [row[0] for row in rows]
    assert list(listed[0]) == ["name", "created", "location", "storageClass"]


def test_no_buckets(run: Run, server: ServerProcess) -> None:
    empty = run("list", "--endpoint", server.base_url)
    assert (empty.status, empty.out) == (0, "")
    assert empty.err == "No buckets: pillarbox bucket create NAME makes one\n"
    assert run("list", "--json", "--endpoint", server.base_url) == done("[]\n")


def test_the_acl_is_shown_and_set(run: Run, module_server: ServerProcess) -> None:
    run("create", "acls")
    assert run("acl", "acls") == done("private\n")
    assert run("acl", "acls", "public-read-write") == done("public-read-write\n")
    assert run("acl", "acls") == done("public-read-write\n")
    anonymous = {"file": ("a.txt", b"hello")}
    posted = httpx.post(f"{module_server.base_url}/acls", data={"key": "a"}, files=anonymous)
    assert posted.status_code == 204
    assert json.loads(run("acl", "acls", "--json").out) == {
        "bucket": "acls",
        "acl": "public-read-write",
    }
    assert json.loads(run("acl", "acls", "private", "--json").out)["acl"] == "private"
    assert run("create", "acls", "--acl", "public-read").status == 0
    assert run("acl", "acls") == done("public-read\n")


def test_a_script_may_upload_after_bucket_cors(run: Run, module_server: ServerProcess) -> None:
    run("create", "cors")
    assert preflight(module_server, "cors").status_code == 403
    assert run("cors", "cors").out.startswith("Bucket cors has no CORS rules")

    told = run("cors", "cors", "--origin", SITE, "--origin", "http://localhost:*")
    assert (told.status, told.err) == (0, "")
    assert told.out.splitlines()[:3] == [
        "Rule 1 of bucket cors",
        "  origins  https://www.example.com, http://localhost:*",
        "  methods  GET, PUT, DELETE, POST, HEAD",
    ]
    assert run("cors", "cors") == told

    asked = preflight(module_server, "cors")
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == SITE
    assert asked.headers["access-control-allow-headers"] == "x-requested-with"
    assert preflight(module_server, "cors", "https://evil.example").status_code == 403
    form = PostForm(endpoint=module_server.base_url, bucket="cors", key="a", max_size=10)
    signed = form.sign_v1(Credentials(TEST_KEY.id, TEST_KEY.secret))
    file = {"file": ("a.txt", b"hello")}
    answer = httpx.post(
        signed.action, data=dict(signed.fields), files=file, headers={"Origin": SITE}
    )
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == SITE
    assert "ETag" in answer.headers["access-control-expose-headers"]

    removed = run("cors", "cors", "--remove")
    assert (removed.status, removed.err) == (0, "")
    assert removed == run("cors", "cors")
    assert preflight(module_server, "cors").status_code == 403


def test_every_part_of_a_rule(run: Run) -> None:
    run("create", "parts")
    options = ["--origin", "*", "--method", "get", "--method", "POST", "--header", "range"]
    done = run("cors", "parts", *options, "--expose", "ETag", "--max-age", "0", "--json")
    assert json.loads(done.out) == {
        "rules": [
            {
                "origins": ["*"],
                "methods": ["GET", "POST"],
                "headers": ["range"],
                "expose": ["ETag"],
                "maxAge": 0,
            }
        ],
        "responseVary": False,
    }
    assert run("cors", "parts", "--json") == done
    assert json.loads(run("cors", "parts", "--remove", "--json").out)["rules"] == []


@pytest.mark.parametrize(
    ("arguments", "variables", "said"),
    [
        (["acl", "not-there"], {}, ["404 NoSuchBucket", "bucket list shows"]),
        (["cors", "not-there"], {}, ["404 NoSuchBucket"]),
        (["cors", "not-there", "--origin", "*"], {}, ["404 NoSuchBucket"]),
        (["cors", "not-there", "--remove"], {}, ["404 NoSuchBucket"]),
        (
            ["list"],
            {"PILLARBOX_ACCESS_KEY_SECRET": "hush-hush"},
            ["403 SignatureDoesNotMatch", "see that PILLARBOX_ACCESS_KEY_SECRET holds"],
        ),
        (["list", "--id", "nobody"], {}, ["403 InvalidAccessKeyId", "--id or PILLARBOX_ACCESS"]),
        (
            ["list", "--token", "hush-hush"],
            {},
            ["403 InvalidSecurityToken", "PILLARBOX_SECURITY_TOKEN"],
        ),
        (
            ["list"],
            {"PILLARBOX_SECURITY_TOKEN": "hush-hush"},
            ["403 InvalidSecurityToken", "PILLARBOX_SECURITY_TOKEN"],
        ),
    ],
)
def test_refusals_are_told_in_one_line(
    run: Run, arguments: list[str], variables: dict[str, str], said: list[str]
) -> None:
    refused = run(*arguments, **variables)
    assert (refused.status, refused.out) == (1, "")
    (line,) = refused.err.splitlines()
    assert line.startswith(f"pillarbox bucket {arguments[0]}: the store refused: ")
    assert "(request id " in line
    for text in said:
        assert text in line


def test_the_request_id_is_the_logs(run: Run, module_server: ServerProcess) -> None:
    request_id = run("acl", "nowhere").err.partition("(request id ")[2].partition(")")[0]
    assert len(request_id) == 24
    module_server.wait_for_output(request_id)


def test_a_store_that_is_not_there(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        unreachable = run("create", "photos", "--endpoint", address)
    assert (unreachable.status, unreachable.out) == (1, "")
    assert unreachable.err == (
        f"pillarbox bucket create: can't reach http://{address}: Connection refused; start the "
        "store there, or name another by --endpoint or PILLARBOX_ENDPOINT\n"
    )


def test_a_server_that_is_no_store(run: Run) -> None:
    with web_server(404, b"<html>Not Found</html>") as site:
        foreign = run("acl", "photos", "--endpoint", site.url)
    assert (foreign.status, foreign.out) == (1, "")
    assert len(foreign.err.splitlines()) == 1
    assert "gave no answer of a store but 404" in foreign.err


def test_an_endpoint_that_has_the_bucket_already(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with web_server(200, headers={"x-oss-request-id": "ID"}) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        created = run("create", "photos", "--endpoint", "photos.oss.example")
    assert created.status == 0
    assert "begins with the bucket already" in created.err
    assert [request.target for request in proxy.received] == ["http://photos.photos.oss.example/"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["create"], "Missing argument 'NAME'"),
        (["create", "Photos"], "the bucket 'Photos' is no bucket name"),
        (["create", "photos", "--acl", "public"], "give one of private, public-read, public-read"),
        (["acl", "photos", "default"], "the ACL 'default' is none of a bucket"),
        (["acl", "a/b"], "the bucket 'a/b' is no bucket name"),
        (["cors", "photos", "--method", "GET"], "give --origin"),
        (["cors", "photos", "--origin", "example.com"], "--origin 'example.com' is not an origin"),
        (["cors", "photos", "--origin", "*", "--method", "PATCH"], "--method 'PATCH' can't be"),
        (["cors", "photos", "--origin", "*", "--max-age", "soon"], "--max-age"),
        (["cors", "photos", "--origin", "*", "--remove"], "--remove leaves no rule"),
        (["list", "--endpoint", "ftp://example.com"], "is no URL of a store"),
        (["list", "--endpoint", "http://me:hush-hush@example.com"], "write http://example.com"),
        (["list", "--id", "a b"], "the AccessKey id 'a b'"),
        (["list", "--token", "hush-hush\n"], "the security token"),
        (["list", "--nope"], "No such option: --nope"),
        (["remove", "photos"], "No such command 'remove'"),
    ],
)
def test_bad_options_are_told_in_one_line(run: Run, arguments: list[str], message: str) -> None:
    refused = run(*arguments)
    assert (refused.status, refused.out) == (2, "")
    assert len(refused.err.splitlines()) == 1
    assert message in refused.err


def test_without_secret_and_terminal_it_says_where_to_put_it(run: Run) -> None:
    refused = run("list", PILLARBOX_ACCESS_KEY_SECRET="")
    assert (refused.status, refused.out) == (2, "")
    assert refused.err == (
        "pillarbox bucket list: no AccessKey secret: put it into PILLARBOX_ACCESS_KEY_SECRET "
        "(there is no terminal to ask on)\n"
    )


@pytest.mark.parametrize(
    ("variable", "option"),
    [("PILLARBOX_ENDPOINT", "--endpoint"), ("PILLARBOX_ACCESS_KEY_ID", "--id")],
)
def test_what_is_missing(run: Run, variable: str, option: str) -> None:
    refused = run("list", **{variable: ""})
    assert (refused.status, refused.out) == (2, "")
    assert len(refused.err.splitlines()) == 1
    assert option in refused.err
    assert variable in refused.err


def test_versioning(run: Run) -> None:
    assert run("create", "kept").status == 0
    assert run("versioning", "kept").out == "never enabled\n"
    for wanted in ("Enabled", "suspended"):
        assert run("versioning", "kept", wanted).out == f"{wanted.lower()}\n"
        shown = json.loads(run("versioning", "kept", "--json").out)
        assert shown == {"bucket": "kept", "versioning": wanted.lower()}
    refused = run("versioning", "kept", "off")
    assert (refused.status, refused.out) == (2, "")
    assert "give enabled or suspended" in refused.err
    assert run("versioning", "kept").out == "suspended\n"
