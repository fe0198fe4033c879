"""What is stored, and how it stays: the catalog (SQL) and the blobs (bytes).

`store.Store` is the one door for a server's workers. `preparation` makes a data directory ready,
once, before them; `upkeep.Upkeep` is the door for the jobs that clear up behind them.
"""
