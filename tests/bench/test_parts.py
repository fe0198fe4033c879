"""The bench's parts, at sizes at which they prove only that they work."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bench import (
    careers,
    crowd,
    form_sizes,
    forms_at_once,
    large_form,
    listing,
    memory,
    reads,
    recovery,
    refusals,
    small_forms,
    workers,
    wrk,
)
from bench.plan import KIB, MIB
from bench.servers import nginx_program
from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.catalog.schema import bucket_usage, objects
from pillarbox.storage.layout import Layout
from tests.bench.tiny import TINY, silent, values_of


@pytest.mark.skipif(nginx_program() is None, reason="nginx is not installed: `make services`")
def test_a_large_form_is_compared_with_md5_disk_and_cores(tmp_path: Path) -> None:
    plan = dataclasses.replace(TINY, rounds=2)
    figure = large_form.measure(plan, tmp_path, silent)
    values = values_of(figure)
    for bound in ("MD5", "dd conv=fdatasync", "CPU of MD5, nginx and sender / cores"):
        assert all(value > 0 for value in values[bound])
    bounds = zip(*(values[name] for name in list(values)[3:6]), strict=True)
    expected = [max(each) / took for each, took in zip(bounds, values["Pillarbox"], strict=True)]
    assert list(figure.ratios[0].values) == pytest.approx(expected)
    assert len(expected) == plan.rounds
    assert list(tmp_path.iterdir()) == [], "what was stored is gone afterwards"


@pytest.mark.skipif(not wrk.is_installed(), reason="wrk is not installed: `make services`")
def test_small_forms_are_compared_with_granian_and_the_floor(tmp_path: Path) -> None:
    values = values_of(small_forms.measure(TINY, tmp_path, silent))
    for where in ("2 connections", "1 connection"):
        ours = values[f"Pillarbox, {where}"]
        for other in ("floor", "bare granian"):
            theirs = values[f"{other}, {where}"]
            ratios = values[f"Pillarbox / {other}, {where}"]
            assert ratios == pytest.approx([a / b for a, b in zip(ours, theirs, strict=True)])
            assert len(ratios) == TINY.rounds
        late, middle = values[f"Pillarbox, {where}, p99"], values[f"Pillarbox, {where}, p50"]
        assert values[f"p99 / p50, {where}"] == pytest.approx([late[0] / middle[0]])


@pytest.mark.skipif(not wrk.is_installed(), reason="wrk is not installed: `make services`")
def test_forms_of_each_size_are_compared_with_the_floor(tmp_path: Path) -> None:
    values = values_of(form_sizes.measure(TINY, tmp_path, silent))
    where = "64 KiB, 2 connections"
    ours, lowest = values[f"Pillarbox, {where}"], values[f"floor, {where}"]
    assert values[where] == pytest.approx([ours[0] / lowest[0]])


def test_forms_at_once_are_compared_with_the_disk(tmp_path: Path) -> None:
    values = values_of(forms_at_once.measure(TINY, tmp_path, silent))
    ratio = values["2 dd conv=fdatasync"][0] / values["Pillarbox"][0]
    assert values["disk / Pillarbox"] == pytest.approx([ratio])
    assert values["Pillarbox, CPU"][0] > 0
    assert values["cores busy"][0] > 0
    assert list(tmp_path.iterdir()) == [], "what was stored is gone afterwards"


def test_a_refused_form_is_neither_read_to_its_end_nor_kept(tmp_path: Path) -> None:
    values = values_of(refusals.measure(TINY, tmp_path, silent))
    limit = TINY.refused_limit / KIB
    for attempt in refusals.ATTEMPTS:
        sent = values[f"{attempt.what}: sent"][0]
        assert sent < TINY.refused_size / KIB / 2
        assert (sent > limit) == (attempt.what == "oversize, by streaming")
        assert values[f"{attempt.what}: left"] == (0,)
    assert values["unsigned: written"][0] < 4
    # Most of the limit was on its way to the disk when the file turned out to be longer.
    assert limit / 4 < values["oversize, by streaming: written"][0] < limit + 264


@pytest.mark.skipif(not wrk.is_installed(), reason="wrk is not installed: `make services`")
@pytest.mark.skipif(nginx_program() is None, reason="nginx is not installed: `make services`")
def test_reads_are_compared_with_nginx(tmp_path: Path) -> None:
    values = values_of(reads.measure(TINY, tmp_path, silent))
    for suffix in ("", ", ranged"):
        ours, theirs = (values[f"{name}, 4 MiB{suffix}"][0] for name in ("Pillarbox", "nginx"))
        assert values[f"4 MiB{suffix}"] == pytest.approx([theirs / ours])
        ours, theirs = (values[f"{name}, 4 KiB{suffix}"][0] for name in ("Pillarbox", "nginx"))
        assert values[f"4 KiB{suffix}"] == pytest.approx([ours / theirs])


def test_a_killed_server_has_its_objects_and_sweeps_its_orphans(tmp_path: Path) -> None:
    values = values_of(recovery.measure(TINY, tmp_path, silent))
    empty = values["ready with an empty store"][0]
    for after in ("a clean stop", "kill -9"):
        assert values[f"empty / after {after}"] == pytest.approx(
            [empty / values[f"ready after {after}"][0]]
        )
    assert "until 1,200 orphans were swept" in values
    files = list((tmp_path / "crowded" / "data" / "blobs").glob("*/f*"))
    assert files == [], "small forms have no files, and the orphans are gone"


@pytest.mark.skipif(not wrk.is_installed(), reason="wrk is not installed: `make services`")
def test_two_workers_are_compared_with_one(tmp_path: Path) -> None:
    plan = dataclasses.replace(TINY, connections=(1,), large_size=4 * MIB)
    values = values_of(workers.measure(plan, tmp_path, silent))
    for where in ("1 connection", "256 connections"):
        one, two = values[f"{where}, 1 worker"], values[f"{where}, 2 workers"]
        ratios = [b / a for a, b in zip(one, two, strict=True)]
        assert values[f"forms a second, {where}"] == pytest.approx(ratios)
    for what in ("1 x 4 MiB", "4 x 1 MiB"):
        one, two = values[f"{what}, 1 worker"], values[f"{what}, 2 workers"]
        ratios = [a / b for a, b in zip(one, two, strict=True)]
        assert values[f"speed of {what}"] == pytest.approx(ratios)


def test_a_site_carries_less_by_form_upload_than_through_it(tmp_path: Path) -> None:
    values = values_of(careers.measure(dataclasses.replace(TINY, rounds=2), tmp_path, silent))
    for what in ("bytes received", "bytes sent", "CPU of the site"):
        ours, theirs = (values[f"{way}: {what}"] for way in ("form upload", "through the site"))
        assert values[what] == pytest.approx([a / b for a, b in zip(ours, theirs, strict=True)])
    first, second = values["through the site: bytes received"]
    assert first > TINY.resumes * 600
    assert second == pytest.approx(first, rel=0.01), "a round counts what it sent itself"
    assert max(values["bytes received"]) < 0.01
    assert len(values["seconds until all were stored"]) == 2


def test_memory_is_what_uploads_add_to_the_idle_worker(tmp_path: Path) -> None:
    values = values_of(memory.measure(TINY, tmp_path, silent))
    assert len(values["one form of 4 MiB, peak"]) == TINY.rounds
    now, peak = values["3 stalled uploads"], values["3 stalled uploads, peak"]
    assert all(a <= b for a, b in zip(now, peak, strict=True))
    assert all(idle > 1 for idle in values["the idle worker"])
    assert list(tmp_path.iterdir()) == [], "what was stored is gone afterwards"


def test_pages_are_compared_with_those_of_the_smallest_bucket(tmp_path: Path) -> None:
    values = values_of(listing.measure(TINY, tmp_path, silent))
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
