"""Storage classes as S3 names them (S3: "PutObject", x-amz-storage-class). Here they are labels."""

from __future__ import annotations

#: The class here that is accessed as often and as fast, by S3's name.
OF_S3 = {
    "STANDARD": "Standard",
    "REDUCED_REDUNDANCY": "Standard",
    "EXPRESS_ONEZONE": "Standard",
    "INTELLIGENT_TIERING": "Standard",
    "STANDARD_IA": "IA",
    "ONEZONE_IA": "IA",
    "GLACIER_IR": "Archive",
    "GLACIER": "ColdArchive",
    "DEEP_ARCHIVE": "DeepColdArchive",
}

#: How a class that is kept is told; what several classes became is told as the usual one.
IN_S3 = {
    "Standard": "STANDARD",
    "IA": "STANDARD_IA",
    "Archive": "GLACIER_IR",
    "ColdArchive": "GLACIER",
    "DeepColdArchive": "DEEP_ARCHIVE",
}
