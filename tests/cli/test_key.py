"""`pillarbox key`; beside a running server it is tried in `tests/wire/test_operator_limits.py`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pillarbox.model.objects import AccessKey
from pillarbox.storage.preparation import prepare
from tests.cli.here import CommandLine


def created(line: CommandLine, *words: str) -> dict[str, Any]:
    made = json.loads(line.done("key", "create", "--json", *words))
    assert isinstance(made, dict)
    return made


def test_the_secret_is_shown_once(line: CommandLine, prepared: Path) -> None:
    id_line, secret_line, note = line.done("key", "create").splitlines()
    key_id, secret = id_line.split()[-1], secret_line.split()[-1]
    assert note == "This is the only time that the secret is shown: keep it now"
    assert len(secret) == 40
    assert key_id in line.done("key", "list")
    for words in (("list",), ("list", "--json"), ("disable", key_id), ("enable", key_id)):
        assert secret not in line.run("key", *words).output
    files = [path for path in prepared.rglob("*") if path.is_file()]
    assert not [path for path in files if secret.encode() in path.read_bytes()]


def test_keys_of_users_and_of_accounts(line: CommandLine) -> None:
    line.done("user", "create", "webform")
    own, of_user = created(line), created(line, "--user", "webform")
    assert (own["user"], of_user["user"]) == (None, "webform")
    assert own["note"].startswith("This is the only time")
    shown = {words[0]: words[2:] for words in map(str.split, line.done("key", "list").splitlines())}
    assert shown[own["id"]] == ["enabled", "account"]
    assert shown[of_user["id"]] == ["enabled", "user=webform"]
    assert ["enabled", "root"] in shown.values()
    (only,) = json.loads(line.done("key", "list", "--user", "webform", "--json"))
    assert (only["id"], only["root"]) == (of_user["id"], False)


def test_rotating(line: CommandLine) -> None:
    line.done("user", "create", "webform")
    old = created(line, "--user", "webform")
    ended = line.run("key", "rotate", old["id"], "--json")
    new = json.loads(ended.stdout)
    assert (new["user"], new["account"]) == ("webform", old["account"])
    assert new["secret"] != old["secret"]
    assert f"{old['id']} goes on" in ended.stderr
    assert line.done("key", "disable", old["id"]) == f"AccessKey {old['id']} is disabled\n"
    states = {key["id"]: key["enabled"] for key in json.loads(line.done("key", "list", "--json"))}
    assert (states[old["id"]], states[new["id"]]) == (False, True)
    assert line.done("key", "delete", old["id"]) == f"AccessKey {old['id']} is deleted\n"
    assert old["id"] not in line.done("key", "list")


def test_the_root_key_gets_another_secret(line: CommandLine, prepared: Path) -> None:
    (root,) = json.loads(line.done("key", "list", "--json"))
    assert line.done("key", "root") == f"AccessKey id  {root['id']}\n"
    assert json.loads(line.done("key", "root", "--json")) == root
    kept = prepared / "root-access-key.json"  # of an earlier version
    kept.write_text("{}")
    shown = line.done("key", "root", "--new")
    assert shown.startswith(f"AccessKey id      {root['id']}\nAccessKey secret  ")
    assert "the only time" in shown
    assert not kept.exists()
    (now,) = json.loads(line.done("key", "list", "--json"))
    assert (now["id"], now["account"], now["root"]) == (root["id"], root["account"], True)
    assert prepare(prepared) == (
        AccessKey(root["id"], shown.splitlines()[1].split()[-1], root["account"]),
        False,
    )


def test_mistakes_are_one_line(line: CommandLine) -> None:
    (root,) = json.loads(line.done("key", "list", "--json"))
    assert "has no user 'x'" in line.mistake("key", "create", "--user", "x")
    assert "there is no AccessKey 'x': see `pillarbox key list`" in line.mistake(
        "key", "rotate", "x"
    )
    for word in ("rotate", "disable", "delete"):
        assert "is the root AccessKey: `pillarbox key root --new`" in line.mistake(
            "key", word, root["id"]
        )
    for _ in range(5):
        created(line)
    assert "has 5 AccessKeys: delete one" in line.mistake("key", "create")
