"""What a store would answer to a form, and why, step by step (`pillarbox explain`).

The steps and their order are the server's, and so are the functions that judge; but where the
server answers with the first refusal, an explanation goes on and tells them all. What depends on
the store's own state it can't know: whether the bucket and the AccessKey exist, whether a security
token is good, what the signer may do, which objects are there.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from datetime import datetime

from pillarbox.forms.coverage import required_coverage, s3_coverage, strict_coverage
from pillarbox.forms.explanation import Check, ConditionFinding, Explanation, Outcome
from pillarbox.forms.fields import SubmittedForm
from pillarbox.forms.presented_form import PresentedFile, PresentedForm
from pillarbox.forms.store_rules import USUAL_RULES, StoreRules
from pillarbox.forms.submitted_checksums import submitted_digests
from pillarbox.forms.submitted_object import object_spec, requested_callback
from pillarbox.forms.submitted_signature import (
    FormSignature,
    SignedV1,
    SignedV4,
    Unsigned,
    signature_of,
)
from pillarbox.model import refusals
from pillarbox.model.dialects import OSS, Dialect
from pillarbox.model.names import fold_field_name, is_access_key_id
from pillarbox.model.refusals import Refusal
from pillarbox.model.spans import span_in_words
from pillarbox.policy import (
    ContentLengthRange,
    FieldCondition,
    PostPolicy,
    SizeRange,
    check_conditions,
    check_coverage,
    check_expiry,
    check_policy_ceilings,
    check_size_ceiling,
    check_size_floor,
    check_strict_coverage,
    judge,
    policy_rules,
    read_policy,
    upload_ceiling,
)
from pillarbox.signing import post_v1, post_v4
from pillarbox.signing.comparison import matches

_EC_SIGNATURE = "0002-00000705"


def explain_policy(field: str, now: datetime) -> Explanation:
    """What can be said of a policy alone: is it well-formed, is it still good at `now` (aware)."""
    trial = _Trial()
    policy = trial.read_policy(field)
    if policy is None:
        return Explanation(None, tuple(trial.checks))
    trial.attempt("expiry", lambda: _expiry(policy, now))
    found = tuple(_finding(entry, None, Outcome.UNKNOWN) for entry in policy.conditions)
    return Explanation(policy, tuple(trial.checks), found)


def explain_form(
    form: PresentedForm,
    now: datetime,
    secret: str | None = None,
    rules: StoreRules = USUAL_RULES,
) -> Explanation:
    """What a store would answer to `form` at `now` (aware).

    Args:
        secret: of the AccessKey that the form names; None leaves the signature unchecked.
        rules: of the store. Where forms need not be strict, what a strict bucket would say is
            told but doesn't count.
    """
    trial = _Trial()
    if form.flaw is not None and form.file is None:
        trial.refuse("frame", form.flaw)
        return Explanation(None, tuple(trial.checks), dialect=form.submitted().dialect)
    submitted = form.submitted()
    trial.attempt("fields", lambda: _fields(form))
    trial.attempt("key", lambda: _key(submitted, rules))
    signature = trial.signature(submitted, now, secret)
    policy = None
    findings: tuple[ConditionFinding, ...] = ()
    if (field := submitted.get("policy")) is not None:
        policy = trial.read_policy(field, submitted.dialect)
    if policy is not None:
        findings = trial.policy(policy, form, submitted, now)
        trial.ceilings(policy, rules, now)
    trial.strict(policy, strict_coverage(submitted), strict=rules.strict_forms)
    if rules.s3_forms:
        trial.covered(policy, s3_coverage(submitted))
    trial.attempt("values", lambda: _values(submitted, rules))
    trial.size(form, SizeRange() if policy is None else policy.size_range, rules)
    if form.flaw is not None:
        trial.refuse("frame", form.flaw)
    return Explanation(policy, tuple(trial.checks), findings, signature, submitted.dialect)


class _Trial:
    """The steps so far."""

    def __init__(self) -> None:
        self.checks: list[Check] = []

    def attempt(self, name: str, step: Callable[[], str]) -> None:
        """Take a step that says what it found, or raises the server's refusal."""
        try:
            said = step()
        except Refusal as refusal:
            self.refuse(name, refusal)
        else:
            self.checks.append(Check(name, Outcome.PASSED, said))

    def refuse(self, name: str, refusal: Refusal) -> None:
        argument = refusal.details.get("ArgumentName") or refusal.details.get("Header")
        said = refusal.message if argument is None else f"{refusal.message} ({argument})"
        if refusal.hint:
            said += f" {refusal.hint}"
        self.checks.append(Check(name, Outcome.REFUSED, said, refusal))

    def unknown(self, name: str, said: str) -> None:
        self.checks.append(Check(name, Outcome.UNKNOWN, said))

    def read_policy(self, field: str, dialect: Dialect = OSS) -> PostPolicy | None:
        try:
            policy = read_policy(field, policy_rules(dialect))
        except Refusal as refusal:
            self.refuse("policy", refusal)
            return None
        self.checks.append(Check("policy", Outcome.PASSED, "The policy can be read."))
        return policy

    def signature(
        self, form: SubmittedForm, now: datetime, secret: str | None
    ) -> FormSignature | None:
        try:
            signature = signature_of(form)
        except Refusal as refusal:
            self.refuse("signature", refusal)
            return None
        if form.own("security-token") is not None and not isinstance(signature, Unsigned):
            self.unknown(
                "token",
                "The form bears a security token: whether it is good, and for how long, only the "
                "store can tell.",
            )
        match signature:
            case Unsigned():
                self.unknown(
                    "signature",
                    "The form bears none: only a bucket that is public-read-write takes it.",
                )
            case SignedV1():
                self._verify(
                    signature.access_key_id,
                    signature.signature,
                    secret,
                    form.dialect.v1_name,
                    lambda s: post_v1.sign(s, signature.policy.encode("utf-8")),
                )
            case SignedV4():
                self._signature_v4(signature, form, now, secret)
        return signature

    def _signature_v4(
        self, signature: SignedV4, form: SubmittedForm, now: datetime, secret: str | None
    ) -> None:
        dialect = form.dialect
        try:
            scope = post_v4.Scope.parse(signature.credential, dialect)
            date = post_v4.parse_date(signature.date, dialect)
        except Refusal as refusal:
            self.refuse("signing date", refusal)
            return

        def step() -> str:
            post_v4.check_date(scope, date, now, dialect)
            return _skew(date, now)

        self.attempt("signing date", step)
        self._verify(
            scope.access_key_id,
            signature.signature,
            secret,
            f"V4, region {scope.region}",
            lambda s: post_v4.sign(s, scope, signature.policy.encode("utf-8"), dialect),
        )

    def _verify(
        self,
        access_key_id: str,
        given: str,
        secret: str | None,
        kind: str,
        sign: Callable[[str], str],
    ) -> None:
        if not is_access_key_id(access_key_id):
            self.refuse("signature", refusals.INVALID_ACCESS_KEY_ID(refusals.UNACCEPTABLE_KEY_ID))
        elif secret is None:
            self.unknown("signature", f"{kind}, by {access_key_id}: not checked without a secret.")
        elif matches(sign(secret), given):
            right = f"{kind}: right for the secret of {access_key_id}."
            self.checks.append(Check("signature", Outcome.PASSED, right))
        else:
            refusal = refusals.SIGNATURE_DOES_NOT_MATCH(
                ec=_EC_SIGNATURE, OSSAccessKeyId=access_key_id, SignatureProvided=given[:128]
            )
            refusal.hint = (
                f"Is the secret that of {access_key_id}? Was the very text of the field `policy` "
                "signed, and sent unchanged?"
            )
            self.refuse("signature", refusal)

    def policy(
        self,
        policy: PostPolicy,
        form: PresentedForm,
        submitted: SubmittedForm,
        now: datetime,
    ) -> tuple[ConditionFinding, ...]:
        """Expiry, coverage, repeated fields, conditions."""
        self.attempt("expiry", lambda: _expiry(policy, now))
        if required_coverage(submitted):
            self.attempt("coverage", lambda: _coverage(policy, submitted))
        self.attempt("duplicates", lambda: _repeated(policy, submitted))
        values = submitted.condition_values(form.bucket or "")
        unseen = _unseen(form, submitted)
        judged = tuple(
            entry
            for entry in policy.conditions
            if not (isinstance(entry, FieldCondition) and entry.name in unseen)
        )
        self.attempt("conditions", lambda: _conditions(policy, judged, values, form))
        verdicts = iter(judge(dataclasses.replace(policy, conditions=judged), values))
        found = []
        for entry in policy.conditions:
            if isinstance(entry, ContentLengthRange):
                found.append(_size_finding(entry, form.file))
            elif entry.name in unseen:
                found.append(_finding(entry, None, Outcome.UNKNOWN))
            else:
                verdict = next(verdicts)
                outcome = Outcome.PASSED if verdict.passed else Outcome.REFUSED
                found.append(_finding(entry, verdict.received, outcome))
        return tuple(found)

    def ceilings(self, policy: PostPolicy, rules: StoreRules, now: datetime) -> None:
        """What the operator lets any policy allow; nothing is told where nobody set it."""

        def step() -> str:
            check_policy_ceilings(policy, rules.ceilings, now)
            return "The policy allows no more than the store does."

        if rules.ceilings.is_bound:
            self.attempt("ceilings", step)

    def strict(self, policy: PostPolicy | None, names: Sequence[str], *, strict: bool) -> None:
        try:
            check_strict_coverage(policy, names)
        except Refusal as refusal:
            if strict:
                self.refuse("strict forms", refusal)
                return
            covered = frozenset[str]() if policy is None else policy.covered
            missing = ", ".join(name for name in names if fold_field_name(name) not in covered)
            said = f"A strict bucket would refuse it: no condition names {missing}."
            self.checks.append(Check("strict forms", Outcome.STRICT, said))
        else:
            said = "A strict bucket takes it."
            self.checks.append(Check("strict forms", Outcome.PASSED, said))

    def covered(self, policy: PostPolicy | None, names: Sequence[str]) -> None:
        try:
            check_strict_coverage(policy, names)
        except Refusal as refusal:
            self.refuse("S3's coverage", refusal)

    def size(self, form: PresentedForm, sizes: SizeRange, rules: StoreRules) -> None:
        file = form.file
        if file is None:
            self.unknown("size", "There is no file to look at.")
            return

        def step() -> str:
            check_size_ceiling(SizeRange(0, upload_ceiling(rules.ceilings)), file.size)
            check_size_ceiling(sizes, file.size)
            if not file.complete:
                return f"At least {file.size} bytes: its end was not seen."
            check_size_floor(sizes, file.size)
            return f"{file.size} bytes."

        self.attempt("size", step)


def _fields(form: PresentedForm) -> str:
    form.refuse_repeated()
    if form.bucket is not None:
        form.submitted().refuse_other_bucket(form.bucket)
    if form.ignored:
        return f"Behind the file, where no store reads them: {', '.join(form.ignored)}."
    return "No known field stands twice, none behind the file."


def _key(form: SubmittedForm, rules: StoreRules) -> str:
    return form.object_key(leading_slash=rules.leading_slash_keys).decode("utf-8")


def _skew(date: datetime, now: datetime) -> str:
    span = span_in_words(now - date)
    if now < date:
        return f"Signed {span} in the future: the clocks differ, by up to 15 minutes they may."
    return f"Signed {span} ago; good for 7 days."


def _expiry(policy: PostPolicy, now: datetime) -> str:
    span = span_in_words(policy.expiration - now)
    try:
        check_expiry(policy, now)
    except Refusal as refusal:
        refusal.hint = f"That was {span} ago. {refusal.hint}"
        raise
    said = f"Good for another {span}, until {policy.expiration.isoformat()}."
    if policy.expiration - now <= post_v4.CLOCK_SKEW:
        said += " A store whose clock runs ahead by as much refuses it already."
    return said


def _coverage(policy: PostPolicy, form: SubmittedForm) -> str:
    check_coverage(policy, required_coverage(form))
    if form.rules.covers_all:
        return "The policy names every field, and the bucket."
    return "The policy names what a V4 policy must name."


def _repeated(policy: PostPolicy, form: SubmittedForm) -> str:
    form.refuse_repeated(policy.covered)
    return "No field that the policy names stands twice."


def _unseen(form: PresentedForm, submitted: SubmittedForm) -> frozenset[str]:
    """Names of fields whose value nobody can tell."""
    unseen = set()
    if form.bucket is None:
        unseen.add("bucket")
    by_file = submitted.own("content-type") is None and not submitted.rules.field_is_type
    if form.file is None and by_file:
        unseen.add("content-type")
    return frozenset(unseen)


def _conditions(
    policy: PostPolicy,
    judged: tuple[FieldCondition | ContentLengthRange, ...],
    values: dict[str, str],
    form: PresentedForm,
) -> str:
    try:
        check_conditions(dataclasses.replace(policy, conditions=judged), values)
    except Refusal as refusal:
        folded = fold_field_name(refusal.details["Condition"])
        for name in form.late:
            if f'"${fold_field_name(name)}"' in folded:
                refusal.hint = f"The field {name} stands behind the file: put it in front."
        raise
    open_ = len(policy.conditions) - len(judged)
    return "All that can be judged hold." if open_ else "All hold."


def _values(form: SubmittedForm, rules: StoreRules) -> str:
    object_spec(form, b"key", "Standard", encrypted_at_rest=rules.encrypted_at_rest)
    submitted_digests(form)
    said = "An object can have all of them."
    if requested_callback(form) is not None:
        said += " Whether the callback's hosts may be called, the store alone knows."
    return said


def _finding(
    condition: FieldCondition | ContentLengthRange, received: str | None, outcome: Outcome
) -> ConditionFinding:
    if isinstance(condition, ContentLengthRange):
        expected = f"{condition.minimum} to {condition.maximum} bytes"
    else:
        expected = condition.expected()
    return ConditionFinding(condition.render(), expected, received, outcome)


def _size_finding(condition: ContentLengthRange, file: PresentedFile | None) -> ConditionFinding:
    if file is None:
        return _finding(condition, None, Outcome.UNKNOWN)
    if not file.complete:
        # What is still to come can make it large enough, and too large.
        over = file.size > condition.maximum
        outcome = Outcome.REFUSED if over else Outcome.UNKNOWN
        return _finding(condition, f"at least {file.size} bytes", outcome)
    fits = condition.minimum <= file.size <= condition.maximum
    outcome = Outcome.PASSED if fits else Outcome.REFUSED
    return _finding(condition, f"{file.size} bytes", outcome)
