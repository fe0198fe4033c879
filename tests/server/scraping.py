"""Scrapes: the admin address of a running server, read by Prometheus' own parser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.server_process import ServerProcess, wait_until

_ADMIN = re.compile(r"  admin      (http://\S+)/-/metrics")


class Scraped:
    """The samples of one scrape."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.families = {family.name: family for family in text_string_to_metric_families(text)}
        self._samples = [sample for family in self.families.values() for sample in family.samples]

    def value(self, name: str, **labels: str) -> float:
        """The sum of the samples of that name that have these labels."""
        return sum(
            sample.value
            for sample in self._samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def labels(self, name: str) -> set[tuple[tuple[str, str], ...]]:
        """The labels of each sample of that name."""
        return {
            tuple(sorted(sample.labels.items())) for sample in self._samples if sample.name == name
        }

    @property
    def series(self) -> int:
        """How many samples there are."""
        return len(self._samples)


class AdminClient:
    """Asks the admin address of a server that was started with `--admin`."""

    def __init__(self, server: ServerProcess) -> None:
        found = _ADMIN.search(server.output)
        assert found is not None, server.output
        self.url = found[1]

    def get(self, path: str) -> httpx.Response:
        """One page."""
        return httpx.get(f"{self.url}{path}")

    def scrape(self) -> Scraped:
        """What Prometheus would find now."""
        answer = self.get("/-/metrics")
        assert answer.status_code == 200, answer.text
        return Scraped(answer.text)

    def wait_for(self, check: Callable[[Scraped], bool], what: str) -> Scraped:
        """Scrape until `check` holds: a request is counted right behind its answer."""
        last: list[Scraped] = []

        def holds() -> bool:
            last[:] = [self.scrape()]
            return check(last[0])

        wait_until(holds, what)
        return last[0]


def admin_of_notice(notices: str) -> str:
    """The URL that a server with `--log-format json` tells in its first notice."""
    line = next(line for line in notices.splitlines() if '"endpoint"' in line)
    return str(json.loads(line)["admin"])
