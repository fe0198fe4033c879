"""The metrics' names, which follow Prometheus' conventions ("Metric and label naming")."""

from __future__ import annotations

import re

import pytest

from pillarbox.model.metrics import METRICS, NO_METER, Metric, MetricKind

_NAME = re.compile(r"(pillarbox|process)_[a-z]+(_[a-z]+)*")


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_metric_is_named_after_its_kind(metric: Metric) -> None:
    assert _NAME.fullmatch(metric.name)
    assert metric.name.endswith("_total") == (metric.kind is MetricKind.COUNTER)
    assert not metric.name.endswith(("_count", "_sum", "_bucket"))
    assert metric.help.endswith(".")
    # Histograms' own, and what a scrape adds ("Jobs and instances").
    assert not {"le", "job", "instance"} & set(metric.labels)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_histograms_alone_have_bounds_and_they_rise(metric: Metric) -> None:
    assert bool(metric.bounds) == (metric.kind is MetricKind.HISTOGRAM)
    assert list(metric.bounds) == sorted(set(metric.bounds))


def test_every_name_is_there_once() -> None:
    names = [metric.name for metric in METRICS]
    assert len(names) == len(set(names)) > 20


def test_who_is_not_asked_for_numbers_forgets_them() -> None:
    for metric in METRICS:
        NO_METER.add(metric)
        NO_METER.set(metric, 1)
        NO_METER.observe(metric, 1)
