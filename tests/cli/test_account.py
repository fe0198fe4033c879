"""`pillarbox account`."""

from __future__ import annotations

import json

from tests.cli.here import CommandLine


def created(line: CommandLine) -> str:
    """The id of a new account."""
    account_id = json.loads(line.done("account", "create", "Fabrikam", "--json"))["id"]
    assert isinstance(account_id, str)
    return account_id


def test_an_account_comes_and_goes(line: CommandLine) -> None:
    (root,) = json.loads(line.done("account", "list", "--json"))
    told = line.done("account", "create", "Fabrikam")
    account_id = told.split()[1]
    assert told == f"Account {account_id} is there: Fabrikam\n"
    first, second = line.done("account", "list").splitlines()
    assert (first.split()[0], first.split()[2:]) == (root["id"], ["enabled", "root"])
    assert (second.split()[0], second.split()[2:]) == (account_id, ["enabled", "Fabrikam"])
    assert line.done("account", "disable", account_id) == f"Account {account_id} is disabled\n"
    assert json.loads(line.done("account", "list", "--json"))[1]["enabled"] is False
    told = line.done("account", "enable", account_id, "--json")
    assert json.loads(told) == {"id": account_id, "enabled": True}
    assert line.done("account", "delete", account_id) == f"Account {account_id} is deleted\n"
    assert len(line.done("account", "list").splitlines()) == 1


def test_the_quota(line: CommandLine) -> None:
    account_id = created(line)
    lead = f"Account {account_id} holds 0 bytes of"
    shown = line.done("account", "quota", account_id)
    assert shown == f"{lead} any number in 0 objects of any number\n"
    shown = line.done("account", "quota", account_id, "--bytes", "10KiB", "--objects", "7")
    assert shown == f"{lead} 10240 in 0 objects of 7\n"
    # What an option doesn't say stays.
    shown = line.done("account", "quota", account_id, "--bytes", "none")
    assert shown == f"{lead} any number in 0 objects of 7\n"
    assert json.loads(line.done("account", "quota", account_id, "--json")) == {
        "account": account_id,
        "bytes": {"used": 0, "parts": 0, "quota": None},
        "objects": {"used": 0, "quota": 7},
    }
    assert json.loads(line.done("account", "list", "--json"))[1]["quota"] == {
        "bytes": None,
        "objects": 7,
    }


def test_mistakes_are_one_line(line: CommandLine) -> None:
    (root,) = json.loads(line.done("account", "list", "--json"))
    account_id = created(line)
    line.done("user", "create", "webform", "--account", account_id)
    assert "has the root AccessKey and can't be disabled" in line.mistake(
        "account", "disable", root["id"]
    )
    assert "still has buckets, users" in line.mistake("account", "delete", account_id)
    assert "there is no account '7': see" in line.mistake("account", "enable", "7")
    assert "there is no account '7': see" in line.mistake("account", "quota", "7")
    assert "is not 1 to 128 characters" in line.mistake("account", "create", "a\nb")
    assert "'lots' is no size" in line.mistake("account", "quota", account_id, "--bytes", "lots")
    told = line.mistake("account", "quota", account_id, "--objects", "-1")
    assert told == (
        "pillarbox account quota: '-1' is no number of objects: write it like 1000, or none"
    )
    told = line.mistake("account", "quota", account_id, "--bytes", "999999999999GiB")
    assert "is not between 0 and" in told
