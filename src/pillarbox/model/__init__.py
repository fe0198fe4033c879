"""Values and rules that every other room speaks of: names, ACLs, refusals, limits.

The ground floor: imports nothing of Pillarbox and does no I/O.
"""
