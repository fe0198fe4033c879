"""Numbers as text that Prometheus reads.

Prometheus: "Exposition formats", version 0.0.4.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from pillarbox.model.metrics import METRICS, Metric, MetricKind

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = tuple[str, ...]

_TYPES = {
    MetricKind.COUNTER: "counter",
    MetricKind.GAUGE: "gauge",
    MetricKind.MOMENT: "gauge",
    MetricKind.HISTOGRAM: "histogram",
}


def metrics_text(numbers: Mapping[Metric, Mapping[Labels, list[float]]]) -> str:
    """What a scrape is answered.

    Args:
        numbers: of each metric, by the values of its labels: one number, or the count of each of a
            histogram's buckets and the sum of what was observed. Those that are absent are not
            shown.
    """
    lines: list[str] = []
    for metric in METRICS:
        series = numbers.get(metric)
        if not series:
            continue
        lines.append(f"# HELP {metric.name} {_escaped_help(metric.help)}")
        lines.append(f"# TYPE {metric.name} {_TYPES[metric.kind]}")
        for labels in sorted(series):
            lines.extend(_samples(metric, labels, series[labels]))
    return "\n".join([*lines, ""])


def _samples(metric: Metric, labels: Labels, numbers: list[float]) -> Iterator[str]:
    pairs = list(zip(metric.labels, labels, strict=True))
    if metric.kind is not MetricKind.HISTOGRAM:
        yield f"{metric.name}{_labels(pairs)} {_number(numbers[0])}"
        return
    count = 0.0
    for bound, found in zip((*metric.bounds, math.inf), numbers[:-1], strict=True):
        count += found
        yield f"{metric.name}_bucket{_labels([*pairs, ('le', _number(bound))])} {_number(count)}"
    yield f"{metric.name}_sum{_labels(pairs)} {_number(numbers[-1])}"
    yield f"{metric.name}_count{_labels(pairs)} {_number(count)}"


def _labels(pairs: Iterable[tuple[str, str]]) -> str:
    inside = ",".join(f'{name}="{_escaped(value)}"' for name, value in pairs)
    return f"{{{inside}}}" if inside else ""


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value == int(value) and abs(value) < 2**53 else repr(value)


def _escaped_help(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _escaped(text: str) -> str:
    return _escaped_help(text).replace('"', '\\"')
