"""A role that a program has assumed: its credentials, renewed before they expire.

    with AssumedRole(
        "https://sts.aliyuncs.com",
        "acs:ram::1234567890123456:role/uploader",
        "careers",
        caller=environment_credentials(),
    ) as role:
        form.sign_v1(role.credentials())

STS is asked at the first need, and again some minutes before a session ends. While one thread asks,
the others go on with what is still good, and wait only where nothing is. So STS hears one call at
a time. One that fails while the session is good costs nobody anything: it is tried again later.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Self

from pillarbox.client.assume_role import RoleCall, TemporaryCredentials, assume_role
from pillarbox.client.credentials import CredentialSource, GivenCredentials, current
from pillarbox.client.errors import StoreError
from pillarbox.client.network import http_client
from pillarbox.forms.endpoint import service_url
from pillarbox.forms.policy_signature import check_credentials
from pillarbox.forms.signed_form import Credentials

#: STS takes no shorter session (STS: "AssumeRole", DurationSeconds).
MIN_LIFETIME = timedelta(minutes=15)

#: How long before the last moment it is asked for new ones, so that nobody need wait.
_EARLY = timedelta(minutes=5)

#: How long it is left alone after it has failed.
_PAUSE = timedelta(seconds=30)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class AssumedRole:
    """Gives the credentials of a role. Close it, or use it in a `with` statement."""

    def __init__(
        self,
        sts_endpoint: str,
        role_arn: str,
        session_name: str,
        *,
        caller: GivenCredentials,
        lifetime: timedelta = timedelta(hours=1),
        at_least: timedelta = timedelta(minutes=5),
        policy: str | None = None,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        """Nothing is sent yet.

        Args:
            sts_endpoint: URL of a Pillarbox, or such as `https://sts.aliyuncs.com`.
            role_arn: such as `acs:ram::1234567890123456:role/uploader`.
            session_name: 2 to 64 letters, digits or `.@_-`, under which logs show it.
            caller: who may assume the role, or what gives those credentials.
            lifetime: of a session, from 15 minutes to the role's maximum.
            at_least: how long what is given stays good. A form or URL that is signed with a
                session ends with it: ask for as long as the longest of them lasts.
            policy: JSON that narrows the role's rights further.
            clock: aware.

        Raises:
            ValueError: for an endpoint, a caller or a span that can't be.
        """
        service_url(sts_endpoint)
        if not isinstance(caller, CredentialSource):
            check_credentials(caller)
        if lifetime < MIN_LIFETIME:
            raise ValueError(f"a session of {lifetime} is too short: STS gives 15 minutes or more")
        if not timedelta(0) <= at_least < lifetime:
            raise ValueError(
                f"credentials of sessions of {lifetime} can't be good for {at_least} at any "
                "moment: take a longer lifetime or a shorter at_least"
            )
        seconds = int(lifetime.total_seconds())
        self._call = RoleCall(sts_endpoint, role_arn, session_name, seconds, policy)
        self._caller = caller
        self._at_least = at_least
        self._early = min(_EARLY, (lifetime - at_least) / 2)
        self._clock = clock
        self._http = http_client()
        self._asking = threading.Lock()
        self._held: TemporaryCredentials | None = None
        self._not_before: datetime | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the network."""
        self._http.close()

    def credentials(self) -> Credentials:
        """Credentials that stay good for `at_least`; they are asked for where there are none.

        Raises:
            RefusedError: STS says no; its `code` is such as `NoPermission`.
            UnreachableError: no answer came.
            ForeignAnswerError: an answer came that no STS gives.
        """
        held = self._held
        rest = self._rest(held)
        if held is not None and rest >= self._at_least:
            if rest < self._at_least + self._early and self._asking.acquire(blocking=False):
                try:
                    self._renew_early()
                finally:
                    self._asking.release()
            return (self._held or held).credentials
        with self._asking:
            # Another thread may have asked meanwhile.
            held = self._held
            if held is None or self._rest(held) < self._at_least:
                held = self._ask()
        return held.credentials

    def _rest(self, held: TemporaryCredentials | None) -> timedelta:
        return timedelta(0) if held is None else held.expires - self._clock()

    def _renew_early(self) -> None:
        """Ask unless that failed a moment ago; what is held is good still."""
        if self._rest(self._held) >= self._at_least + self._early:
            return
        if self._not_before is not None and self._clock() < self._not_before:
            return
        try:
            self._ask()
        except StoreError:
            self._not_before = self._clock() + _PAUSE

    def _ask(self) -> TemporaryCredentials:
        begun = self._clock()
        given = assume_role(self._http, self._call, current(self._caller), begun)
        # Where this clock is behind that of STS the session ends sooner than it seems.
        latest = begun + timedelta(seconds=self._call.seconds)
        self._held = TemporaryCredentials(given.credentials, min(given.expires, latest))
        self._not_before = None
        return self._held
