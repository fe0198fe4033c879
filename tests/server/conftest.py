"""Fixtures of the tests of the server's processes."""

from tests.server.probing import start_probe

__all__ = ["start_probe"]
