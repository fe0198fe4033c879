"""The index of buckets, objects, keys and uploads: what it says exists, exists.

`schema` is the truth about its tables (SQLAlchemy Core, no ORM); `statements` holds the hot path's
SQL, compiled from the schema; `group_commit` is the one writer of a process.
"""
