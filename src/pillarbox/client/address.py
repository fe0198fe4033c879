"""Where an object, a folder or a bucket is: `oss://bucket/key`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from pillarbox.model.names import check_key, is_bucket_name
from pillarbox.model.refusals import Refusal

SCHEME = "oss://"


@dataclass(frozen=True, slots=True)
class Address:
    """A bucket, and in it a key or the beginning of keys; both as they are, nothing encoded."""

    bucket: str
    key: str = ""

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.key}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The address that `text` spells. A key begins behind the first `/` and is not decoded.

        Raises:
            ValueError: it is none.
        """
        if not text.startswith(SCHEME):
            raise ValueError(f"{text!r} is no address in a store: write it like oss://bucket/key")
        bucket, _, key = text.removeprefix(SCHEME).partition("/")
        if not is_bucket_name(bucket):
            raise ValueError(
                f"{text!r} names no bucket: oss://BUCKET/KEY has 3 to 63 of a-z, 0-9 and - there, "
                "with a letter or digit at both ends"
            )
        return cls(bucket, key)

    def check_object(self) -> None:
        """ValueError unless the key can be an object's."""
        if not self.key:
            raise ValueError(f"{str(self)!r} names a bucket and no object: give oss://bucket/key")
        try:
            check_key(self.key)
        except Refusal:
            raise ValueError(
                f"{str(self)[:200]!r} can't be an object: a key has 1 to 1,023 bytes of UTF-8 and "
                "doesn't begin with / or a backslash"
            ) from None

    @property
    def is_folder(self) -> bool:
        """Whether it stands for what lies below: a bucket, or a key that ends in `/`."""
        return not self.key or self.key.endswith("/")

    def below(self, name: str) -> Address:
        """The address of `name` in this folder, which need not end in `/`."""
        return Address(self.bucket, f"{self.folder_prefix}{name}")

    @property
    def folder_prefix(self) -> str:
        """With what keys in this folder begin."""
        return self.key if self.is_folder else f"{self.key}/"


def is_address(text: str) -> bool:
    """Whether `text` is meant as an address in a store, and not as a path."""
    return text.startswith(SCHEME)
