"""Pillarbox: form upload done right."""

__version__ = "0.1.0.dev0"
