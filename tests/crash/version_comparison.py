"""Versions after a crash, as a client finds them: listed, read by id, and the current ones."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from defusedxml import ElementTree

from pillarbox.client.request import Request
from pillarbox.client.request_signature import signed_headers
from pillarbox.forms.post_form import Credentials
from pillarbox.model.versioning import Versioning
from tests.crash.flaw import Flaw
from tests.crash.parted import bucket_of
from tests.crash.reading import UnreadableError, read
from tests.crash.serving import VERSIONED_BUCKET, DoomedServer
from tests.crash.version_ledger import Stack, Version, VersionLedger

#: Few, so that pages end within a key.
_PAGE = 30


@dataclass(frozen=True, slots=True)
class _Listed:
    """An entry of a listing; no ETag for a delete marker."""

    id: str
    etag: str | None
    size: int
    is_latest: bool


def compare_versions(server: DoomedServer, ledger: VersionLedger) -> list[Flaw]:
    """All flaws; if there is none, the ledger takes what was found for settled."""
    status = bucket_of(server, VERSIONED_BUCKET).get_bucket_versioning().status
    mode = Versioning(status or "")
    flaws = []
    if mode not in (ledger.modes or {Versioning.NEVER}):
        flaws.append(Flaw(f"versioning is {mode!r}, not {sorted(ledger.modes)}"))
    found: dict[str, Stack] = {}
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        flaws += _compare(connection, server, ledger, found)
    finally:
        connection.close()
    if not flaws:
        ledger.settle(found, mode)
    return flaws


def _compare(
    connection: http.client.HTTPConnection,
    server: DoomedServer,
    ledger: VersionLedger,
    found: dict[str, Stack],
) -> Iterator[Flaw]:
    listed = _listed(connection, server)
    expectations = ledger.expectations()
    for key in listed.keys() - expectations.keys():
        yield Flaw(f"{key} has versions and was never sent")
    for key, expectation in expectations.items():
        try:
            found[key] = tuple(_version(connection, key, one) for one in listed.get(key, ()))
            yield from _flaws_of_current(connection, key, listed.get(key, []), found[key])
        except UnreadableError as error:
            yield Flaw(f"{key} can't be read: {error}", is_loss=True)
            connection.close()
            continue
        yield from expectation.flaws(key, found[key])


def _version(connection: http.client.HTTPConnection, key: str, listed: _Listed) -> Version:
    """A listed version as it is read by its id. Raises UnreadableError if they differ."""
    reading = read(connection, f"/{VERSIONED_BUCKET}/{quote(key)}?versionId={listed.id}")
    expected = 405 if listed.etag is None else 200
    if (reading.status, reading.version_id) != (expected, listed.id):
        raise UnreadableError(f"{listed} is answered {reading}")
    size = 0 if reading.content is None else reading.content.size
    if (reading.etag, size) != (listed.etag or "", listed.size):
        raise UnreadableError(f"{listed} is read as {reading}")
    return Version(listed.id, reading.content)


def _flaws_of_current(
    connection: http.client.HTTPConnection, key: str, listed: list[_Listed], found: Stack
) -> Iterator[Flaw]:
    """The first version is the latest one, no other is, and it is what the key has."""
    if [one.is_latest for one in listed] != [number == 0 for number in range(len(listed))]:
        yield Flaw(f"of {key} other than the first version is the latest: {listed}")
    reading = read(connection, f"/{VERSIONED_BUCKET}/{quote(key)}")
    current = found[0].content if found else None
    if reading.content != current:
        yield Flaw(f"{key} is {reading.content}, but the first of its versions {current}")


def _listed(
    connection: http.client.HTTPConnection, server: DoomedServer
) -> dict[str, list[_Listed]]:
    """ListObjectVersions, page by page; of each key in the order in which they came."""
    listed: dict[str, list[_Listed]] = {}
    place: dict[str, str] = {}
    while True:
        page = _page(connection, server, place)
        for entry in page:
            if entry.tag in ("Version", "DeleteMarker"):
                etag = entry.findtext("ETag")
                listed.setdefault(entry.findtext("Key"), []).append(
                    _Listed(
                        entry.findtext("VersionId"),
                        None if etag is None else etag.strip('"'),
                        int(entry.findtext("Size", "0")),
                        entry.findtext("IsLatest") == "true",
                    )
                )
        if page.findtext("IsTruncated") != "true":
            return listed
        place = {
            "key-marker": page.findtext("NextKeyMarker"),
            "version-id-marker": page.findtext("NextVersionIdMarker"),
        }


def _page(
    connection: http.client.HTTPConnection, server: DoomedServer, place: dict[str, str]
) -> ElementTree.Element:
    query = {"versions": "", "max-keys": str(_PAGE), **place}
    request = Request("GET", VERSIONED_BUCKET, query=query)
    credentials = Credentials(server.access_key.id, server.access_key.secret)
    headers = signed_headers(request, credentials, None, datetime.now(UTC))
    connection.request("GET", f"/{VERSIONED_BUCKET}?{urlencode(query)}", headers=headers)
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status == 200, text
    return ElementTree.fromstring(text)
