"""The bench's parts, at sizes at which they prove only that they work."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bench import crowd, large_form, listing, memory, report, small_forms, workers, wrk
from bench.figure import Figure, Rounds
from bench.plan import KIB, MIB, Plan
from bench.servers import nginx_program
from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.catalog.schema import bucket_usage, objects
from pillarbox.storage.layout import Layout

TINY = Plan(
    rounds=1,
    large_size=3 * MIB,
    small_size=KIB,
    small_seconds=1,
    connections=(2, 1),
    long_size=4 * MIB,
    stalled_uploads=3,
    stalled_size=300 * KIB,
    listed_objects=(200, 600),
    listed_pages=3,
    rest_seconds=0.1,
)


def _silent(_text: str) -> None:
    pass


def _values(figure: Figure) -> dict[str, tuple[float, ...]]:
    return {line.what: line.values for line in (*figure.ratios, *figure.details)}


@pytest.mark.skipif(nginx_program() is None, reason="nginx is not installed: `make services`")
def test_a_large_form_is_compared_with_md5_disk_and_cores(tmp_path: Path) -> None:
    plan = dataclasses.replace(TINY, rounds=2)
    figure = large_form.measure(plan, tmp_path, _silent)
    values = _values(figure)
    for bound in ("MD5", "dd conv=fdatasync", "CPU of MD5, nginx and sender / cores"):
        assert all(value > 0 for value in values[bound])
    bounds = zip(*(values[name] for name in list(values)[2:5]), strict=True)
    expected = [max(each) / took for each, took in zip(bounds, values["Pillarbox"], strict=True)]
    assert list(figure.ratios[0].values) == pytest.approx(expected)
    assert len(expected) == plan.rounds
    assert list(tmp_path.iterdir()) == [], "what was stored is gone afterwards"


@pytest.mark.skipif(not wrk.is_installed(), reason="wrk is not installed: `make services`")
def test_small_forms_are_compared_with_granian_and_the_floor(tmp_path: Path) -> None:
    values = _values(small_forms.measure(TINY, tmp_path, _silent))
    for where in ("2 connections", "1 connection"):
        ours = values[f"Pillarbox, {where}"]
        for other in ("floor", "bare granian"):
            theirs = values[f"{other}, {where}"]
            ratios = values[f"Pillarbox / {other}, {where}"]
            assert ratios == pytest.approx([a / b for a, b in zip(ours, theirs, strict=True)])
            assert len(ratios) == TINY.rounds


@pytest.mark.skipif(not wrk.is_installed(), reason="wrk is not installed: `make services`")
def test_two_workers_are_compared_with_one(tmp_path: Path) -> None:
    plan = dataclasses.replace(TINY, connections=(1,), large_size=4 * MIB)
    values = _values(workers.measure(plan, tmp_path, _silent))
    for where in ("1 connection", "256 connections"):
        one, two = values[f"{where}, 1 worker"], values[f"{where}, 2 workers"]
        ratios = [b / a for a, b in zip(one, two, strict=True)]
        assert values[f"forms a second, {where}"] == pytest.approx(ratios)
    for what in ("1 x 4 MiB", "4 x 1 MiB"):
        one, two = values[f"{what}, 1 worker"], values[f"{what}, 2 workers"]
        ratios = [a / b for a, b in zip(one, two, strict=True)]
        assert values[f"speed of {what}"] == pytest.approx(ratios)


def test_memory_is_what_uploads_add_to_the_idle_worker(tmp_path: Path) -> None:
    values = _values(memory.measure(TINY, tmp_path, _silent))
    assert len(values["one form of 4 MiB, peak"]) == TINY.rounds
    now, peak = values["3 stalled uploads"], values["3 stalled uploads, peak"]
    assert all(a <= b for a, b in zip(now, peak, strict=True))
    assert all(idle > 1 for idle in values["the idle worker"])
    assert list(tmp_path.iterdir()) == [], "what was stored is gone afterwards"


def test_pages_are_compared_with_those_of_the_smallest_bucket(tmp_path: Path) -> None:
    values = _values(listing.measure(TINY, tmp_path, _silent))
    for kind in listing.KINDS:
        ratios = values[f"{kind}, 600 / 200 objects"]
        large, small = values[f"{kind}, 600 objects"], values[f"{kind}, 200 objects"]
        assert ratios == pytest.approx([a / b for a, b in zip(large, small, strict=True)])
        assert len(ratios) == TINY.rounds
    catalog = Catalog(Layout(tmp_path / "600" / "data"))
    with catalog.reading() as connection:
        keys = connection.execute(select(objects.c.key)).scalars().all()
        counted = connection.execute(select(func.sum(bucket_usage.c.objects))).scalar_one()
    catalog.close()
    assert (len(keys), counted) == (600, 600), "the object that was copied is gone"
    assert {key[:11].decode() for key in keys} == {crowd.folder_name(n) for n in range(200)}


def test_a_report_has_every_value_of_every_round(tmp_path: Path) -> None:
    lines = Rounds()
    for value in (1.0, 9.0, 2.0):
        lines.add("MiB", {"3 stalled uploads": value})
    figure = Figure("memory", "resident memory", lines.lines(), ())
    about = report.machine(tmp_path)
    written = json.loads(json.dumps(report.document([figure], about, TINY)))
    assert written["plan"]["long_size"] == TINY.long_size
    line = written["figures"][0]["ratios"][0]
    assert (line["median"], line["values"]) == (2.0, [1.0, 9.0, 2.0])
    text = report.table([figure], about)
    assert "3 stalled uploads" in text
    assert about["kernel"] in text
