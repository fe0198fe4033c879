"""Whether the catalog and the blobs of a store agree, and mending where they don't.

Each check reads short states of the catalog, so it is good beside running servers: what it holds to
be a fault it looks up once more, and who was only replaced meanwhile is none.
"""
