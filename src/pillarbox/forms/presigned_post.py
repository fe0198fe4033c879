"""A form for Amazon S3, and for what speaks its dialect: the policy and the signature of boto3.

`presign_post` gives what boto3's `generate_presigned_post` gives for the same arguments, byte for
byte, so that a site can leave one for the other::

    form = presign_post(
        "https://s3.eu-central-1.amazonaws.com", "resumes", "2030/eric/${filename}",
        Credentials("id", "secret"), region="eu-central-1",
        fields={"acl": "private"},
        conditions=[{"acl": "private"}, ["content-length-range", 1, 10485760]],
    )
    form.action, form.fields

S3 wants a condition for every field (S3: "Creating an HTML form", "POST policy"): one that is in
`fields` and in no condition is refused by the store. `forms.s3_form` makes both from a `PostForm`.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from urllib.parse import urlsplit

from pillarbox.forms.doubts import DoubtfulForm
from pillarbox.forms.endpoint import bucket_url
from pillarbox.forms.fields import FILENAME_VARIABLE
from pillarbox.forms.policy_signature import check_credentials
from pillarbox.forms.signed_form import Credentials, SignedForm
from pillarbox.model.dialects import S3
from pillarbox.model.names import has_control_characters
from pillarbox.policy import ConditionEntry, encode_policy
from pillarbox.signing import post_v1, post_v4

#: S3: "Authenticating requests": a V4 signature is good for this long.
MAX_VALIDITY = timedelta(days=7)

#: Hosts of stores that speak S3 but take no form, and who they are (their documents: Cloudflare R2
#: "Presigned URLs", Backblaze "S3-compatible API").
_WITHOUT_POST = {
    ".r2.cloudflarestorage.com": "Cloudflare R2",
    ".backblazeb2.com": "Backblaze B2",
}


def presign_post(
    endpoint: str,
    bucket: str,
    key: str,
    credentials: Credentials,
    *,
    region: str | None,
    fields: Mapping[str, str] | None = None,
    conditions: Sequence[ConditionEntry] = (),
    expires_in: timedelta = timedelta(hours=1),
    content_types: tuple[str, ...] = (),
    accept: tuple[str, ...] = (),
    doubts: Iterable[str] = (),
    now: datetime | None = None,
    path_style: bool | None = True,
) -> SignedForm:
    """The form that boto3 would make.

    Args:
        endpoint: URL of the store without the bucket.
        key: of the object; with `${filename}` at its end the visitor chooses what follows.
        region: of a V4 signature (boto3: `signature_version="s3v4"`), None for V2 (`"s3"`).
        fields: sent as they are; each wants a condition.
        conditions: beside those for bucket, key and signature.
        expires_in: from signing.
        content_types, accept: what a front end is told of the file; the policy says it by
            `conditions`.
        doubts: what the caller has already found.
        now: aware; the time of day where it isn't given.
        path_style: whether the bucket is in the path, as with boto3 for an endpoint that one
            names; else it is the host's first label (boto3: `addressing_style="virtual"`). None
            for whichever suits the host.

    Raises:
        ValueError: for credentials, an endpoint, a bucket or a region that can't be.

    Warns:
        DoubtfulForm: for what the store is known not to take; `SignedForm.doubts` has the texts.
    """
    check_credentials(credentials)
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    expires = moment + expires_in
    entries = [*conditions, {"bucket": bucket}, _key_condition(key)]
    sent = {**(fields or {}), "key": key}
    if region is None:
        sent |= _signed_v2(entries, expires, credentials)
    else:
        sent |= _signed_v4(entries, expires, credentials, region, moment)
    found = (*doubts, *_doubts_about(endpoint), *_uncovered(sent, entries))
    for doubt in found:
        warnings.warn(doubt, DoubtfulForm, stacklevel=2)
    low, high = _sizes(entries)
    return SignedForm(
        action=bucket_url(endpoint, bucket, path_style=path_style),
        fields=MappingProxyType(sent),
        policy=_policy_text(expires, entries),
        expires=expires if region is None else min(expires, moment + MAX_VALIDITY),
        min_size=low,
        max_size=high,
        content_types=content_types,
        accept=accept,
        doubts=found,
    )


def _key_condition(key: str) -> ConditionEntry:
    if key.endswith(FILENAME_VARIABLE):
        return ["starts-with", "$key", key.removesuffix(FILENAME_VARIABLE)]
    return {"key": key}


def _signed_v2(
    entries: list[ConditionEntry], expires: datetime, credentials: Credentials
) -> dict[str, str]:
    """The fields of a V2 signature; a token's condition joins `entries`."""
    fields = {S3.access_key_field: credentials.access_key_id}
    fields |= _token(entries, credentials)
    encoded = encode_policy(_policy_text(expires, entries))
    fields["policy"] = encoded
    fields[S3.v1_signature_field] = post_v1.sign(
        credentials.access_key_secret, encoded.encode("ascii")
    )
    return fields


def _signed_v4(
    entries: list[ConditionEntry],
    expires: datetime,
    credentials: Credentials,
    region: str,
    moment: datetime,
) -> dict[str, str]:
    """The fields of a V4 signature; their conditions join `entries`."""
    if not region or "/" in region or has_control_characters(region):
        raise ValueError(f"the region {region!r} is none: write it like eu-central-1")
    date = post_v4.render_date(moment)
    scope = post_v4.Scope(credentials.access_key_id, date[:8], region)
    fields = {
        S3.v4_algorithm_field: S3.v4_algorithm,
        S3.field("credential"): scope.render(S3),
        S3.field("date"): date,
    }
    entries += ({name: value} for name, value in fields.items())
    fields |= _token(entries, credentials)
    encoded = encode_policy(_policy_text(expires, entries))
    fields["policy"] = encoded
    fields[S3.field("signature")] = post_v4.sign(
        credentials.access_key_secret, scope, encoded.encode("ascii"), S3
    )
    return fields


def _token(entries: list[ConditionEntry], credentials: Credentials) -> dict[str, str]:
    if credentials.security_token is None:
        return {}
    field = {S3.field("security-token"): credentials.security_token}
    entries.append(dict(field))
    return field


def _policy_text(expires: datetime, entries: Sequence[ConditionEntry]) -> str:
    """The policy as boto3 writes it: with blanks, ASCII, whole seconds."""
    return json.dumps(
        {
            "expiration": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "conditions": [
                dict(entry) if isinstance(entry, Mapping) else list(entry) for entry in entries
            ],
        }
    )


def _doubts_about(endpoint: str) -> Iterator[str]:
    host = urlsplit(endpoint).hostname or ""
    for suffix, provider in _WITHOUT_POST.items():
        if host.endswith(suffix):
            yield (
                f"{provider} takes no form uploads: sign a URL for PUT instead, or post the form "
                "to a store that does"
            )


def _uncovered(fields: Mapping[str, str], entries: Sequence[ConditionEntry]) -> Iterator[str]:
    """Fields that no condition names, which S3 refuses as extra input."""
    covered = {S3.access_key_field.lower(), "policy", S3.v1_signature_field, S3.field("signature")}
    for entry in entries:
        if isinstance(entry, Mapping):
            covered.update(name.lower() for name in entry)
        elif len(entry) > 1:
            covered.add(str(entry[1]).removeprefix("$").lower())
    for name in fields:
        if name.lower() not in covered and not name.lower().startswith("x-ignore-"):
            yield (
                f"no condition names the field {name}, so S3 refuses every upload "
                "(Extra input fields): add one"
            )


def _sizes(entries: Sequence[ConditionEntry]) -> tuple[int, int | None]:
    """Least and largest size of a file in bytes, as far as the conditions bound it."""
    low, high = 0, None
    for entry in entries:
        match entry:
            case [str(name), int(least), int(most)] if name.lower() == "content-length-range":
                low, high = max(low, least), most if high is None else min(high, most)
    return low, high
