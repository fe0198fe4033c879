"""Test vectors that AWS publishes in its S3 documentation."""

from datetime import UTC, datetime

from pillarbox.signing.post_v4 import Scope

KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

# "Signature Calculations for the Authorization Header" and its neighbours.
NOW = datetime(2013, 5, 24, tzinfo=UTC)
DATE = "20130524T000000Z"
SCOPE = Scope(KEY_ID, "20130524", "us-east-1")
HOST = b"examplebucket.s3.amazonaws.com"
EMPTY = b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
WELCOME = b"44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"

# "Transferring Payload in Multiple Chunks": 65,536 and 1,024 times `a`.
SEED = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
CHUNKS = (
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
)

# "Including Trailing Headers": the same with a trailer.
TRAILER_SEED = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
TRAILER_CHUNKS = (
    "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
    "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
    "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
)
TRAILER = (b"x-amz-checksum-crc32c", b"sOO8/Q==")
SIGNATURE_TRAILER = "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"


def v4_headers(*more: tuple[bytes, bytes], payload: bytes = EMPTY) -> list[tuple[bytes, bytes]]:
    """The headers that the examples share, and `more`."""
    return [
        (b"host", HOST),
        (b"x-amz-content-sha256", payload),
        (b"x-amz-date", DATE.encode()),
        *more,
    ]
