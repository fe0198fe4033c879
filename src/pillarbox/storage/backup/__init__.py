"""Backups of a store, made while it serves, and stores made of backups.

A backup is laid out as a data directory: a copy of the catalog, and the blobs that it names. Blobs
never change, so one that is there needs no second copy.
"""
