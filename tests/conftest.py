"""What every test can use, and the rule that nothing goes untested unseen in CI."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.server_process import ServerProcess

StartServer = Callable[..., ServerProcess]

# No test is timed: how long an example takes depends on what else the machine does.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Under `CI=true` a skipped test is a failed one."""
    return _without_skip((yield), item.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    """Under `CI=true` a skipped module is a failed one."""
    return _without_skip((yield), collector.nodeid)


def _without_skip(report: Any, nodeid: str) -> Any:
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{nodeid} was skipped, which fails under CI=true. {reason}"
    return report


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    """Starts servers, each with a directory of its own unless `data_dir` is given; stops them."""
    started: list[ServerProcess] = []

    def start(*options: str, data_dir: Path | None = None, **settings: Any) -> ServerProcess:
        directory = data_dir or tmp_path / f"server-{len(started)}"
        server = ServerProcess(directory, options, **settings)
        started.append(server)
        return server

    try:
        yield start
        for server in started:
            server.stop()
    finally:
        for server in started:
            server.end()


@pytest.fixture
def server(start_server: StartServer) -> ServerProcess:
    """A server of the test's own, with the usual settings."""
    return start_server()


@pytest.fixture(scope="module")
def module_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One server for a module's tests, where each keeps to buckets or keys of its own."""
    server = ServerProcess(tmp_path_factory.mktemp("server"))
    try:
        yield server
        server.stop()
    finally:
        server.end()
