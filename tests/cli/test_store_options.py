from __future__ import annotations

from pathlib import Path

import pytest

from pillarbox.cli.store_options import ChosenStore, StoreOptions, choose_store
from pillarbox.client.profiles import profiles_path
from pillarbox.forms.signed_form import Credentials
from tests.cli.command import Run
from tests.server_process import TEST_KEY, ServerProcess

PROFILES = """
[default]
endpoint = "http://default.example"
access_key_id = "default-id"
access_key_secret = "default-secret"
security_token = "default-token"

[other]
endpoint = "https://other.example"
access_key_id = "other-id"
access_key_secret = "other-secret"
region = "cn-hangzhou"

[keyless]
endpoint = "https://keyless.example"
access_key_id = "keyless-id"
"""
DEFAULT = Credentials("default-id", "default-secret", "default-token")
OTHER = Credentials("other-id", "other-secret")


@pytest.fixture(autouse=True)
def profiles(alone: Path) -> Path:
    path = profiles_path()
    assert alone in path.parents
    path.parent.mkdir(parents=True)
    path.write_text(PROFILES, "utf-8")
    path.chmod(0o600)
    return path


def set_variables(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"PILLARBOX_{name.upper()}", value)


ENVIRONMENT = {
    "endpoint": "env.example",
    "access_key_id": "env-id",
    "access_key_secret": "env-secret",
    "security_token": "env-token",
}


def test_the_default_profile() -> None:
    assert choose_store(StoreOptions()) == ChosenStore("http://default.example", DEFAULT)


def test_the_environment_counts_before_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, **ENVIRONMENT)
    env = Credentials("env-id", "env-secret", "env-token")
    assert choose_store(StoreOptions()) == ChosenStore("http://env.example", env)


def test_a_profile_that_is_named_counts_before_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_variables(monkeypatch, **ENVIRONMENT)
    chosen = choose_store(StoreOptions(profile="other"))
    assert chosen == ChosenStore("https://other.example", OTHER, "cn-hangzhou")


def test_options_count_before_all(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, profile="other")
    chosen = choose_store(StoreOptions(endpoint="127.0.0.1:9000"))
    assert chosen == ChosenStore("http://127.0.0.1:9000", OTHER, "cn-hangzhou")
    chosen = choose_store(StoreOptions(token="mine"))
    assert chosen.credentials == Credentials("other-id", "other-secret", "mine")


def test_regions(monkeypatch: pytest.MonkeyPatch) -> None:
    for endpoint, region in (
        ("https://oss-cn-hangzhou.aliyuncs.com", "cn-hangzhou"),
        ("oss-us-west-1-internal.aliyuncs.com", "us-west-1"),
        ("http://127.0.0.1:9000", None),
        ("https://oss-cn-hangzhou.aliyuncs.com.example", None),
    ):
        assert choose_store(StoreOptions(endpoint)).region == region
    set_variables(monkeypatch, region="cn-beijing")
    assert choose_store(StoreOptions()).region == "cn-beijing"
    assert choose_store(StoreOptions(region="cn-a")).region == "cn-a"
    assert choose_store(StoreOptions(profile="other")).region == "cn-hangzhou"


def test_a_secret_goes_with_its_own_id_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_store(StoreOptions(access_key_id="default-id")).credentials == DEFAULT
    with pytest.raises(ValueError, match="no AccessKey secret"):
        choose_store(StoreOptions(access_key_id="stranger"))
    set_variables(monkeypatch, **ENVIRONMENT)
    # The profile has no secret, and that of the environment is another key's.
    with pytest.raises(ValueError, match="no AccessKey secret"):
        choose_store(StoreOptions(profile="keyless"))
    chosen = choose_store(StoreOptions(access_key_id="stranger"))
    assert chosen.credentials.access_key_secret == "env-secret"
    monkeypatch.delenv("PILLARBOX_ACCESS_KEY_ID")
    chosen = choose_store(StoreOptions(profile="keyless"))
    assert chosen.credentials == Credentials("keyless-id", "env-secret", "env-token")


def test_what_is_missing(profiles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profiles.unlink()
    with pytest.raises(ValueError, match=r"no store is named: give --endpoint.*profiles\.toml"):
        choose_store(StoreOptions())
    set_variables(monkeypatch, endpoint="env.example")
    with pytest.raises(ValueError, match=r"no AccessKey is named: give --id.*profiles\.toml"):
        choose_store(StoreOptions())
    with pytest.raises(ValueError, match="no profile 'other'"):
        choose_store(StoreOptions(profile="other"))


def test_a_file_that_others_may_read(
    command: Run, profiles: Path, module_server: ServerProcess
) -> None:
    url = module_server.base_url
    secret = TEST_KEY.secret
    profiles.write_text(
        f'[here]\nendpoint = "{url}"\naccess_key_id = "{TEST_KEY.id}"\n'
        f'access_key_secret = "{secret}"\n'
    )
    quiet = command("ls", "--profile", "here")
    assert (quiet.status, "warning" in quiet.err) == (0, False)
    profiles.chmod(0o644)
    warned = command("ls", "--profile", "here")
    assert warned.status == 0
    assert f"others on this machine may read the secrets in {profiles}" in warned.err
    assert f"run chmod 600 {profiles}" in warned.err
