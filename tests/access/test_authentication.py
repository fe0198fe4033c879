import asyncio
import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from pillarbox.access.authentication import authenticate
from pillarbox.access.caller import ANONYMOUS, Caller
from pillarbox.access.ram import Requester
from pillarbox.access.session_token import Session
from pillarbox.model.refusals import Refusal
from tests.access.keys import GOOD, SIGNERS, TOKENS
from tests.refusing import refused

NOW = datetime(2030, 1, 1, tzinfo=UTC)
DATE = format_datetime(NOW, usegmt=True).encode()
SIGNER = Caller(Requester("owner"), GOOD.id)

SESSION = Session("STS.a1", "owner", "uploader", 0, "app", NOW + timedelta(hours=1))
SESSION_REQUESTER = Requester("owner", role="uploader", session="app")
TOKEN = TOKENS.seal(SESSION).encode()

Pairs = list[tuple[bytes, bytes]]


def sign(text: bytes) -> bytes:
    """HMAC-SHA1 by hand, so that client and server can't be wrong together."""
    return base64.b64encode(hmac.new(GOOD.secret.encode(), text, hashlib.sha1).digest())


def who(headers: Pairs, query: Pairs | None = None, key: bytes | None = b"a b") -> Caller:
    return asyncio.run(authenticate("GET", headers, query or [], ("b", key), SIGNERS, NOW))


def signed(to_sign: bytes = b"GET\n\n\n" + DATE + b"\n/b/a b") -> Pairs:
    authorization = b"OSS " + GOOD.id.encode() + b":" + sign(to_sign)
    return [(b"date", DATE), (b"authorization", authorization)]


def url(expires: bytes = b"1893456001", to_sign: bytes | None = None) -> Pairs:
    text = to_sign or b"GET\n\n\n" + expires + b"\n/b/a b"
    return [
        (b"OSSAccessKeyId", GOOD.id.encode()),
        (b"Expires", expires),
        (b"Signature", sign(text)),
    ]


def test_nobody() -> None:
    assert who([(b"date", DATE)], [(b"prefix", b"a")]) == ANONYMOUS


def test_by_header() -> None:
    assert who(signed()) == SIGNER


def test_by_url() -> None:
    assert who([], url()) == SIGNER


def test_sub_resources_are_signed() -> None:
    headers = signed(b"GET\n\n\n" + DATE + b"\n/b/a b?acl")
    assert who(headers, [(b"acl", b""), (b"prefix", b"x")]) == SIGNER


def test_a_wrong_signature_shows_what_was_signed() -> None:
    headers = signed(b"something else")
    with refused(
        "SignatureDoesNotMatch",
        403,
        ec="0002-00000201",
        OSSAccessKeyId=GOOD.id,
        SignatureProvided=headers[1][1].decode().partition(":")[2],
        StringToSign=f"GET\n\n\n{DATE.decode()}\n/b/a b",
        StringToSignBytes=(b"GET\n\n\n" + DATE + b"\n/b/a b").hex(" ").upper(),
    ):
        who(headers)


def test_a_wrong_url_signature() -> None:
    text = b"GET\n\n\n1893456001\n/b/a b"
    with refused(
        "SignatureDoesNotMatch",
        403,
        ec="0002-00000040",
        OSSAccessKeyId=GOOD.id,
        SignatureProvided=sign(b"other").decode(),
        StringToSign=text.decode(),
        StringToSignBytes=text.hex(" ").upper(),
    ):
        who([], url(to_sign=b"other"))


def test_an_expired_url_is_told_before_its_signature_is_compared() -> None:
    with refused(
        "AccessDenied", 403, "Request has expired.", ec="0003-00000001", Expires="1893456000"
    ):
        who([], url(b"1893456000", to_sign=b"wrong"))


def test_a_token_alone_signs_nothing() -> None:
    assert who([(b"x-oss-security-token", b"token")]) == ANONYMOUS


@pytest.mark.parametrize("key_id", [b"Nobody", b"a b"])
def test_unknown_keys(key_id: bytes) -> None:
    with refused("InvalidAccessKeyId", 403, ec="0002-00000902"):
        who([(b"date", DATE), (b"authorization", b"OSS " + key_id + b":sig")])
    with refused("InvalidAccessKeyId", 403, ec="0002-00000902"):
        who([], [(b"OSSAccessKeyId", key_id), *url()[1:]])


def test_a_request_without_a_date() -> None:
    message = "OSS authentication requires a valid Date."
    with refused("AccessDenied", 403, message, ec="0003-00000001"):
        who(signed()[1:])


def test_a_date_beyond_the_calendar_is_no_date() -> None:
    message = "OSS authentication requires a valid Date."
    with refused("AccessDenied", 403, message, ec="0003-00000001"):
        who([(b"date", b"Fri, 31 Dec 9999 23:59:59 -2359"), signed()[1]])


def test_signed_in_two_places() -> None:
    with refused("InvalidArgument", 400, ArgumentName="Authorization"):
        who(signed(), url())


class TestTokens:
    """A session's AccessKey signs together with its token, which stands in what is signed."""

    @staticmethod
    def sign(text: bytes) -> bytes:
        secret = TOKENS.secret_of(SESSION.access_key_id).encode()
        return base64.b64encode(hmac.new(secret, text, hashlib.sha1).digest())

    def headers(self, name: bytes, signed: bytes) -> Pairs:
        text = b"GET\n\n\n" + DATE + b"\n" + signed + b"/b/a b"
        authorization = b"OSS STS.a1:" + self.sign(text)
        return [(b"date", DATE), (b"authorization", authorization), (name, TOKEN)]

    def test_in_a_header(self) -> None:
        caller = who(self.headers(b"x-oss-security-token", b"x-oss-security-token:%b\n" % TOKEN))
        assert caller.requester == SESSION_REQUESTER
        assert caller.access_key_id == "STS.a1"

    def test_in_the_header_of_sdk_v2(self) -> None:
        assert who(self.headers(b"security-token", b"")).requester == SESSION_REQUESTER

    def test_a_header_is_signed(self) -> None:
        with pytest.raises(Refusal, match="SignatureDoesNotMatch"):
            who(self.headers(b"x-oss-security-token", b""))

    def test_in_a_url(self) -> None:
        text = b"GET\n\n\n1893456001\n/b/a b?security-token=" + TOKEN
        query = [
            (b"OSSAccessKeyId", b"STS.a1"),
            (b"Expires", b"1893456001"),
            (b"Signature", self.sign(text)),
        ]
        assert who([], [*query, (b"security-token", TOKEN)]).requester == SESSION_REQUESTER
        message = "Security-token must be provided by query string parameter."
        with refused("InvalidRequest", 400, message):
            who([], query)

    def test_of_another_key(self) -> None:
        with refused("AccessKeyIdAndSecurityTokenNotMatch", 403):
            who([*signed(), (b"x-oss-security-token", TOKEN)])


@pytest.mark.parametrize("text", [b"", b"OSS", b"OSS id", b"OSS :sig", b"Basic abc", b"AWS id:sig"])
def test_a_malformed_authorization(text: bytes) -> None:
    message = "Authorization header is invalid."
    with refused("InvalidArgument", 400, message, ArgumentName="Authorization"):
        who([(b"authorization", text)])
