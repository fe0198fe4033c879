from __future__ import annotations

import json
from pathlib import Path

from tests.cli.command import Run


def test_an_object(run: Run, tmp_path: Path) -> None:
    run("bucket", "create", "facts")
    file = tmp_path / "a.html"
    file.write_bytes(b"123456789")
    run("cp", str(file), "oss://facts/", "--meta", "author=eric", "--acl", "public-read")
    told = json.loads(run("stat", "oss://facts/a.html", "--json").out)
    assert told.pop("modified").endswith("+00:00")
    assert told == {
        "address": "oss://facts/a.html",
        "size": 9,
        "etag": "25F9E794323B453885F5181F1B624D0B",
        # The check value of CRC-64/XZ.
        "crc64": "11051210869376104954",
        "contentType": "text/html",
        "contentDisposition": "attachment",
        "type": "Normal",
        "storageClass": "Standard",
        "metadata": {"author": "eric"},
    }
    lines = run("stat", "oss://facts/a.html").out.splitlines()
    assert "size                9" in lines
    assert "metadata            author=eric" in lines


def test_a_bucket(run: Run) -> None:
    run("bucket", "create", "known", "--acl", "public-read")
    told = json.loads(run("stat", "oss://known", "--json").out)
    assert list(told) == ["name", "created", "location", "storageClass", "acl", "owner"]
    assert (told["name"], told["acl"]) == ("known", "public-read")
    assert "acl           public-read" in run("stat", "oss://known/").out.splitlines()


def test_what_is_not_there(run: Run) -> None:
    run("bucket", "create", "lacking")
    refused = run("stat", "oss://lacking/none")
    assert (refused.status, refused.out) == (1, "")
    # A HEAD has no body: the refusal came in a header.
    assert "404 NoSuchKey, EC 0026-00000001" in refused.err
    assert "pillarbox ls -r oss://BUCKET shows those that are there" in refused.err
    assert "404 NoSuchBucket" in run("stat", "oss://never/none").err
    assert "404 NoSuchBucket" in run("stat", "oss://never").err
