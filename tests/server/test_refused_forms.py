"""Keeping refused forms in a real store's directory, without a server around it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pillarbox.access.nonces import Nonces
from pillarbox.callback.addresses import AddressRules
from pillarbox.callback.signature import SigningKey
from pillarbox.forms.fields import FilePart
from pillarbox.forms.refused_form import RefusedForm
from pillarbox.model import refusals
from pillarbox.outgoing.messenger import Messenger
from pillarbox.server.arrived_form import ArrivedForm
from pillarbox.server.operations.post_object import post_object
from pillarbox.server.refused_forms import MAX_FIELDS, MAX_FIELDS_SIZE, RefusedForms
from pillarbox.server.service import Service
from pillarbox.server.settings import Settings
from pillarbox.storage.journal import read_lines
from pillarbox.storage.layout import Layout
from pillarbox.storage.nonces import UsedNonces
from tests.access.keys import SIGNERS, TOKENS
from tests.server.requests import request
from tests.storage.stores import new_data_dir, opened

NOW = datetime(2030, 1, 1, tzinfo=UTC)


@asynccontextmanager
async def keeping(data_dir: Path) -> AsyncIterator[RefusedForms]:
    """Refused forms of a store; what was kept is written when this is left."""
    async with opened(data_dir) as (store, _):
        forms = RefusedForms(store, Settings(data_dir), TOKENS)
        yield forms
        forms.start()
        await forms.close()


def written(data_dir: Path) -> list[RefusedForm]:
    lines = read_lines(Layout(data_dir).refused_forms)
    return [RefusedForm.of_line(line) for line in lines if line]


def keep_all(data_dir: Path, *arrived: ArrivedForm) -> list[RefusedForm]:
    async def keep() -> None:
        async with keeping(data_dir) as forms:
            for form in arrived:
                post = request("POST", b"/photos")
                forms.keep(post, form, refusals.ACCESS_DENIED(), NOW)

    asyncio.run(keep())
    return written(data_dir)


def arrived(*fields: tuple[str, str], late: tuple[str, ...] = ()) -> ArrivedForm:
    return ArrivedForm(list(fields), FilePart("a.txt"), 5, complete=True, late=list(late))


def why_not_judged(form: RefusedForm) -> str | None:
    (first, *_) = form.report.steps
    return first.text if first.name == "judgement" else None


def test_a_form_is_judged(tmp_path: Path) -> None:
    (form,) = keep_all(new_data_dir(tmp_path), arrived(("key", "a")))
    assert (form.request_id, form.time, form.bucket) == ("ID", NOW, "photos")
    assert why_not_judged(form) is None
    assert [step.name for step in form.report.steps if step.outcome == "refused"] == ["rights"]


@pytest.mark.parametrize(
    "form",
    [
        arrived(*[("a", "b")] * (MAX_FIELDS + 1)),
        arrived(late=("a",) * (MAX_FIELDS + 1)),
        arrived(("key", "a" * MAX_FIELDS_SIZE)),
        arrived(late=("a" * (MAX_FIELDS_SIZE + 1),)),
    ],
    ids=["fields", "late fields", "value", "late name"],
)
def test_a_large_form_is_not(tmp_path: Path, form: ArrivedForm) -> None:
    (found,) = keep_all(new_data_dir(tmp_path), form)
    assert "over 100 fields, or over 32768 characters" in (why_not_judged(found) or "")
    assert found.report.refusal is not None
    assert found.report.refusal.code == "AccessDenied"


def test_of_many_at_once_some_are_judged_and_all_that_can_be_are_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "pillarbox"):
        forms = keep_all(new_data_dir(tmp_path), *[arrived(("key", "a"))] * 1100)
    whys = [why_not_judged(form) for form in forms]
    assert len(forms) == 1000
    assert 100 <= whys.count(None) < 1000
    assert set(whys) == {None, "Not judged: too many forms were refused at that time."}
    assert "100 refused forms can't be explained by their request id" in caplog.text


def test_a_directory_that_takes_no_more_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data_dir = new_data_dir(tmp_path)
    Layout(data_dir).refused_forms.touch()
    with caplog.at_level(logging.WARNING, "pillarbox"):
        asyncio.run(_keep_one(data_dir))
    assert "1 refused forms can't be explained" in caplog.text
    assert "old lines of refused forms can't be deleted" in caplog.text


async def _keep_one(data_dir: Path) -> None:
    async with keeping(data_dir) as forms:
        forms.keep(request("POST", b"/photos"), arrived(), refusals.ACCESS_DENIED(), NOW)


def test_a_judgement_that_fails_costs_the_verdicts_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # No moment that a clock can tell; nothing else makes the judgement itself fail.
    form = arrived(("key", "a"), ("policy", POLICY), ("OSSAccessKeyId", "a"), ("Signature", "a"))
    form.judged_at = datetime(2030, 1, 1)
    (found,) = keep_all(new_data_dir(tmp_path), form)
    assert "the judgement failed" in (why_not_judged(found) or "")
    assert "can't be judged" in caplog.text


POLICY = "eyJleHBpcmF0aW9uIjoiMjEzMC0wMS0wMVQwMDowMDowMFoiLCJjb25kaXRpb25zIjpbeyJrZXkiOiJhIn1dfQ=="


def test_an_error_of_the_server_itself_is_kept_too(tmp_path: Path) -> None:
    data_dir = new_data_dir(tmp_path)
    boundary = (b"content-type", b"multipart/form-data; boundary=b")

    async def post() -> None:
        async with opened(data_dir) as (store, _):
            forms = RefusedForms(store, Settings(data_dir), TOKENS)
            messenger = Messenger(SigningKey.generate(), "http://s/k", AddressRules())
            nonces = Nonces(UsedNonces(data_dir))
            service = Service(store, Settings(data_dir), SIGNERS, TOKENS, messenger, forms, nonces)
            # Its receiver has nothing to give, which no server does.
            broken = request("POST", b"/photos", headers=[boundary, (b"content-length", b"9")])
            with pytest.raises(IndexError):
                await post_object(broken, service)
            forms.start()
            await forms.close()

    asyncio.run(post())
    (found,) = written(data_dir)
    assert found.report.refusal is not None
    assert found.report.refusal.code == "InternalError"
    assert [step.name for step in found.report.steps] == ["server"]
