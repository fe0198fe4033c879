"""Room for many sockets in a test's own process: most shells allow 1,024 open files."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

#: What a test has open besides.
_OTHERS = 400


@contextmanager
def room_for(connections: int) -> Iterator[None]:
    """Raise the soft limit of open files; the test is skipped where the hard one forbids it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = connections + _OTHERS
    if hard != resource.RLIM_INFINITY and hard < needed:
        pytest.skip(f"no more than {hard} open files are allowed here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
