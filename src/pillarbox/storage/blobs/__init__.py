"""The bytes of objects: a directory on a disk that can be trusted.

A blob is written once, under an id that is never used again, made durable, and only then named
in the catalog. Nothing ever changes a blob; an overwrite is another blob.
"""
