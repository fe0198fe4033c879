"""`python -m examples.careers.comparison`: the same résumés both ways, and what the site carried.

Store, site and visitors are processes of their own on this machine. The visitors come a few at a
time; each sends one résumé, with no page loaded before. CPU is that of the site's process by the
kernel's count, bytes are those of the bodies that it received from the visitors, and sent to them
and to the store. Linux only.
"""

from __future__ import annotations

import json
import os
import secrets
import ssl
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import httpx
import typer

from examples.careers.carriage import FORM_UPLOAD, THROUGH_SITE
from examples.careers.http_visit import VisitFailedError
from examples.careers.running import Careers, running_careers
from examples.careers.visitor import COOKIE
from pillarbox.cli.sample_pdf import make_pdf

#: Of one résumé and the next: with a photo, without, a scan. Bytes.
_BALLASTS = (300_000, 60_000, 2_000_000)
#: Nobody speaks TLS here, but httpx would make one of these for each visitor, and take longer over
#: it than over the upload.
_TLS = ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class Cost:
    """What one way cost the site's server for all résumés.

    Attributes:
        received, sent: bytes of bodies.
        cpu_seconds: of the site's process.
        seconds: until the last résumé was stored.
    """

    received: int
    sent: int
    cpu_seconds: float
    seconds: float


@contextmanager
def warm_careers(folder: Path) -> Iterator[Careers]:
    """Store and site, each way taken once: the first visits of all pay for imports and a session.

    Args:
        folder: for the store's data and the logs.

    Raises:
        SiteFailedError, StoreFailedError: one of them did not start.
        VisitFailedError: a way led nowhere.
    """
    with running_careers(folder) as careers:
        compare(careers, len(_BALLASTS), 1)
        yield careers


def compare(careers: Careers, count: int, at_once: int) -> dict[str, Cost]:
    """Send `count` résumés each way, `at_once` at a time; the cost by way.

    Raises:
        VisitFailedError: one of them was not taken, or the site was not told of it.
    """
    samples = [make_pdf("A resume", ballast) for ballast in _BALLASTS]
    resumes = [samples[number % len(samples)] for number in range(count)]
    ways = {THROUGH_SITE: _through_the_site, FORM_UPLOAD: _straight_to_the_store}
    return {way: _measure(careers, way, send, resumes, at_once) for way, send in ways.items()}


def _measure(
    careers: Careers,
    way: str,
    send: Callable[[httpx.Client, bytes], None],
    resumes: Sequence[bytes],
    at_once: int,
) -> Cost:
    def visit(resume: bytes) -> None:
        cookies = {COOKIE: secrets.token_hex(16)}
        with httpx.Client(base_url=careers.url, cookies=cookies, timeout=60, verify=_TLS) as client:
            send(client, resume)

    before = _carried(careers, way)
    cpu, began = _cpu_seconds(careers.site_pid), time.perf_counter()
    try:
        with ThreadPoolExecutor(at_once) as threads:
            for _ in threads.map(visit, resumes):
                pass
    except httpx.TransportError as error:
        raise VisitFailedError(f"a visit broke off: {error}") from error
    seconds = time.perf_counter() - began
    cpu = _cpu_seconds(careers.site_pid) - cpu
    after = _carried(careers, way)
    return Cost(after[0] - before[0], after[1] - before[1], cpu, seconds)


def _carried(careers: Careers, way: str) -> tuple[int, int]:
    """Bytes that the site has received and sent so far."""
    total = httpx.get(f"{careers.url}/totals", verify=_TLS).raise_for_status().json()[way]
    return total["received"], total["sent"]


def _through_the_site(client: httpx.Client, resume: bytes) -> None:
    answer = client.post("/through", files={"file": ("resume.pdf", resume, "application/pdf")})
    _expect(answer, httpx.codes.SEE_OTHER)


def _straight_to_the_store(client: httpx.Client, resume: bytes) -> None:
    signed = client.get("/form").raise_for_status().json()
    file = {"file": ("resume.pdf", resume, "application/pdf")}
    answer = client.post(signed["url"], data=signed["fields"], files=file)
    _expect(answer, httpx.codes.OK)
    if answer.json()["Status"] != "OK":
        raise VisitFailedError(f"the site was not told: {answer.text[:500]}")


def _expect(answer: httpx.Response, status: int) -> None:
    if answer.status_code != status:
        raise VisitFailedError(f"answered {answer.status_code}: {answer.text[:500]}")


def _cpu_seconds(pid: int) -> float:
    """User and system time of a process (proc(5), fields 14 and 15 of `stat`)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main(
    count: Annotated[int, typer.Option(help="Résumés each way.", min=3)] = 500,
    at_once: Annotated[int, typer.Option(help="Visitors at a time.", min=1, max=64)] = 8,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Send the same résumés through the site and by form upload; tell what the site carried."""
    with (
        tempfile.TemporaryDirectory(prefix="careers-") as directory,
        warm_careers(Path(directory)) as careers,
    ):
        costs = compare(careers, count, at_once)
    if as_json:
        typer.echo(json.dumps({way: _members(cost) for way, cost in costs.items()}, indent=2))
        return
    typer.echo(f"{count} résumés each way, {at_once} visitors at a time; the site's server:")
    typer.echo(f"{'':17} {'bytes in':>13} {'bytes out':>11} {'CPU s':>8} {'wall s':>8}")
    for way, cost in costs.items():
        typer.echo(
            f"{way:<17} {cost.received:>13,} {cost.sent:>11,} {cost.cpu_seconds:>8.2f} "
            f"{cost.seconds:>8.2f}"
        )
    less = costs[THROUGH_SITE].cpu_seconds / max(costs[FORM_UPLOAD].cpu_seconds, 0.01)
    typer.echo(f"CPU of the site's server: {less:.1f} times as much through the site")


def _members(cost: Cost) -> dict[str, float]:
    return {
        "received": cost.received,
        "sent": cost.sent,
        "cpuSeconds": round(cost.cpu_seconds, 2),
        "seconds": round(cost.seconds, 2),
    }


if __name__ == "__main__":
    typer.run(main)
