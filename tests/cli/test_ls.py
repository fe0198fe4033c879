from __future__ import annotations

import json

from tests.cli.command import Run
from tests.server_process import ServerProcess


def filled(run: Run, bucket: str, *keys: str) -> None:
    assert run("bucket", "create", bucket).status == 0
    for key in keys:
        assert run("cp", "-", f"oss://{bucket}/{key}", stdin=b"12345").status == 0


def test_buckets(run: Run) -> None:
    filled(run, "first")
    assert "first" in run("ls").out
    assert run("ls") == run("bucket", "list")
    assert run("ls", "--json") == run("bucket", "list", "--json")


def test_objects_and_folders(run: Run) -> None:
    filled(run, "tree", "a.txt", "dir/b.txt", "dir/sub/c.txt", "dirt", "é z.txt")
    lines = run("ls", "oss://tree").out.splitlines()
    assert [line[40:] for line in lines] == ["a.txt", "dirt", "é z.txt", "dir/"]
    assert [line[23:38].strip() for line in lines] == ["5", "5", "5", "folder"]
    assert lines[0][19:23] == " UTC"
    inside = run("ls", "oss://tree/dir/").out.splitlines()
    assert [line[40:] for line in inside] == ["dir/b.txt", "dir/sub/"]
    every = run("ls", "-r", "oss://tree/dir").out.splitlines()
    assert [line[40:] for line in every] == ["dir/b.txt", "dir/sub/c.txt", "dirt"]


def test_json(run: Run) -> None:
    filled(run, "documents", "a/x", "b")
    folder, entry = sorted(json.loads(run("ls", "oss://documents", "--json").out), key=len)
    assert folder == {"prefix": "a/"}
    assert list(entry) == ["key", "size", "modified", "etag", "type", "storageClass"]
    assert (entry["key"], entry["size"], entry["type"]) == ("b", 5, "Normal")
    assert json.loads(run("ls", "oss://documents/none", "--json").out) == []


def test_a_key_moves_no_cursor(run: Run) -> None:
    filled(run, "controls", "bell\x07\x1b[2J")
    done = run("ls", "oss://controls")
    assert "\x1b" not in done.out
    assert "bell\\x07\\x1b[2J" in done.out
    assert json.loads(run("ls", "oss://controls", "--json").out)[0]["key"] == "bell\x07\x1b[2J"


def test_nothing(run: Run) -> None:
    filled(run, "empty")
    done = run("ls", "oss://empty/none")
    assert (done.status, done.out, done.err) == (0, "", "Nothing is there: oss://empty/none\n")


def test_refusals(run: Run, module_server: ServerProcess) -> None:
    refused = run("ls", "oss://not-there")
    assert (refused.status, refused.out) == (1, "")
    assert refused.err.startswith("pillarbox ls: the store refused: 404 NoSuchBucket")
    request_id = refused.err.partition("(request id ")[2].partition(")")[0]
    module_server.wait_for_output(request_id)
    wrong = run("ls", "photos")
    assert (wrong.status, wrong.out) == (2, "")
    assert "'photos' is no address in a store: write it like oss://bucket/key" in wrong.err
    assert run("ls", "oss://Photos/a").status == 2
