"""Figure: one page of a listing, in a small bucket and in large ones.

A page costs what it holds, so it should take as long among a million objects as among a thousand.
Each number of objects has a server and a catalog of its own, and all of them run through the whole
figure. A page has 100 entries: keys, from places all over the bucket, or with a delimiter the
common prefixes of 200 folders, behind each of which lies a two-hundredth of the objects.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from urllib.parse import quote

from bench import crowd
from bench.endpoint import Endpoint
from bench.figure import Figure, Progress, Rounds
from bench.plan import Plan
from bench.servers import pillarbox, started_together
from bench.signed import signed_headers

NAME = "listing"

#: Entries of a page, OSS's default.
PAGE = 100
KINDS = ("keys", "common prefixes")


class ListingError(Exception):
    """A page was refused, or did not hold what it must."""


def measure(plan: Plan, folder: Path, progress: Progress) -> Figure:
    """The median of `plan.listed_pages` pages of each kind and bucket, once a round."""
    ratios, details = Rounds(), Rounds()
    sizes = " and ".join(f"{count:,}" for count in plan.listed_objects)
    progress(f"{NAME}: filling buckets with {sizes} objects")
    with started_together(
        {str(count): partial(_filled, folder, count) for count in plan.listed_objects}
    ) as filled:
        endpoints = {int(count): endpoint for count, endpoint in filled.items()}
        for count, endpoint in endpoints.items():
            for kind in KINDS:  # prepared statements, first pages of the catalog
                page_seconds(endpoint, count, kind, PAGE)
        for number in range(plan.rounds):
            progress(f"{NAME}: round {number + 1} of {plan.rounds}")
            for kind in KINDS:
                seconds = {
                    count: page_seconds(endpoint, count, kind, plan.listed_pages)
                    for count, endpoint in endpoints.items()
                }
                _note(ratios, details, seconds, kind)
    return Figure(
        NAME,
        f"seconds for a page of {PAGE} entries, over those in the smallest bucket",
        ratios.lines(),
        details.lines(),
    )


@contextmanager
def _filled(folder: Path, count: int) -> Iterator[Endpoint]:
    """A server of its own with so many objects."""
    own = folder / str(count)
    own.mkdir()
    with pillarbox(own) as server:
        crowd.gather(server.endpoint, own / "data", count)
        yield server.endpoint


def _note(ratios: Rounds, details: Rounds, seconds: dict[int, float], kind: str) -> None:
    first = next(iter(seconds))
    for count in list(seconds)[1:]:
        ratio = seconds[count] / seconds[first]
        ratios.add("ratio", {f"{kind}, {count:,} / {first:,} objects": ratio})
    for count, taken in seconds.items():
        details.add("ms", {f"{kind}, {count:,} objects": taken * 1000})


def page_seconds(endpoint: Endpoint, count: int, kind: str, pages: int) -> float:
    """The median of so many pages over one connection, from the request to the answer's end.

    Args:
        count: objects in the bucket.
        kind: one of `KINDS`.

    Raises:
        ListingError: a page was refused, or did not hold what it must.
    """
    connection = http.client.HTTPConnection(endpoint.host, endpoint.port)
    path = f"/{endpoint.bucket}/"
    headers = signed_headers(endpoint, "GET", path)
    delimiter = "" if kind == KINDS[0] else "&delimiter=/"
    element = b"<Key>" if kind == KINDS[0] else b"<CommonPrefixes>"
    taken = []
    for marker in _markers(count, kind, pages):
        start = time.perf_counter()
        query = f"?max-keys={PAGE}&marker={quote(marker, safe='')}{delimiter}"
        connection.request("GET", path + query, headers=headers)
        answer = connection.getresponse()
        page = answer.read()
        taken.append(time.perf_counter() - start)
        if answer.status != 200 or page.count(element) != PAGE:
            raise ListingError(f"the page behind {marker!r} got {answer.status}: {page[:300]!r}")
    connection.close()
    return median(taken)


def _markers(count: int, kind: str, pages: int) -> Iterator[str]:
    """Where pages begin, all over the bucket, so that each still has a whole page behind it."""
    for page in range(pages):
        share = (page * 37 % pages) / pages
        if kind == KINDS[1]:
            yield crowd.folder_name(int(share * (crowd.FOLDERS - PAGE)))
        else:
            each = count // crowd.FOLDERS
            folder, number = divmod(int(share * (count - PAGE)), each)
            yield f"{crowd.folder_name(folder)}{number:07d}"
