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
AWS_SIGNATURE_TRAILER = "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"
AWS_TRAILER = ("x-amz-checksum-crc32c", "sOO8/Q==")
#: Date and the request's signature, on which the first chunk's builds.
AWS_SEED = ("20130524T000000Z", "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e")

#: Recorded of minio-go 7.4.1 with the same AccessKey and region, for the nine digits.
MINIO_SEED = (
    "20261125T080436Z",
    "a49908afcf24ee5f572fc7cd7e777dcad3eb1600a453e5f66a199fa5dfcea6c9",
)
MINIO_SIGNED = (
    b"9;chunk-signature=577c9f81000f6ea13e3c5b9aec2489c5fa71b92792cb31afa26fb832a6f441a1\r\n"
    b"123456789\r\n"
    b"0;chunk-signature=4923abcd22caabcd144e507037f6da6df8b26574d9672c0f85019c127d657c68\r\n"
    b"x-amz-checksum-crc32c:4waSgw==\n\r\n"
    b"x-amz-trailer-signature:c02c32d7edd6bccc97de043905d0eb9d0cee25a3cb4522423fd22ae97f904298\r\n"
    b"\r\n"
)
MINIO_UNSIGNED = b"9\r\n123456789\r\n0\r\nx-amz-checksum-crc32c:4waSgw==\n\r\n\r\n"

#: Checksums of the nine digits as @aws-sdk/client-s3 3.1175.0 sends them, by algorithm. Its bodies,
#: and those of botocore 1.44.8, are spelled as `chunked` does.
SDK_CHECKSUMS = {
    "CRC32": "y/Q5Jg==",
    "CRC32C": "4waSgw==",
    "CRC64NVME": "rosUhgp5mIg=",
    "SHA1": "98O8HYCOBHMq32eZZczDTKeuNEE=",
    "SHA256": "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
}


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
    trailers = [AWS_TRAILER, ("x-amz-trailer-signature", AWS_SIGNATURE_TRAILER)]
    return chunked([b"a" * 65536, b"a" * 1024], AWS_SIGNATURES, trailers)


def cut(body: bytes, places: Iterable[int]) -> list[bytes]:
    """The body in pieces, cut at these places."""
    edges = sorted({0, len(body), *(place for place in places if 0 < place < len(body))})
    return [body[start:end] for start, end in pairwise(edges)]
