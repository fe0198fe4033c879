"""`pillarbox role`."""

from __future__ import annotations

import json

import pytest

from tests.cli.here import CommandLine
from tests.cli.policies import UPLOADS, trust


@pytest.fixture
def root(line: CommandLine) -> str:
    """The root AccessKey's account."""
    (account,) = json.loads(line.done("account", "list", "--json"))
    return str(account["id"])


def test_a_role_comes_gets_policies_and_goes(line: CommandLine, root: str) -> None:
    told = line.done("role", "create", "uploader", "--trust", "-", stdin=trust(root))
    assert told == f"Role uploader is there: acs:ram::{root}:role/uploader\n"
    line.done("role", "attach", "uploader", "uploads", "-", stdin=UPLOADS)
    (shown,) = line.done("role", "list").splitlines()
    assert shown.split()[0] == f"acs:ram::{root}:role/uploader"
    assert shown.endswith("  1 hour  policies=uploads")

    # Made again, it has other rules and the same policies.
    words = ("role", "create", "uploader", "--trust", "-", "--max-session", "15m", "--json")
    made = json.loads(line.done(*words, stdin=trust("*")))
    assert (made["maxSessionSeconds"], made["trust"]) == (900, json.loads(trust("*")))
    (role,) = json.loads(line.done("role", "list", "--json"))
    assert role["policies"] == {"uploads": json.loads(UPLOADS)}

    line.done("role", "detach", "uploader", "uploads")
    assert line.done("role", "delete", "uploader") == "Role uploader is deleted\n"
    ended = line.run("role", "list")
    assert (ended.stdout, ended.stderr.startswith("No roles: ")) == ("", True)


def test_mistakes_are_one_line(line: CommandLine, root: str) -> None:
    create = ("role", "create", "uploader", "--trust", "-")
    assert "'-' can't be taken: statement 1: it has 'Resource'" in line.mistake(
        *create, stdin=UPLOADS
    )
    told = line.mistake(*create, stdin=trust(root).replace("sts:AssumeRole", "oss:PutObject"))
    assert told.endswith(
        "statement 1: 'oss:PutObject' never applies: such a document speaks of sts:AssumeRole alone"
    )
    told = line.mistake(*create, "--max-session", "13h", stdin=trust(root))
    assert told == ("pillarbox role create: a session of 46800 seconds is not 15m to 12h long")
    told = line.mistake(*create, "--max-session", "long", stdin=trust(root))
    assert "'long' is no span of time" in told
    assert "has no role 'uploader'" in line.mistake("role", "delete", "uploader")
    assert "has no role 'uploader'" in line.mistake(
        "role", "attach", "uploader", "p", "-", stdin=UPLOADS
    )
    assert line.run("role", "list").stdout == ""
