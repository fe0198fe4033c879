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


def test_an_unknown_key() -> None:
    message = "The OSS Access Key Id you provided does not exist in our records."
    with refused("InvalidAccessKeyId", 403, message, ec="0002-00000902"):
        asyncio.run(signing_key_of("nobody", lookup))


@pytest.mark.parametrize("key_id", ["", "a b", "../x", "x" * 500])
def test_what_can_be_no_key(key_id: str) -> None:
    message = (
        "The OSS Access Key Id contains non-acceptable characters, which accepts only alphanumeric "
        "characters[0-9a-zA-Z] and several special characters[. _=]"
    )
    with refused("InvalidAccessKeyId", 403, message, ec="0002-00000902"):
        asyncio.run(signing_key_of(key_id, lookup))


def test_a_disabled_key() -> None:
    message = "The OSS Access Key Id you provided is disabled."
    with refused("InvalidAccessKeyId", 403, message, ec="0002-00000904"):
        asyncio.run(signing_key_of("Disabled", lookup))
