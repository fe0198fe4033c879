"""Bodies in `aws-chunked`, written as clients write them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

#: AWS: "Signature calculations for trailing headers", the example's body: 65 KiB of the letter a
#: in chunks of 64 KiB, with their signatures and that of the trailer.
AWS_SIGNATURES = (
    "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
    "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
    "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
)
AWS_TRAILER_SIGNATURE = "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"
AWS_TRAILER = ("x-amz-checksum-crc32c", "sOO8/Q==")


def chunked(
    chunks: Iterable[bytes],
    signatures: Iterable[str] | None = None,
    trailers: Iterable[tuple[str, str]] = (),
) -> bytes:
    """A body of these chunks and the last one.

    Args:
        signatures: of each chunk, the last one included; None leaves them unsigned.
    """
    body = b""
    signing = None if signatures is None else iter(signatures)
    for chunk in [*chunks, b""]:
        extension = "" if signing is None else f";chunk-signature={next(signing)}"
        body += f"{len(chunk):x}{extension}\r\n".encode() + chunk
        body += b"\r\n" if chunk else b""
    lines = "".join(f"{name}:{value}\r\n" for name, value in trailers)
    return body + lines.encode() + b"\r\n"


def aws_example() -> bytes:
    """The body of AWS's example."""
    trailers = [AWS_TRAILER, ("x-amz-trailer-signature", AWS_TRAILER_SIGNATURE)]
    return chunked([b"a" * 65536, b"a" * 1024], AWS_SIGNATURES, trailers)


def cut(body: bytes, places: Iterable[int]) -> list[bytes]:
    """The body in pieces, cut at these places."""
    edges = sorted({0, len(body), *(place for place in places if 0 < place < len(body))})
    return [body[start:end] for start, end in pairwise(edges)]
