"""Steps of a store that no judgement of a form alone can take.

What a store answered is known; where the form's own steps don't tell it, the code of the answer
says which of the store's own steps refused: the state of the store, the caller's rights, the way
the body came. Such a step is put where the server takes it (`docs/parity.md`, "Order of
evaluation").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pillarbox.forms.explanation import Check, Outcome
from pillarbox.model import refusals
from pillarbox.model.refusals import Refusal, RefusalKind

_EC_REGION = "0002-00000710"


@dataclass(frozen=True, slots=True)
class _StoreStep:
    """One step of a store.

    Attributes:
        before: the step of the form that comes next; empty for the end.
    """

    name: str
    before: str
    said: str


_REGION = _StoreStep("region", "signature", "it serves another region than the credential names.")
_TOKEN = _StoreStep("token", "signature", "the security token does not stand for the AccessKey.")
_CEILINGS = _StoreStep("ceilings", "strict forms", "its operator lets no policy allow so much.")
_OTHER = _StoreStep("store", "", "the form's own steps don't give this answer.")
_BODY = _StoreStep("body", "", "the form did not come whole, or not as it should.")
_SERVER = _StoreStep("server", "", "the fault is not the form's, which may pass later.")

_STEPS: dict[str, _StoreStep] = {
    kind.code: step
    for kind, step in (
        (
            refusals.INVALID_BUCKET_NAME,
            _StoreStep("address", "", "no bucket can have this name."),
        ),
        (
            refusals.ENTITY_TOO_LARGE,
            _StoreStep("length", "", "the Content-Length proves the file too large."),
        ),
        (
            refusals.MISSING_CONTENT_LENGTH,
            _StoreStep("length", "", "the request has no length and is not chunked."),
        ),
        (
            refusals.INVALID_DIGEST,
            _StoreStep("digest", "", "the header Content-MD5 is not that of the body."),
        ),
        (
            refusals.INVALID_ACCESS_KEY_ID,
            _StoreStep("AccessKey", "signature", "it has no such AccessKey, or a disabled one."),
        ),
        (
            refusals.USER_DISABLE,
            _StoreStep("account", "signature", "the account of the AccessKey may do nothing."),
        ),
        (refusals.INVALID_SECURITY_TOKEN, _TOKEN),
        (refusals.SECURITY_TOKEN_EXPIRED, _TOKEN),
        (refusals.TOKEN_OF_ANOTHER_KEY, _TOKEN),
        (
            refusals.NO_SUCH_BUCKET,
            _StoreStep("bucket", "strict forms", "it has no bucket of that name."),
        ),
        (
            refusals.ACCESS_DENIED,
            _StoreStep(
                "rights",
                "values",
                "who signed it, or anybody if nobody did, may not write this key.",
            ),
        ),
        (
            refusals.QUOTA_EXCEEDED,
            _StoreStep("quota", "", "the bucket or its account is full."),
        ),
        (
            refusals.FILE_ALREADY_EXISTS,
            _StoreStep("overwrite", "size", "the form forbids it, and the key is taken."),
        ),
        (refusals.INCOMPLETE_BODY, _BODY),
        (refusals.REQUEST_TIMEOUT, _BODY),
        (refusals.INVALID_REQUEST, _BODY),
        (refusals.SERVICE_UNAVAILABLE, _SERVER),
        (refusals.INSUFFICIENT_STORAGE, _SERVER),
        (refusals.INTERNAL_ERROR, _SERVER),
    )
}

#: Texts of the operator's ceilings, whose code is that of the rights too.
_CEILING_MESSAGES = frozenset((refusals.POLICY_LIVES_TOO_LONG, refusals.POLICY_ALLOWS_TOO_MUCH))

#: Codes of a body that is no form, which its own step "frame" tells.
_FRAME: tuple[RefusalKind, ...] = (
    refusals.REQUEST_IS_NOT_MULTIPART,
    refusals.MALFORMED_POST,
    refusals.WRONG_NUMBER_OF_FILES,
)


def is_of_frame(answer: Refusal) -> bool:
    """Whether `answer` tells that the body is no form."""
    return any(answer.code == kind.code for kind in _FRAME)


def is_of_store(answer: Refusal) -> bool:
    """Whether the store's own steps give an answer of this code."""
    return _store_step(answer) is not _OTHER


def with_answer(checks: Sequence[Check], answer: Refusal) -> tuple[Check, ...]:
    """`checks`, the first refusal among them being `answer`, by a step of the store if need be."""
    judged = next((check.refusal for check in checks if check.refusal is not None), None)
    if _is_same(judged, answer):
        return tuple(checks)
    step = _store_step(answer)
    # What a step of this name left open is told now.
    checks = [c for c in checks if (c.name, c.outcome) != (step.name, Outcome.UNKNOWN)]
    first = next((at for at, check in enumerate(checks) if check.refusal is not None), len(checks))
    at = next((at for at, check in enumerate(checks) if check.name == step.before), len(checks))
    at = min(at, first)
    said = f"Only the store can tell: {step.said} {answer.message}"
    if answer.hint:
        said += f" {answer.hint}"
    return (*checks[:at], Check(step.name, Outcome.REFUSED, said, answer), *checks[at:])


def _store_step(answer: Refusal) -> _StoreStep:
    if answer.ec == _EC_REGION:
        return _REGION
    if answer.message in _CEILING_MESSAGES:
        return _CEILINGS
    return _STEPS.get(answer.code, _OTHER)


def _is_same(judged: Refusal | None, answer: Refusal) -> bool:
    return judged is not None and (
        (judged.code, int(judged.status), judged.message, judged.ec)
        == (answer.code, int(answer.status), answer.message, answer.ec)
    )
