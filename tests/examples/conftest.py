"""A careers site of the module's own, with its store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from examples.careers.http_visit import Visit
from examples.careers.running import Careers, running_careers


@pytest.fixture(scope="module")
def careers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Careers]:
    """The site and its store, as two processes."""
    with running_careers(tmp_path_factory.mktemp("careers")) as running:
        yield running


@pytest.fixture
def visit(careers: Careers) -> Iterator[Visit]:
    """A visitor of the test's own."""
    visitor = Visit(careers.url)
    try:
        yield visitor
    finally:
        visitor.close()
