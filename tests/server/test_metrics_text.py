"""The text that is scraped, read by Prometheus' own parser."""

from __future__ import annotations

import math
from itertools import count

from pillarbox.model.metrics import (
    COMMIT_CHANGES,
    METRICS,
    REQUESTS,
    REQUESTS_IN_FLIGHT,
    TASK_END,
    MetricKind,
)
from pillarbox.server.metrics_text import metrics_text
from tests.server.scraping import Scraped


def test_every_metric_comes_back_with_its_kind_help_labels_and_numbers() -> None:
    values = count(1)
    numbers = {
        metric: {
            tuple(f"{name}-value" for name in metric.labels): [
                float(next(values)) for _ in range(len(metric.bounds) + 2 if metric.bounds else 1)
            ]
        }
        for metric in METRICS
    }
    scraped = Scraped(metrics_text(numbers))
    for metric in METRICS:
        family = scraped.families[metric.name.removesuffix("_total")]
        kind = "gauge" if metric.kind is MetricKind.MOMENT else metric.kind.name.lower()
        assert (family.type, family.documentation) == (kind, metric.help)
        ((labels, told),) = numbers[metric].items()
        wanted = dict(zip(metric.labels, labels, strict=True))
        if metric.kind is not MetricKind.HISTOGRAM:
            assert [(s.labels, s.value) for s in family.samples] == [(wanted, told[0])]
            continue
        buckets = [s for s in family.samples if s.name.endswith("_bucket")]
        assert [float(s.labels["le"]) for s in buckets] == [*metric.bounds, math.inf]
        assert [s.value for s in buckets] == [
            sum(told[: n + 1]) for n in range(len(metric.bounds) + 1)
        ]
        assert scraped.value(f"{metric.name}_sum", **wanted) == told[-1]
        assert scraped.value(f"{metric.name}_count", **wanted) == sum(told[:-1])


def test_label_values_that_need_it_are_escaped() -> None:
    odd = 'a"b\\c\nd{}, e="f'
    scraped = Scraped(metrics_text({REQUESTS: {(odd, "oss", "200", ""): [3.0]}}))
    assert scraped.value("pillarbox_requests_total", operation=odd) == 3


def test_numbers_are_told_exactly() -> None:
    large, fine = float(2**60 + 2**10), 1795602076.0335
    text = metrics_text({REQUESTS_IN_FLIGHT: {(): [large]}, TASK_END: {("sweep",): [fine]}})
    scraped = Scraped(text)
    assert scraped.value("pillarbox_requests_in_flight") == large
    assert scraped.value("pillarbox_task_last_end_timestamp_seconds") == fine


def test_the_lines_stand_as_the_format_has_them() -> None:
    """Prometheus: "Exposition formats", text format details: the last line ends too."""
    told = [1.0, *[0.0] * len(COMMIT_CHANGES.bounds), 1.0]
    lines = metrics_text({REQUESTS_IN_FLIGHT: {(): [2.0]}, COMMIT_CHANGES: {(): told}}).split("\n")
    assert lines[:5] == [
        "# HELP pillarbox_requests_in_flight Requests that are being received or answered.",
        "# TYPE pillarbox_requests_in_flight gauge",
        "pillarbox_requests_in_flight 2",
        "# HELP pillarbox_commit_changes Changes of the catalog that one group commit took.",
        "# TYPE pillarbox_commit_changes histogram",
    ]
    assert lines[5] == 'pillarbox_commit_changes_bucket{le="1"} 1'
    assert lines[-4:] == [
        'pillarbox_commit_changes_bucket{le="+Inf"} 1',
        "pillarbox_commit_changes_sum 1",
        "pillarbox_commit_changes_count 1",
        "",
    ]
