"""The servers that the bench drives, what they keep, and what the bench refuses to count."""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import oss2
import pytest

from bench import bounds, crowd, listing, memory, processes, reads, servers, wrk
from bench.delivery import SendingError, deliver
from bench.endpoint import SIGNATURES, Endpoint
from bench.plan import KIB, MIB
from bench.workspace import random_file
from pillarbox.forms.post_form import Credentials
from tests.bench.tiny import TINY
from tests.server_process import wait_until

needs_wrk = pytest.mark.skipif(not wrk.is_installed(), reason="wrk is not installed")
needs_nginx = pytest.mark.skipif(servers.nginx_program() is None, reason="nginx is not installed")


def _bucket(endpoint: Endpoint) -> oss2.Bucket:
    key = endpoint.credentials
    auth = oss2.Auth(key.access_key_id, key.access_key_secret)
    return oss2.Bucket(auth, endpoint.url, endpoint.bucket)


def test_a_delivered_form_is_an_object(tmp_path: Path) -> None:
    source = random_file(tmp_path / "source", 3 * MIB + 5)
    with servers.pillarbox(tmp_path) as server:
        delivery = deliver(server.endpoint, source, "letter")
        stored = _bucket(server.endpoint).get_object("bench/letter").read()
        assert server.cpu_seconds() > 0
    assert stored == source.read_bytes()
    assert delivery.seconds > 0


def test_every_dialect_and_signature_is_taken(tmp_path: Path) -> None:
    source = random_file(tmp_path / "source", KIB)
    with servers.pillarbox(tmp_path) as server:
        region = "cn-hangzhou"
        for signature in SIGNATURES:
            endpoint = dataclasses.replace(server.endpoint, signature=signature, region=region)
            deliver(endpoint, source, signature)
        keys = [entry.key for entry in oss2.ObjectIterator(_bucket(server.endpoint))]
    assert keys == sorted(f"bench/{signature}" for signature in SIGNATURES)


def test_a_killed_server_leaves_no_process_and_no_connection(tmp_path: Path) -> None:
    with servers.pillarbox(tmp_path) as server:
        members = processes.family(server.pid)
        assert server.worker in members
        assert all(map(processes.is_alive, members))
        with memory.stalled(server.endpoint, TINY):
            pass
        with (
            pytest.raises(memory.StalledError, match="3 of 3 stalled"),
            memory.stalled(server.endpoint, TINY),
        ):
            server.kill()
        assert not any(map(processes.is_alive, members))


@needs_wrk
def test_wrk_stores_every_form_under_a_key_of_its_own(tmp_path: Path) -> None:
    with servers.pillarbox(tmp_path) as server:
        load = wrk.drive(server.endpoint, 1000, 4, 1, "run")
        bucket = _bucket(server.endpoint)
        sizes = [entry.size for entry in oss2.ObjectIterator(bucket, prefix="bench/run-")]
        with wrk.driving(server.endpoint, KIB, 4, "long"):
            wait_until(lambda: bucket.object_exists(wrk.first_key("long")), "the first form")
            server.kill()  # the load goes on, and nobody minds
    # What was under way when wrk stopped is stored, but not counted.
    assert len(sizes) >= load.per_second
    assert set(sizes) == {1000}


@needs_wrk
def test_what_is_refused_is_no_figure(tmp_path: Path) -> None:
    with servers.pillarbox(tmp_path) as server:
        forger = dataclasses.replace(server.endpoint, credentials=Credentials("bench", "wrong"))
        with pytest.raises(wrk.WrkError, match="were not taken"):
            wrk.drive(forger, KIB, 1, 1, "run")
        with pytest.raises(SendingError, match="403"):
            deliver(forger, random_file(tmp_path / "source", KIB), "letter")
        with pytest.raises(listing.ListingError, match="got 403"):
            listing.page_seconds(forger, 1000, listing.KINDS[0], 1)
        with pytest.raises(listing.ListingError, match="got 200"):  # nothing is there
            listing.page_seconds(server.endpoint, 1000, listing.KINDS[0], 1)
        with pytest.raises(crowd.CrowdError, match="got 403"):
            crowd.gather(forger, tmp_path / "data", 200)
        request = reads.Source(server.endpoint, "/bench/", is_signed=True).request("none", 8, 1)
        with pytest.raises(reads.ReadError, match="with 404"):
            reads.receive(server.endpoint, request, 200, 8)
        deliver(server.endpoint, random_file(tmp_path / "short", 7), "short")
        with pytest.raises(reads.ReadError, match="a read of 8 bytes got 7"):
            reads.Source(server.endpoint, "/bench/bench/", is_signed=True).read("short", 8, 1)


@needs_wrk
def test_a_server_that_answers_nothing_is_no_figure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        endpoint = Endpoint(url, "bench", Credentials("bench", "secret"))
        with pytest.raises(wrk.WrkError, match="nothing was answered within"):
            wrk.drive(endpoint, KIB, 1, 1, "run")


@needs_wrk
def test_a_long_name_of_a_run_would_break_the_length_of_the_form(tmp_path: Path) -> None:
    endpoint = Endpoint("http://127.0.0.1:1", "bench", Credentials("bench", "secret"))
    with pytest.raises(ValueError, match="longer than 8"):
        wrk.drive(endpoint, KIB, 1, 1, "too-long-a-name")


def test_the_floor_takes_any_form(tmp_path: Path) -> None:
    source = random_file(tmp_path / "source", MIB)
    with servers.floor(tmp_path) as server:
        assert deliver(server.endpoint, source, "letter").seconds > 0
    kept = list((tmp_path / "data" / "blobs").glob("*/f*"))
    assert [path.read_bytes() for path in kept] == [source.read_bytes()]


def test_bare_granian_keeps_nothing(tmp_path: Path) -> None:
    source = random_file(tmp_path / "source", MIB)
    with servers.bare(tmp_path) as server:
        assert deliver(server.endpoint, source, "letter").seconds > 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "source"]


@needs_nginx
def test_nginx_writes_the_body_to_a_file(tmp_path: Path) -> None:
    source = random_file(tmp_path / "source", 32 * MIB)
    with servers.nginx(tmp_path) as server:
        configuration = (tmp_path / "nginx.conf").read_text()
        receiving, sending = bounds.receiving_cpu(server, source, "letter")
    assert receiving + sending > 0
    assert "client_body_in_file_only" in configuration
    assert (tmp_path / "bodies").is_dir()


def test_servers_that_start_together_end_together(tmp_path: Path) -> None:
    pids: list[int] = []

    @contextmanager
    def broken(_folder: Path) -> Iterator[servers.Server]:
        raise servers.ServerError("this one can't")
        yield

    @contextmanager
    def noted(folder: Path) -> Iterator[servers.Server]:
        with servers.bare(folder) as server:
            pids.append(server.pid)
            yield server

    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    starts = {"one": partial(noted, one), "two": partial(noted, two)}
    with servers.started_together(starts) as started:
        assert started["one"].folder == one
        assert started["two"].folder == two
    with (
        pytest.raises(servers.ServerError, match="this one can't"),
        servers.started_together({"one": partial(noted, one), "two": partial(broken, two)}),
    ):
        pass
    assert len(pids) == 3
    assert not any(map(processes.is_alive, pids))


def test_a_server_that_can_not_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    with (
        pytest.raises(servers.ServerError, match="did not start"),
        servers.pillarbox(tmp_path),
    ):
        pass
