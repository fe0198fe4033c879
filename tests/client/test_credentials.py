"""An AccessKey from the environment or a profile."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pillarbox.client.credentials import (
    current,
    environment_credentials,
    profile_credentials,
)
from pillarbox.forms import Credentials, PostForm

ENVIRONMENT = {"PILLARBOX_ACCESS_KEY_ID": "id", "PILLARBOX_ACCESS_KEY_SECRET": "secret"}
TOKEN = "PILLARBOX_SECURITY_TOKEN"


def test_from_the_environment() -> None:
    assert environment_credentials(ENVIRONMENT) == Credentials("id", "secret")
    temporary = environment_credentials({**ENVIRONMENT, TOKEN: "token"})
    assert temporary == Credentials("id", "secret", "token")
    assert environment_credentials({**ENVIRONMENT, TOKEN: ""}).security_token is None


def test_the_environment_is_read_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**ENVIRONMENT, "PILLARBOX_ACCESS_KEY_ID": "later"}.items():
        monkeypatch.setenv(name, value)
    assert environment_credentials().access_key_id == "later"


@pytest.mark.parametrize("name", ENVIRONMENT)
@pytest.mark.parametrize("value", [None, ""])
def test_what_the_environment_lacks(name: str, value: str | None) -> None:
    variables = {n: v for n, v in ENVIRONMENT.items() if n != name}
    if value is not None:
        variables[name] = value
    with pytest.raises(ValueError, match=f"set {name}$"):
        environment_credentials(variables)


def test_what_the_environment_has_wrong() -> None:
    with pytest.raises(ValueError, match="AccessKey id"):
        environment_credentials({**ENVIRONMENT, "PILLARBOX_ACCESS_KEY_ID": "a b"})


@pytest.fixture
def profiles(tmp_path: Path) -> Path:
    path = tmp_path / "profiles.toml"
    path.write_text(
        '[default]\naccess_key_id = "id"\naccess_key_secret = "secret"\n'
        '[session]\naccess_key_id = "STS.a"\naccess_key_secret = "s"\nsecurity_token = "token"\n'
        '[half]\naccess_key_id = "id"\n'
        '[place]\nendpoint = "http://127.0.0.1:9000"\n'
    )
    return path


def test_from_a_profile(profiles: Path) -> None:
    assert profile_credentials(path=profiles) == Credentials("id", "secret")
    assert profile_credentials("session", profiles) == Credentials("STS.a", "s", "token")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("half", "has no access_key_secret"),
        ("place", "has no access_key_id"),
        ("other", "no profile 'other'"),
    ],
)
def test_a_profile_without_an_access_key(profiles: Path, name: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as wrong:
        profile_credentials(name, profiles)
    assert "'id'" not in str(wrong.value)


def test_the_commands_profiles_are_taken(
    profiles: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("pillarbox.client.credentials.profiles_path", lambda: profiles)
    assert profile_credentials().access_key_id == "id"
    monkeypatch.setattr("pillarbox.client.credentials.profiles_path", lambda: tmp_path / "none")
    with pytest.raises(ValueError, match="no profile 'default': there is no file"):
        profile_credentials()


class Renewed:
    """Gives another AccessKey each time."""

    def __init__(self) -> None:
        self.given = 0

    def credentials(self) -> Credentials:
        self.given += 1
        return Credentials(f"id{self.given}", "secret")


def test_what_gives_them_is_asked_each_time() -> None:
    source = Renewed()
    assert [current(source).access_key_id for _ in range(2)] == ["id1", "id2"]
    stays = Credentials("id", "secret")
    assert current(stays) is stays


def test_a_form_takes_them() -> None:
    form = PostForm(endpoint="http://127.0.0.1:9000", bucket="inbox", key="a", max_size=1)
    assert form.sign_v1(environment_credentials(ENVIRONMENT)).fields["OSSAccessKeyId"] == "id"


def test_no_network_is_loaded() -> None:
    program = (
        "import sys, pillarbox.client.credentials; "
        "assert not {'httpx', 'typer', 'cryptography', 'sqlalchemy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
