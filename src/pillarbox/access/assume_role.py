"""AssumeRole: temporary credentials for a role that trusts its caller (STS: "AssumeRole")."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache

from pillarbox.access.caller import Caller
from pillarbox.access.ram import (
    DocumentKind,
    Effect,
    Question,
    RamPolicy,
    RamPolicyError,
    RequestContext,
    evaluate,
    kept_ram_policy,
    read_ram_policy,
)
from pillarbox.access.session_token import Session, TokenKey, new_access_key_id
from pillarbox.access.signers import RoleLookup
from pillarbox.model.accounts import (
    DEFAULT_SESSION_SECONDS,
    MIN_SESSION_SECONDS,
    Role,
)

#: Characters of a session's policy; newer pages say 2,048, older ones 1,024.
MAX_POLICY_LENGTH = 2048

ACTION = "sts:AssumeRole"

_ARN = re.compile(r"acs:ram::([0-9]{1,32}):role/([A-Za-z0-9._@=-]{1,64})")
_SESSION_NAME = re.compile(r"[A-Za-z0-9.@_-]{2,64}")


class StsRefusal(Exception):  # noqa: N818 (a refusal is the word of the whole house)
    """An error answer of STS, whose documents differ from those of the store.

    Attributes:
        code: such as `InvalidParameter.RoleArn`.
        status: of HTTP.
    """

    def __init__(self, code: str, status: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class RoleRequest:
    """What a call asks for, as far as it was read.

    Attributes:
        account_id, role: of the RoleArn.
        duration: None for the usual one.
        policy: JSON that narrows the session, None for nothing.
    """

    account_id: str
    role: str
    session_name: str
    duration: timedelta | None = None
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a call gives.

    Attributes:
        session: whose AccessKey it is.
    """

    session: Session
    secret: str = field(repr=False)
    token: str = field(repr=False)


def read_request(arn: str, session_name: str, duration: str, policy: str) -> RoleRequest:
    """The request of four parameters; empty texts stand for absent ones.

    Raises:
        StsRefusal: for one that can't be.
    """
    named = _ARN.fullmatch(arn)
    if named is None:
        raise _wrong("RoleArn", "The parameter RoleArn is wrongly formed.")
    if not _SESSION_NAME.fullmatch(session_name):
        raise _wrong("RoleSessionName", "The parameter RoleSessionName is wrongly formed.")
    return RoleRequest(
        named[1], named[2], session_name, _read_duration(duration), _read_policy(policy)
    )


async def assume_role(
    request: RoleRequest,
    caller: Caller,
    context: RequestContext,
    roles: RoleLookup,
    tokens: TokenKey,
) -> Credentials:
    """Credentials of a session.

    Raises:
        StsRefusal: `EntityNotExist.Role`, `NoPermission`, `InvalidParameter.DurationSeconds`.
    """
    role = await roles(request.account_id, request.role)
    question = Question(
        caller.requester, ACTION, context, owner_id=request.account_id, role=request.role
    )
    if role is None or not role.account_enabled:
        if caller.account_id != request.account_id:
            raise _no_permission()  # which roles others have is not for everybody
        raise StsRefusal("EntityNotExist.Role", 404, "The specified Role not exists.")
    if not _may_assume(role, caller, question):
        raise _no_permission()
    expires = context.now.replace(microsecond=0) + _lifetime(role, request.duration)
    session = Session(
        new_access_key_id(),
        role.account_id,
        role.name,
        role.created_ms,
        request.session_name,
        expires,
        request.policy,
    )
    return Credentials(session, tokens.secret_of(session.access_key_id), tokens.seal(session))


def _may_assume(role: Role, caller: Caller, question: Question) -> bool:
    """Whether the role trusts the caller, and the caller's own policies let it ask.

    An account itself needs no policy of its own (differs: Alibaba lets users and roles ask only).
    """
    if evaluate((_trust_policy(role.trust),), question).effect is not Effect.ALLOW:
        return False
    if caller.session_policy is not None:
        narrowed = evaluate((caller.session_policy,), question)
        if narrowed.effect is not Effect.ALLOW:
            return False
    own = evaluate(caller.policies, question).effect
    return own is Effect.ALLOW or (own is None and caller.requester.is_account)


def _lifetime(role: Role, wanted: timedelta | None) -> timedelta:
    longest = timedelta(seconds=role.max_session_seconds)
    if wanted is None:
        return min(timedelta(seconds=DEFAULT_SESSION_SECONDS), longest)
    if not timedelta(seconds=MIN_SESSION_SECONDS) <= wanted <= longest:
        raise _wrong("DurationSeconds", _duration_text(role.max_session_seconds))
    return wanted


def _read_duration(text: str) -> timedelta | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise _wrong("DurationSeconds", _duration_text(DEFAULT_SESSION_SECONDS))
    return timedelta(seconds=int(text))


def _duration_text(longest: int) -> str:
    hours, rest = divmod(longest, 3600)
    most = f"{hours}hr" if not rest else f"{longest // 60}min"
    return f"The Min/Max value of DurationSeconds is 15min/{most}."


def _read_policy(text: str) -> str | None:
    if not text:
        return None
    if len(text) > MAX_POLICY_LENGTH:
        raise _wrong(
            "PolicySize", f"The size of Policy must be smaller than {MAX_POLICY_LENGTH} bytes."
        )
    try:
        read_ram_policy(text, DocumentKind.IDENTITY)
    except RamPolicyError as error:
        raise _wrong(
            "PolicyGrammar", f"The parameter Policy has not passed grammar check: {error}."
        ) from None
    return text


@lru_cache(maxsize=1024)
def _trust_policy(text: str) -> RamPolicy:
    return kept_ram_policy(text, DocumentKind.TRUST)


def _wrong(what: str, message: str) -> StsRefusal:
    return StsRefusal(f"InvalidParameter.{what}", 400, message)


def _no_permission() -> StsRefusal:
    return StsRefusal(
        "NoPermission",
        403,
        "You are not authorized to do this action. You should be authorized by RAM.",
    )
