"""Whether a site answered a callback well (OSS: "Callback", responses and error 203)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

#: Bytes of a site's answer. Docs disagree: 1 MB on one page, 3 MB on another.
MAX_ANSWER_SIZE = 1024 * 1024

_LENGTH = re.compile(r"[0-9]{1,18}")
_TOO_MANY_REQUESTS = 429


@dataclass(frozen=True, slots=True)
class CallFailure:
    """Why a call failed.

    Attributes:
        message: what the uploader hears.
        status: of the site's answer, None if there was none.
    """

    message: str
    status: int | None = None

    @property
    def was_taken(self) -> bool:
        """Whether the site said that it has the message, whatever is wrong with its answer."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def may_pass(self) -> bool:
        """Whether the same call may succeed later: nobody answered, 5xx or 429."""
        return self.status is None or self.status >= 500 or self.status == _TOO_MANY_REQUESTS


def unreachable(status: int | None = None) -> CallFailure:
    """Nobody takes the connection, or it was cut; `status` if the answer came as far as that."""
    return CallFailure(
        "Error Status : -1.OSS can not connect to your callbackUrl, please check it.", status
    )


def timed_out(authority: str, seconds: float, status: int | None = None) -> CallFailure:
    """No whole answer in time; `status` if it came as far as that."""
    limit = f"{seconds * 1000:.0f}ms"
    return CallFailure(
        f"Error status : -1 {authority} reply timeout, cost:{limit}, timeout:{limit} "
        "(err -4, errno115)",
        status,
    )


def bad_length(status: int = 400) -> CallFailure:
    """The header Content-Length holds no length; without a `status` that could be read, a 400."""
    return CallFailure("Error Status : 400.User server return invalid conent-length value.", status)


def too_many() -> CallFailure:
    """So many calls wait that this one was not made."""
    return CallFailure("Too many callback requests.")


def judge_head(status: int, content_length: str | None) -> int | CallFailure:
    """The length of the body that is to follow, or what is wrong with the head."""
    if status != 200:
        return CallFailure(f"Error status : {status}.", status)
    if content_length is None:
        return CallFailure("Error Status : 400.User server missing content-length.", status)
    if not _LENGTH.fullmatch(content_length) or int(content_length) == 0:
        return bad_length(status)
    if int(content_length) > MAX_ANSWER_SIZE:
        return CallFailure(
            "Error Status : 400.User server return too long content-length value.", status
        )
    return int(content_length)


def judge_body(body: bytes) -> CallFailure | None:
    """What is wrong with the body of a 200; None for JSON in UTF-8 without a byte order mark."""
    try:
        json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return CallFailure("Response body is not valid json format.", 200)
    return None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
