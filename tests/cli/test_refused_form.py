"""`pillarbox explain --request`: what a store has kept, looked up in its directory."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pillarbox.cli.main import app
from pillarbox.forms.refused_form import RefusedForm, judged_report
from pillarbox.forms.store_rules import USUAL_RULES
from pillarbox.model import refusals
from pillarbox.model.objects import AccessKey
from pillarbox.storage.journal import Journal
from pillarbox.storage.layout import Layout
from tests.cli.test_explain import status_of
from tests.forms.test_judgement import NOW, SECRET, presented
from tests.storage.stores import new_data_dir

ID = "6B06045C8FA961F889A4E48F"
OTHER_ID = "6B06045C8FA961F889A4E490"


def refused(request_id: str = ID, age: timedelta = timedelta(0)) -> RefusedForm:
    key = AccessKey("TestAccessKeyId01", SECRET, account_id="1")
    report = judged_report(presented(), refusals.NO_SUCH_BUCKET(), NOW, key, USUAL_RULES)
    time = (datetime.now(UTC) - age).replace(microsecond=0)
    return RefusedForm(request_id, time, "inbox\x1b[2J", report)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return new_data_dir(tmp_path)


def keep(data_dir: Path, *lines: bytes) -> None:
    for line in lines:
        Journal(Layout(data_dir).refused_forms).append(line)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["explain", *arguments], standalone_mode=False)


def look_up(data_dir: Path, request_id: str = ID, *options: str) -> Result:
    return run("--request", request_id, "--data", str(data_dir), *options)


def test_it_is_shown_as_any_other_form(data_dir: Path) -> None:
    keep(data_dir, refused(OTHER_ID).line(), refused().line())
    result = look_up(data_dir)
    assert status_of(result) == 1
    lines = result.stdout.splitlines()
    assert lines[0].startswith("REFUSE: 404 NoSuchBucket, EC 0015-00000101: ")
    assert f"  id: {ID}" in lines
    assert "  bucket: inbox\\x1b[2J" in lines
    assert "  accessKeyId: TestAccessKeyId01" in lines
    assert '  ok       ["eq", "$bucket", "inbox"]' in lines
    assert "its text is not kept" in result.stdout
    assert any(line.startswith("  REFUSED  bucket         Only the store can") for line in lines)


def test_it_is_shown_as_json(data_dir: Path) -> None:
    form = refused()
    keep(data_dir, form.line())
    result = look_up(data_dir, f" {ID.lower()} ", "--json")
    assert status_of(result) == 1
    assert json.loads(result.stdout) == {"request": form.origin} | form.report.document()


def test_torn_and_foreign_lines_are_passed_over(data_dir: Path) -> None:
    line = refused().line()
    keep(data_dir, line, refused(OTHER_ID).line().replace(b"inbox", ID.encode()), line[:-40])
    assert status_of(look_up(data_dir)) == 1
    assert status_of(look_up(data_dir, OTHER_ID)) == 1


@pytest.mark.parametrize("kept", [False, True])
def test_an_id_that_is_not_found(data_dir: Path, kept: bool) -> None:
    if kept:
        keep(data_dir, refused(age=timedelta(days=7, seconds=10)).line(), refused().line()[:100])
    result = look_up(data_dir)
    assert status_of(result) == 2
    assert f"tells of no form refused under {ID}: it was accepted, or is older than 7 days, or" in (
        result.stderr
    )
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("request_id", ["", "6B06045C", ID + "0", "G" * 24, "٣" * 24])
def test_an_id_that_is_none(data_dir: Path, request_id: str) -> None:
    result = look_up(data_dir, request_id)
    assert status_of(result) == 2
    assert "24 digits and letters A to F" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_directory_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for directory in (tmp_path, tmp_path / "nowhere"):
        result = look_up(directory)
        assert status_of(result) == 2
        assert result.stderr == (
            f"pillarbox explain: {directory} is no data directory: give the --data of pillarbox "
            "serve\n"
        )
    monkeypatch.chdir(tmp_path)
    assert "pillarbox-data is no data directory" in run("--request", ID).stderr


def test_lines_that_cannot_be_read(data_dir: Path) -> None:
    folder = Layout(data_dir).refused_forms / "00000001.jsonl"
    folder.mkdir(parents=True)
    result = look_up(data_dir)
    assert status_of(result) == 2
    assert result.stderr.startswith("pillarbox explain: can't read ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give a FORM or --request ID"),
        (["--json"], "give a FORM or --request ID"),
        (["--request", ID, "page.html"], "leave FORM out"),
        (["--request", ID, "--strict"], "leave --strict out"),
        (["--request", ID, "--bucket", "a"], "leave --bucket out"),
        (["--request", ID, "--ask-secret"], "leave --ask-secret out"),
        (["--request", ID, "--content-type", "a/b"], "leave --content-type out"),
        (["e30=", "--data", "."], "--data says where to look for a --request"),
    ],
)
def test_what_does_not_go_together(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert status_of(result) == 2
    assert result.stderr.startswith("pillarbox explain: ")
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
