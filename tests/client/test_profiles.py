from __future__ import annotations

from pathlib import Path

import pytest

from pillarbox.client.profiles import Profile, others_may_read, read_profile

TEXT = """
[default]
endpoint = "http://127.0.0.1:9000"
access_key_id = "local"
access_key_secret = "hush-hush"
security_token = ""

[oss]
endpoint = "https://oss-cn-hangzhou.aliyuncs.com"
region = "cn-hangzhou"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "profiles.toml"
    file.write_text(TEXT, "utf-8")
    return file


def test_profiles(path: Path) -> None:
    local = Profile("http://127.0.0.1:9000", "local", "hush-hush")
    assert read_profile(path, None) == local
    assert read_profile(path, "default") == local
    oss = Profile("https://oss-cn-hangzhou.aliyuncs.com", region="cn-hangzhou")
    assert read_profile(path, "oss") == oss
    assert "hush-hush" not in repr(local)


def test_no_file_and_no_default(tmp_path: Path) -> None:
    file = tmp_path / "profiles.toml"
    assert read_profile(file, None) == Profile()
    file.write_text("[oss]\n")
    assert read_profile(file, None) == Profile()
    assert read_profile(file, "oss") == Profile()


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("[a]\n[b]\n", "c", "no profile 'c' in .*: there are a, b"),
        ("", "c", "there are none"),
        ("[default", None, "are no TOML"),
        ("default = 1", None, "'default' in .* is no profile"),
        ("[default]\nsecret = 'hush-hush'", None, "has 'secret': it may have endpoint, access_"),
        ("[default]\nendpoint = 9000", None, "endpoint of the profile .* is no text"),
        ("[default]\naccess_key_secret = hush-hush", None, "are no TOML"),
    ],
)
def test_files_that_are_none(tmp_path: Path, text: str, name: str | None, message: str) -> None:
    file = tmp_path / "profiles.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=message) as refused:
        read_profile(file, name)
    assert "hush-hush" not in str(refused.value)


def test_no_file_for_a_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no profile 'oss': there is no file"):
        read_profile(tmp_path / "none", "oss")
    with pytest.raises(ValueError, match="can't read the profiles"):
        read_profile(tmp_path, None)


def test_who_may_read(path: Path) -> None:
    for mode, seen in ((0o600, False), (0o400, False), (0o640, True), (0o604, True)):
        path.chmod(mode)
        assert others_may_read(path) is seen
    assert not others_may_read(path.with_name("none"))
