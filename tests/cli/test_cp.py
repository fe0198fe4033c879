from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from pillarbox.cli import store_access
from tests.cli.command import Run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory."""
    path = tmp_path / "here"
    path.mkdir()
    monkeypatch.chdir(path)
    return path


def keys(run: Run, bucket: str) -> list[str]:
    return [entry["key"] for entry in json.loads(run("ls", "-r", f"oss://{bucket}", "--json").out)]


def files(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_there_and_back(run: Run, folder: Path) -> None:
    run("bucket", "create", "trips")
    body = bytes(range(256)) * 10
    (folder / "é b.bin").write_bytes(body)
    done = run("cp", "é b.bin", "oss://trips/dir/")
    assert (done.status, done.err) == (0, "")
    assert done.out == "é b.bin -> oss://trips/dir/é b.bin: 2560 bytes\n"
    assert run("cp", "oss://trips/dir/é b.bin", "back").status == 0
    assert (folder / "back").read_bytes() == body
    assert run("cp", "oss://trips/dir/é b.bin", "-").body == body
    assert run("cat", "oss://trips/dir/é b.bin", "oss://trips/dir/é b.bin").body == body * 2
    (folder / "into").mkdir()
    assert run("cp", "oss://trips/dir/é b.bin", "into").status == 0
    assert (folder / "into" / "é b.bin").read_bytes() == body
    assert run("cp", "-", "oss://trips/piped", stdin=body).status == 0
    assert run("cat", "oss://trips/piped").body == body
    (folder / "empty").touch()
    assert run("cp", "empty", "oss://trips/empty").status == 0
    assert run("cp", "oss://trips/empty", "empty-back").status == 0
    assert (folder / "empty-back").read_bytes() == b""


def test_json(run: Run, folder: Path) -> None:
    run("bucket", "create", "documents")
    (folder / "a").write_bytes(b"123456789")
    assert json.loads(run("cp", "a", "oss://documents/", "--json").out) == {
        "copied": [
            {
                "source": "a",
                "target": "oss://documents/a",
                "size": 9,
                "crc64": "11051210869376104954",
                "kept": 0,
            }
        ],
        "failed": [],
    }


def test_headers(run: Run, folder: Path) -> None:
    run("bucket", "create", "headers")
    for name in ("a.png", "b.tar.gz", "c"):
        (folder / name).write_bytes(b"x")
    run("cp", "a.png", "b.tar.gz", "c", "oss://headers/")
    types = [
        json.loads(run("stat", f"oss://headers/{name}", "--json").out)["contentType"]
        for name in ("a.png", "b.tar.gz", "c")
    ]
    assert types == ["image/png", "application/gzip", "application/octet-stream"]
    options = ["--content-type", "text/csv", "--meta", "a=b", "--meta", "c=d"]
    run("cp", "a.png", "oss://headers/a.png", *options, "--acl", "public-read")
    told = json.loads(run("stat", "oss://headers/a.png", "--json").out)
    assert (told["contentType"], told["metadata"]) == ("text/csv", {"a": "b", "c": "d"})


def test_nothing_is_replaced(run: Run, folder: Path) -> None:
    run("bucket", "create", "keeping")
    (folder / "a").write_bytes(b"first")
    assert run("cp", "a", "oss://keeping/a", "--forbid-overwrite").status == 0
    refused = run("cp", "a", "oss://keeping/a", "--forbid-overwrite")
    assert (refused.status, refused.out) == (1, "")
    assert "409 FileAlreadyExists" in refused.err
    refused = run("cp", "oss://keeping/a", "a", "--forbid-overwrite")
    assert refused.status == 1
    assert refused.err == "pillarbox cp: a: is there already, and --forbid-overwrite stands\n"


def test_within_the_store(run: Run, folder: Path) -> None:
    run("bucket", "create", "copies")
    run("bucket", "create", "elsewhere")
    (folder / "a.png").write_bytes(b"123456789")
    run("cp", "a.png", "oss://copies/dir/", "--meta", "author=eric")
    done = run("cp", "oss://copies/dir/a.png", "oss://elsewhere")
    assert (done.status, done.err) == (0, "")
    assert done.out == "oss://copies/dir/a.png -> oss://elsewhere/a.png: 9 bytes\n"
    told = json.loads(run("stat", "oss://elsewhere/a.png", "--json").out)
    assert (told["contentType"], told["metadata"]) == ("image/png", {"author": "eric"})
    assert told["crc64"] == "11051210869376104954"
    run("cp", "oss://copies/dir/a.png", "oss://copies/b", "--content-type", "text/csv")
    told = json.loads(run("stat", "oss://copies/b", "--json").out)
    assert (told["contentType"], told["metadata"]) == ("text/csv", {"author": "eric"})
    assert run("cp", "-r", "oss://copies", "oss://elsewhere/all").status == 0
    assert keys(run, "elsewhere") == ["a.png", "all/b", "all/dir/a.png"]
    refused = run("cp", "oss://copies/b", "oss://elsewhere/a.png", "--forbid-overwrite")
    assert "409 FileAlreadyExists" in refused.err


def test_trees(run: Run, folder: Path) -> None:
    run("bucket", "create", "trees")
    for name in ("top", "sub/a", "sub/deep/b"):
        path = folder / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    assert run("cp", "-r", "tree", "oss://trees/copy").status == 0
    assert keys(run, "trees") == ["copy/sub/a", "copy/sub/deep/b", "copy/top"]
    run("cp", "-", "oss://trees/copycat", stdin=b"x")
    assert run("cp", "-r", "oss://trees/copy", "back").status == 0
    assert files(folder / "back") == ["sub/a", "sub/deep/b", "top"]
    assert (folder / "back" / "sub" / "deep" / "b").read_text() == "sub/deep/b"


def test_keys_are_no_paths(run: Run, folder: Path) -> None:
    run("bucket", "create", "climbing")
    bad = ["../up", "a/../../up", "a//b", "nul\0", "./c"]
    for key in [*bad, "good", "folder/"]:
        assert run("cp", "-", f"oss://climbing/{key}", stdin=b"x").status == 0 or "\0" in key
    done = run("cp", "-r", "oss://climbing", "down", "--json")
    assert done.status == 1
    told = json.loads(done.out)
    assert [entry["source"] for entry in told["copied"]] == ["oss://climbing/good"]
    assert len(told["failed"]) == len(done.err.splitlines()) >= 4
    assert all("no file can be named" in entry["error"] for entry in told["failed"])
    assert files(folder) == ["down/good"]
    assert files(folder.parent) == ["here/down/good"]


def test_one_that_fails_ends_no_others(run: Run, folder: Path) -> None:
    run("bucket", "create", "partly")
    (folder / "tree").mkdir()
    (folder / "tree" / "a").write_bytes(b"a")
    (folder / "tree" / "b").symlink_to("not-there")
    (folder / "tree" / "c").write_bytes(b"c")
    done = run("cp", "-r", "tree", "oss://partly")
    assert done.status == 1
    assert done.err == "pillarbox cp: tree/b: No such file or directory\n"
    assert keys(run, "partly") == ["a", "c"]


def test_what_is_no_plain_file(run: Run, folder: Path) -> None:
    run("bucket", "create", "special")
    run("cp", "-", "oss://special/a", stdin=b"hello")
    before = Path(os.devnull).stat()
    assert run("cp", "oss://special/a", os.devnull).status == 0
    after = Path(os.devnull).stat()
    assert stat.S_ISCHR(after.st_mode)
    assert (before.st_ino, before.st_dev) == (after.st_ino, after.st_dev)
    assert run("cp", os.devnull, "oss://special/b").status == 0
    assert run("cat", "oss://special/b").body == b""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a"], "cp needs a source and a target"),
        (["a", "b"], "neither side is in a store"),
        (["-", "b"], "neither side is in a store"),
        (["-", "oss://photos"], "names a bucket and no object"),
        (["oss://photos", "."], "names a bucket and no object"),
        (["a", "oss://Photos/a"], "names no bucket"),
        (["a", ""], "is empty"),
        (["none", "oss://photos/a"], "none is not there: name a file that is"),
        (["sub", "oss://photos/a"], "sub is a folder: give -r"),
        (["a", "a", "oss://photos/a"], "is no folder, so it can't take several"),
        (["a", "oss://photos//a"], "can't be an object"),
        (["oss://photos/a", "oss://photos/a"], "are the same object"),
        (["-r", "oss://photos/a", "oss://photos/a/b"], "the copy would have no end"),
        (["-r", "-", "oss://photos/a"], "-r copies a folder from or to a store"),
        (["a", "oss://photos/a", "--acl", "public"], "give one of default, private"),
        (["a", "oss://photos/a", "--meta", "author"], "has no ="),
        (["a", "oss://photos/a", "--meta", "a=b\nc"], "a header holds no control"),
        (["a", "oss://photos/a", "--part-size", "1KiB"], "give --part-size 100KiB or more"),
        (["a", "oss://photos/a", "--part-size", "much"], "is no size"),
        (["oss://photos/a", "-", "--json"], "both want standard output"),
    ],
)
def test_what_is_asked_wrongly(run: Run, folder: Path, arguments: list[str], message: str) -> None:
    (folder / "a").write_bytes(b"a")
    (folder / "sub").mkdir()
    refused = run("cp", *arguments)
    assert (refused.status, refused.out) == (2, "")
    assert len(refused.err.splitlines()) == 1
    assert message in refused.err


def test_a_store_that_is_not_there_ends_all(run: Run, folder: Path) -> None:
    (folder / "a").write_bytes(b"a")
    (folder / "b").write_bytes(b"b")
    done = run("cp", "-r", ".", "oss://photos", "--endpoint", "http://no-such-host.invalid")
    assert done.status == 1
    (line,) = done.err.splitlines()
    assert line.startswith("pillarbox cp: can't reach http://photos.no-such-host.invalid")


def test_without_the_extra(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_access, "find_spec", lambda name: None)
    (folder / "a").write_bytes(b"a")
    for arguments in (["cp", "a", "oss://photos/a"], ["cat", "oss://photos/a"]):
        refused = run(*arguments)
        assert (refused.status, refused.out) == (1, "")
        (line,) = refused.err.splitlines()
        assert line.endswith("run pip install 'pillarbox[cli]'")


def test_no_checkpoint_is_left(run: Run, folder: Path, alone: Path) -> None:
    run("bucket", "create", "tidy")
    (folder / "a").write_bytes(b"x" * 300_000)
    run("cp", "a", "oss://tidy/a")
    assert run("cp", "oss://tidy/a", "b", "--part-size", "100KiB").status == 0
    assert (alone / "state").is_dir()
    assert files(alone) == []
