"""A body in pieces, as a network may cut it: the bytes of an input say where."""

from __future__ import annotations

from itertools import pairwise

#: Longer bodies are not fed byte by byte: it takes too long to learn little.
_SHORT = 2048


def ways_to_cut(places: bytes, body: bytes) -> list[list[bytes]]:
    """`body` whole, cut at `places`, each a share of its length, and byte by byte if it is short.

    Args:
        places: 0 is the beginning, 255 all but the end.
    """
    edges = [0, *sorted(place * len(body) // 256 for place in places), len(body)]
    ways = [[body], [body[start:end] for start, end in pairwise(edges)]]
    if len(body) <= _SHORT:
        ways.append([body[at : at + 1] for at in range(len(body))])
    return ways
