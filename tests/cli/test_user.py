"""`pillarbox user`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.here import CommandLine
from tests.cli.policies import FAULTY, UPLOADS
from tests.storage.stores import rows


def test_a_user_comes_gets_policies_and_goes(line: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "uploads.json").write_text(UPLOADS)
    (root,) = json.loads(line.done("account", "list", "--json"))
    told = line.done("user", "create", "webform")
    assert told == f"User webform of account {root['id']} is there\n"
    (shown,) = line.done("user", "list").splitlines()
    assert (shown.split()[0], shown.split()[2]) == ("webform", "policies=-")
    told = line.done("user", "attach", "webform", "uploads", str(tmp_path / "uploads.json"))
    assert told == "Policy uploads is attached to user webform\n"
    line.done("user", "attach", "webform", "more", "-", stdin=UPLOADS)
    (shown,) = line.done("user", "list").splitlines()
    assert shown.split()[2] == "policies=more,uploads"
    told = line.done("user", "detach", "webform", "more", "--json")
    assert json.loads(told) == {"user": "webform", "detached": "more"}
    (user,) = json.loads(line.done("user", "list", "--json"))
    assert user["policies"] == {"uploads": json.loads(UPLOADS)}
    line.done("key", "create", "--user", "webform")
    assert line.done("user", "delete", "webform").startswith("User webform is deleted")
    ended = line.run("user", "list")
    assert (ended.stdout, ended.stderr.startswith("No users: ")) == ("", True)
    assert len(line.done("key", "list").splitlines()) == 1


def test_users_of_another_account(line: CommandLine) -> None:
    account_id = json.loads(line.done("account", "create", "Fabrikam", "--json"))["id"]
    line.done("user", "create", "webform", "--account", account_id)
    assert line.done("user", "list") == ""
    (user,) = json.loads(line.done("user", "list", "--account", account_id, "--json"))
    assert (user["account"], user["name"]) == (account_id, "webform")


def test_a_policy_that_is_not_understood_is_not_kept(line: CommandLine, prepared: Path) -> None:
    line.done("user", "create", "webform")
    told = line.mistake("user", "attach", "webform", "uploads", "-", stdin=FAULTY)
    assert told.startswith("pillarbox user attach: '-' can't be taken: statement 2: ")
    assert "the condition key 'oss:Colour' is not understood" in told
    assert rows(prepared, "SELECT * FROM attached_policies") == []


def test_mistakes_are_one_line(line: CommandLine, tmp_path: Path) -> None:
    line.done("user", "create", "webform")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    attach = ("user", "attach", "webform", "uploads")
    assert "can't read '/nowhere': No such file" in line.mistake(*attach, "/nowhere")
    assert "is not UTF-8: give the JSON of a RAM policy" in line.mistake(
        *attach, str(tmp_path / "binary")
    )
    assert "has a user 'webform' already" in line.mistake("user", "create", "webform")
    assert "is not 1 to 64 letters" in line.mistake("user", "create", "web/form")
    assert "has no user 'x': see `pillarbox user list`" in line.mistake("user", "delete", "x")
    assert "has no policy 'x'" in line.mistake("user", "detach", "webform", "x")
    assert "there is no account '7'" in line.mistake("user", "list", "--account", "7")
