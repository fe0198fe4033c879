"""A role's credentials, renewed in time, from a real server and from what is none."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from pillarbox.client.assume_role import RoleCall, TemporaryCredentials
from pillarbox.client.assumed_role import AssumedRole
from pillarbox.client.buckets import Buckets
from pillarbox.client.connection import Connection
from pillarbox.client.errors import ForeignAnswerError, RefusedError, UnreachableError
from pillarbox.forms import Credentials, PostForm
from pillarbox.model.accounts import MIN_SESSION_SECONDS
from tests.client.web_server import web_server
from tests.roles import Roles, may_assume, policy
from tests.server_process import TEST_KEY, ServerProcess

CALLER = Credentials("id", "secret")
ARN = "acs:ram::1234567890123456:role/uploader"
BEGIN = datetime(2030, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
GIVEN = {"AccessKeyId": "STS.a", "AccessKeySecret": "hush", "SecurityToken": "token"}


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


class TestARealServer:
    @pytest.fixture
    def roles(self, module_server: ServerProcess) -> Roles:
        return Roles(module_server.data_dir)

    @pytest.fixture
    def role(self, module_server: ServerProcess, roles: Roles) -> Iterator[AssumedRole]:
        with Connection(module_server.base_url, Credentials(TEST_KEY.id, TEST_KEY.secret)) as root:
            Buckets(root).create("inbox")
        arn = roles.role(policy(["oss:PutObject", "oss:ListObjects"], "acs:oss:*:*:inbox*"))
        caller = roles.user(may_assume(arn))
        with AssumedRole(module_server.base_url, arn, "site", caller=caller) as made:
            yield made

    def test_forms_are_signed_by_a_session(
        self, module_server: ServerProcess, role: AssumedRole
    ) -> None:
        form = PostForm(endpoint=module_server.base_url, bucket="inbox", key="by-form", max_size=10)
        for signed in (
            form.sign_v1(role.credentials()),
            form.sign_v4(role.credentials(), "cn-hangzhou"),
        ):
            answer = httpx.post(signed.action, data=dict(signed.fields), files={"file": b"x"})
            assert answer.status_code == 204, answer.text
            assert signed.fields["x-oss-security-token"] == role.credentials().security_token

    @pytest.mark.parametrize("region", [None, "cn-hangzhou"])
    def test_a_connection_asks_the_role(
        self, module_server: ServerProcess, role: AssumedRole, region: str | None
    ) -> None:
        with Connection(module_server.base_url, role, region=region) as connection:
            connection.send("PUT", "inbox", key="by-header")
            with pytest.raises(RefusedError, match="AccessDenied"):
                connection.send("DELETE", "inbox", key="by-header")

    def test_a_role_may_lead_to_another(self, module_server: ServerProcess, roles: Roles) -> None:
        last = roles.role()
        first = roles.role(may_assume(last))
        user = roles.user(may_assume(first))
        url = module_server.base_url
        with (
            AssumedRole(url, first, "one", caller=user) as one,
            AssumedRole(url, last, "two", caller=one) as two,
        ):
            assert two.credentials().access_key_id != one.credentials().access_key_id

    def test_a_policy_narrows(self, module_server: ServerProcess, role: AssumedRole) -> None:
        arn, caller = role._call.role_arn, role._caller
        narrow = policy("oss:PutObject", "acs:oss:*:*:inbox/mine")
        with (
            AssumedRole(
                module_server.base_url, arn, "site", caller=caller, policy=narrow
            ) as narrowed,
            Connection(module_server.base_url, narrowed) as connection,
        ):
            connection.send("PUT", "inbox", key="mine")
            with pytest.raises(RefusedError, match="AccessDenied"):
                connection.send("PUT", "inbox", key="others")

    def test_refusals_are_told(self, module_server: ServerProcess, roles: Roles) -> None:
        url, arn = module_server.base_url, roles.role()
        for caller, wanted, status, code in (
            (roles.user(), arn, 403, "NoPermission"),
            (Credentials("nobody", "x"), arn, 404, "InvalidAccessKeyId.NotFound"),
            (Credentials(TEST_KEY.id, "x"), arn, 400, "SignatureDoesNotMatch"),
            (Credentials(TEST_KEY.id, TEST_KEY.secret), "x", 400, "InvalidParameter.RoleArn"),
        ):
            with (
                AssumedRole(url, wanted, "site", caller=caller) as role,
                pytest.raises(RefusedError) as refused,
            ):
                role.credentials()
            assert (refused.value.status, refused.value.code) == (status, code)
            assert refused.value.request_id


class Sts:
    """Stands in for `assume_role`, which is tested above: time passes here as the test says.

    A real server refuses calls of another time than its own.

    Attributes:
        asked: how many calls were heard.
        failure: raised by each.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = BEGIN
        self.asked = 0
        self.failure: Exception | None = None
        self.offset = timedelta(0)
        self.during: Callable[[], None] = lambda: None
        monkeypatch.setattr("pillarbox.client.assumed_role.assume_role", self)

    def __call__(
        self, http: httpx.Client, call: RoleCall, caller: Credentials, now: datetime
    ) -> TemporaryCredentials:
        self.asked += 1
        self.during()
        if self.failure is not None:
            raise self.failure
        credentials = Credentials(f"STS.{self.asked}", "hush", "token")
        expires = now + self.offset + timedelta(seconds=call.seconds)
        return TemporaryCredentials(credentials, expires)

    def role(self, **settings: Any) -> AssumedRole:
        return AssumedRole(
            "http://127.0.0.1:1", ARN, "site", caller=CALLER, clock=lambda: self.now, **settings
        )


@pytest.fixture
def sts(monkeypatch: pytest.MonkeyPatch) -> Sts:
    return Sts(monkeypatch)


class TestRenewal:
    def test_what_is_good_is_not_asked_for_again(self, sts: Sts) -> None:
        with sts.role() as role:
            assert sts.asked == 0
            for minutes in (0, 1, 49):
                sts.now = BEGIN + timedelta(minutes=minutes)
                assert role.credentials().access_key_id == "STS.1"

    def test_they_are_renewed_before_they_are_needed(self, sts: Sts) -> None:
        with sts.role() as role:
            role.credentials()
            sts.now = BEGIN + timedelta(minutes=51)
            assert role.credentials().access_key_id == "STS.2"
            assert role.credentials().access_key_id == "STS.2"

    def test_they_stay_good_as_long_as_was_promised(self, sts: Sts) -> None:
        with sts.role(at_least=timedelta(minutes=30)) as role:
            role.credentials()
            sts.now = BEGIN + timedelta(minutes=24)
            assert role.credentials().access_key_id == "STS.1"
            sts.now = BEGIN + timedelta(minutes=26)
            assert role.credentials().access_key_id == "STS.2"

    @pytest.mark.parametrize("minutes", [56, 59, 60, 600])
    def test_what_is_too_old_is_never_given(self, sts: Sts, minutes: int) -> None:
        with sts.role() as role:
            role.credentials()
            sts.now = BEGIN + timedelta(minutes=minutes)
            assert role.credentials().access_key_id == "STS.2"
            sts.now += HOUR
            sts.failure = UnreachableError("http://127.0.0.1:1", "timed out")
            with pytest.raises(UnreachableError):
                role.credentials()

    def test_a_failure_costs_nothing_while_they_are_good(self, sts: Sts) -> None:
        with sts.role() as role:
            role.credentials()
            sts.failure = UnreachableError("http://127.0.0.1:1", "timed out")
            sts.now = BEGIN + timedelta(minutes=51)
            assert role.credentials().access_key_id == "STS.1"
            assert role.credentials().access_key_id == "STS.1"
            assert sts.asked == 2  # STS is left alone for a while
            sts.now += timedelta(seconds=31)
            sts.failure = None
            assert role.credentials().access_key_id == "STS.3"

    def test_a_clock_that_is_behind_makes_no_session_longer(self, sts: Sts) -> None:
        sts.offset = timedelta(minutes=10)
        with sts.role() as role:
            role.credentials()
            sts.now = BEGIN + timedelta(minutes=56)
            assert role.credentials().access_key_id == "STS.2"

    def test_a_session_that_ends_sooner_than_asked_is_believed(self, sts: Sts) -> None:
        sts.offset = -timedelta(minutes=30)
        with sts.role() as role:
            role.credentials()
            sts.now = BEGIN + timedelta(minutes=26)
            assert role.credentials().access_key_id == "STS.2"

    def test_many_threads_ask_once(self, sts: Sts) -> None:
        everybody = threading.Barrier(8)

        def one(role: AssumedRole) -> str:
            everybody.wait()
            return role.credentials().access_key_id

        with sts.role() as role, ThreadPoolExecutor(8) as pool:
            for number, minutes in enumerate((0, 58, 200), start=1):
                sts.now = BEGIN + timedelta(minutes=minutes)
                assert set(pool.map(one, [role] * 8)) == {f"STS.{number}"}
                assert sts.asked == number

    def test_nobody_waits_while_they_are_good(self, sts: Sts) -> None:
        """Another thread asks in the midst of the renewal: it gets the old ones at once."""
        with sts.role() as role, ThreadPoolExecutor(1) as pool:
            role.credentials()
            sts.now = BEGIN + timedelta(minutes=51)
            met: list[str] = []

            def meanwhile() -> None:
                sts.during = lambda: None
                met.append(pool.submit(role.credentials).result().access_key_id)

            sts.during = meanwhile
            assert role.credentials().access_key_id == "STS.2"
            assert met == ["STS.1"]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"<html>"),
        (200, b"[]"),
        (200, b'{"Credentials": {}}'),
        (200, json.dumps({"Credentials": GIVEN}).encode()),
        (200, json.dumps({"Credentials": {**GIVEN, "Expiration": "soon"}}).encode()),
        (
            200,
            json.dumps(
                {
                    "Credentials": {
                        **GIVEN,
                        "SecurityToken": "",
                        "Expiration": "2030-01-01T01:00:00Z",
                    }
                }
            ).encode(),
        ),
        (200, b'{"a": "' + b"x" * 70_000 + b'"}'),
        (302, b"{}"),
        (502, b"Bad Gateway"),
    ],
)
def test_what_is_no_answer_of_sts(status: int, body: bytes) -> None:
    with (
        web_server(status, body) as server,
        AssumedRole(server.url, ARN, "site", caller=CALLER) as role,
        pytest.raises(ForeignAnswerError) as wrong,
    ):
        role.credentials()
    assert (wrong.value.origin, wrong.value.status) == (server.url, status)
    assert "hush" not in str(wrong.value)


def test_no_secret_is_shown() -> None:
    answer = {"Credentials": {**GIVEN, "Expiration": "2030-01-01T01:00:00Z"}}
    with (
        web_server(200, json.dumps(answer).encode()) as server,
        AssumedRole(server.url, ARN, "site", caller=CALLER, clock=lambda: BEGIN) as role,
    ):
        assert role.credentials() == Credentials("STS.a", "hush", "token")
        assert "hush" not in repr(role._held)
        assert server.received[0].target == "/"


def test_nobody_there() -> None:
    with web_server(200) as server:
        gone = server.url
    with (
        AssumedRole(gone, ARN, "site", caller=CALLER) as role,
        pytest.raises(UnreachableError) as nobody,
    ):
        role.credentials()
    assert nobody.value.origin == gone


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"lifetime": timedelta(seconds=MIN_SESSION_SECONDS - 1)}, "too short"),
        ({"at_least": HOUR}, "can't be good"),
        ({"at_least": -HOUR}, "can't be good"),
        ({"caller": Credentials("a b", "x")}, "AccessKey id"),
    ],
)
def test_what_can_not_be(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        AssumedRole("http://127.0.0.1:1", ARN, "site", **{"caller": CALLER, **settings})


def test_an_endpoint_that_is_none() -> None:
    with pytest.raises(ValueError, match="endpoint"):
        AssumedRole("sts.aliyuncs.com", ARN, "site", caller=CALLER)
