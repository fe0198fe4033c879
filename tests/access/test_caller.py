import asyncio

import pytest

from pillarbox.access.caller import ANONYMOUS, Caller, signing_key_of
from tests.access.keys import GOOD, lookup
from tests.refusing import refused


def test_anybody() -> None:
    assert ANONYMOUS.anonymous
    assert not Caller("owner", "id").anonymous


def test_a_known_key() -> None:
    assert asyncio.run(signing_key_of(GOOD.id, lookup)) is GOOD


@pytest.mark.parametrize("key_id", ["", "nobody", "a b", "../x", "x" * 500])
def test_an_unknown_key(key_id: str) -> None:
    with refused(
        "InvalidAccessKeyId",
        403,
        "The OSS Access Key Id you provided does not exist in our records.",
        ec="0002-00000902",
    ):
        asyncio.run(signing_key_of(key_id, lookup))


def test_a_disabled_key() -> None:
    message = "The OSS Access Key Id you provided is disabled."
    with refused("InvalidAccessKeyId", 403, message, ec="0002-00000904"):
        asyncio.run(signing_key_of("Disabled", lookup))
