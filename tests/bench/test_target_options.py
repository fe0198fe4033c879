"""The options that name another store, and a run that drives one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import command, servers, wrk
from bench.target_options import SECRET_VARIABLE
from tests.bench.tiny import TINY

URL = "http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--target", "https://store.test", "--key", "id"], "TLS isn't measured"),
        (["--target", URL], "needs --key"),
        (["--target", URL, "--key", "id"], f"put it into {SECRET_VARIABLE} or a --secret FILE"),
        (["--target", URL, "--key", "id", "--secret", "/absent"], "can be read from /absent"),
        (
            ["--target", URL, "--key", "id", "--dialect", "oss", "--signature", "v2"],
            "the dialect oss has no signature v2: choose one of oss-v1, oss-v4, s3-v2, s3-v4",
        ),
    ],
)
def test_what_names_no_store_is_one_line(
    options: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(SECRET_VARIABLE, raising=False)
    assert command.main(options) == 2
    printed = capsys.readouterr().err
    assert said in printed
    assert printed.count("\n") == 1


@pytest.mark.skipif(not wrk.is_installed(), reason="wrk is not installed: `make services`")
def test_a_store_that_runs_already_is_driven_in_the_same_minute(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "QUICK", TINY)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")  # no moto from elsewhere
    found, work = tmp_path / "found.json", tmp_path / "work"
    work.mkdir()
    with servers.pillarbox(tmp_path) as server:
        key = server.endpoint.credentials
        secret = tmp_path / "secret"
        secret.write_text(key.access_key_secret + "\n")
        options = ["--quick", "--only", "comparison", "--dir", str(work), "--json", str(found)]
        options += ["--plots", str(tmp_path / "plots"), "--durability", "as ours"]
        options += ["--target", server.endpoint.url, "--dialect", "s3", "--signature", "v2"]
        options += ["--key", key.access_key_id, "--secret", str(secret)]
        assert command.main(options) == 0
        url = server.endpoint.url
    figure = json.loads(found.read_text())["figures"][0]
    ratios = {line["what"]: line["values"] for line in figure["ratios"]}
    details = {line["what"]: line["values"] for line in figure["details"]}
    where = "1 KiB, 2 connections"
    ratio = details[f"Pillarbox, {where}"][0] / details[f"{url}, {where}"][0]
    assert ratios[f"Pillarbox / {url}, {where}"] == pytest.approx([ratio])
    assert f"Pillarbox / {url}, one form of 1 MiB" in ratios
    assert f"{url}: an answer means: as ours" in figure["notes"]
    assert any(window["waits"] for window in figure["windows"])
    assert (tmp_path / "plots" / "bench-comparison.svg").exists()
    text = capsys.readouterr().out
    assert "not measured" in text
    assert key.access_key_secret not in text + found.read_text()


@pytest.mark.skipif(not wrk.is_installed(), reason="wrk is not installed: `make services`")
def test_a_store_that_takes_no_form_is_left_out_and_said_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "QUICK", TINY)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv(SECRET_VARIABLE, "another secret")
    with servers.pillarbox(tmp_path) as server:
        options = ["--quick", "--only", "comparison", "--dir", str(tmp_path), "--key", "bench"]
        assert command.main([*options, "--target", server.endpoint.url]) == 0
    assert (
        f"{server.endpoint.url}: left out, a form of {TINY.compared_size}"
        in capsys.readouterr().out
    )
