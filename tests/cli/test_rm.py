from __future__ import annotations

import json
import os
import sys

from tests.cli.command import Run
from tests.cli.terminal import type_answer


def filled(run: Run, bucket: str, *keys: str) -> None:
    assert run("bucket", "create", bucket).status == 0
    for key in keys:
        assert run("cp", "-", f"oss://{bucket}/{key}", stdin=b"x").status == 0


def keys(run: Run, bucket: str) -> list[str]:
    return [entry["key"] for entry in json.loads(run("ls", "-r", f"oss://{bucket}", "--json").out)]


def test_single_objects(run: Run) -> None:
    filled(run, "single", "a", "b", "c")
    done = run("rm", "oss://single/a", "oss://single/b")
    assert (done.status, done.err) == (0, "")
    assert done.out == "Removed oss://single/a\nRemoved oss://single/b\n"
    assert keys(run, "single") == ["c"]
    assert run("rm", "oss://single/never-there").status == 0


def test_a_folder_is_no_prefix(run: Run) -> None:
    filled(run, "folders", "photo", "photo/a", "photo/b/c", "photograph", "photo.jpg")
    done = json.loads(run("rm", "-r", "oss://folders/photo", "--json").out)
    assert done == {
        "removed": [f"oss://folders/{key}" for key in ("photo", "photo/a", "photo/b/c")],
        "dryRun": False,
    }
    assert keys(run, "folders") == ["photo.jpg", "photograph"]


def test_a_whole_bucket_of_odd_keys(run: Run) -> None:
    odd = ["a\x01b", "line\nend", "<&>", " blanks ", "plus+%2F", "é/ü", "a\ufffdb"]
    filled(run, "whole", *odd)
    assert sorted(keys(run, "whole")) == sorted(odd)
    would = json.loads(run("rm", "-r", "--dry-run", "oss://whole", "--json").out)
    assert len(would["removed"]) == len(odd)
    assert sorted(keys(run, "whole")) == sorted(odd)
    assert run("bucket", "delete", "whole").err.endswith(
        "pillarbox rm -r oss://BUCKET empties it, --versions of what it kept too\n"
    )
    assert len(run("rm", "-r", "oss://whole").out.splitlines()) == len(odd)
    assert keys(run, "whole") == []
    assert run("bucket", "delete", "whole").out == "Bucket whole is deleted\n"


def test_nothing_is_there(run: Run) -> None:
    filled(run, "nothing")
    done = run("rm", "-r", "oss://nothing/dir")
    assert (done.status, done.out, done.err) == (0, "", "Nothing is there\n")


def test_all_versions(run: Run) -> None:
    filled(run, "kept", "a/1")
    assert run("bucket", "versioning", "kept", "enabled").status == 0
    for _ in range(2):
        for key in ("a/1", "a/2", "b"):
            assert run("cp", "-", f"oss://kept/{key}", stdin=b"x").status == 0
    assert run("rm", "-r", "--yes", "oss://kept").status == 0
    assert run("bucket", "delete", "kept").status == 1
    refused = run("rm", "--versions", "oss://kept/a/1")
    assert (refused.status, "give -r as well" in refused.err) == (2, True)
    shown = run("rm", "-r", "--versions", "--dry-run", "oss://kept/a")
    assert len(shown.out.splitlines()) == 7
    removed = run("rm", "-r", "--versions", "--yes", "oss://kept")
    assert len(removed.out.splitlines()) == 10
    assert run("bucket", "delete", "kept").status == 0


def test_a_terminal_is_asked(run: Run) -> None:
    filled(run, "asked", "a")
    arguments = [sys.executable, "-m", "pillarbox", "rm", "-r", "oss://asked"]
    question = "Remove all that lies in oss://asked/? [y/N]"
    assert type_answer(arguments, os.environ, question, "n")[0] == 1
    assert keys(run, "asked") == ["a"]
    assert type_answer(arguments, os.environ, question, "y")[0] == 0
    assert keys(run, "asked") == []


def test_what_is_asked_wrongly(run: Run) -> None:
    assert "pillarbox bucket delete removes it" in run("rm", "oss://photos").err
    assert run("rm", "oss://photos").status == 2
    assert run("rm", "photos/a").status == 2
    refused = run("rm", "-r", "oss://not-there")
    assert (refused.status, refused.out) == (1, "")
    assert "404 NoSuchBucket" in refused.err
