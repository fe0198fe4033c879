import asyncio
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from pillarbox.access.authentication import authenticate
from pillarbox.access.caller import Caller
from pillarbox.access.ram import Requester
from pillarbox.signing import url_v4
from tests.access.keys import GOOD, SIGNERS
from tests.refusing import refused

NOW = datetime(2030, 1, 1, tzinfo=UTC)
SCOPE = url_v4.scope_at(GOOD.id, "cn-hangzhou", NOW)
QUERY = [
    (name.encode(), value.encode())
    for name, value in parse_qsl(
        url_v4.signed_query("GET", "b", "k", timedelta(hours=1), SCOPE, GOOD.secret, NOW)
    )
]


def who(query: list[tuple[bytes, bytes]], region: str | None) -> Caller:
    return asyncio.run(authenticate("GET", [], query, ("b", b"k"), SIGNERS, NOW, region))


def test_one_region_or_any() -> None:
    for region in (None, "cn-hangzhou"):
        assert who(QUERY, region) == Caller(Requester("owner"), GOOD.id)
    with refused(
        "InvalidArgument",
        400,
        "the region 'cn-hangzhou' is wrong; expecting 'home'",
        ec="0002-00000710",
        ArgumentName="x-oss-credential",
    ):
        who(QUERY, "home")


def test_a_url_of_v1_and_v4() -> None:
    with refused("InvalidArgument", ArgumentName="x-oss-signature-version"):
        who([*QUERY, (b"Signature", b"x")], None)
