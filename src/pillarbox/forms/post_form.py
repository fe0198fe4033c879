"""A form that a site hands out: what it allows, its fields and where it goes.

A `PostForm` says what a visitor may upload. Signing it gives a `SignedForm`, whose fields a
browser sends in order, with the file as the last field, named `file`::

    form = PostForm(
        endpoint="https://oss-cn-hangzhou.aliyuncs.com",
        bucket="resumes",
        key_prefix="2030/eric/",
        expires=timedelta(minutes=10),
        max_size=10 * 1024 * 1024,
        content_types=("application/pdf",),
    )
    signed = form.sign_v1(Credentials("id", "secret"))
    signed.action, signed.fields

Everything that the form fixes, its policy fixes too: the bucket always, then the key, the size,
the types and each field with a value of its own. A visitor who changes one is refused. The ACL is
fixed also where none is asked for: OSS checks no field that the policy doesn't name, so a visitor
could else add `x-oss-object-acl: public-read-write` to a form that a site signed.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from pillarbox.callback.document import Callback
from pillarbox.forms.doubts import DoubtfulForm, doubts_about
from pillarbox.forms.endpoint import bucket_url
from pillarbox.forms.fields import FILENAME_VARIABLE
from pillarbox.forms.object_fields import (
    check_acl,
    check_headers,
    check_metadata,
    check_storage_class,
    check_tags,
    header_fields,
    metadata_fields,
    tagging,
)
from pillarbox.forms.policy_signature import sign_policy_v1, sign_policy_v4, v4_scope_fields
from pillarbox.forms.post_policy import (
    check_content_types,
    check_kept,
    check_key,
    check_sizes,
    field_conditions,
    key_condition,
    size_conditions,
    type_conditions,
)
from pillarbox.forms.signed_form import Credentials, SignedForm
from pillarbox.forms.success import check_success, success_fields
from pillarbox.model.acl import ObjectAcl
from pillarbox.model.dialects import OSS
from pillarbox.model.limits import MAX_FIELD_VALUE_SIZE
from pillarbox.policy import ConditionEntry, write_policy
from pillarbox.signing import post_v4

__all__ = ["Credentials", "PostForm", "SignedForm"]

#: A shorter one may stand in a text by chance. OSS's secrets have 30 characters.
_SHORTEST_SECRET = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class PostForm:
    """What a visitor may upload, and until when.

    Attributes:
        endpoint: URL of the store, such as `https://oss-cn-hangzhou.aliyuncs.com`, without the
            bucket. A form for an IP address or `localhost` names the bucket in the path, any other
            as the host's first label.
        key: of the object. `${filename}` in it becomes the name of the visitor's file; at the end
            of the key it lets the visitor choose anything that begins with the rest.
        key_prefix: instead of `key`: `user/eric/` is the key `user/eric/${filename}`.
        expires: how long the form is good from signing, or until when (aware).
        min_size, max_size: of the file in bytes, both inclusive.
        content_types: types that the file may have, none meaning any; or one `image/*`.
        accept: types that the page's file chooser offers, `content_types` by default. The store
            never sees them.
        acl: of the object; `default` takes the bucket's.
        success_redirect: where the browser goes after the upload; beats `success_status`. The empty
            text is sent as it is and means none.
        success_status: 200, 201 (with an XML body) or 204.
        metadata: user metadata, names without `x-oss-meta-`.
        headers: Cache-Control, Content-Disposition, Content-Encoding, Content-Language, Expires:
            what readers of the object are told.
        forbid_overwrite: refuse the upload if the key is taken.
        storage_class: such as `IA`; None for the bucket's.
        tags: of the object. Pillarbox takes them, OSS documents none for forms.
        callback: whom the store calls after the upload.
        conditions: further ones, as they are to stand in the policy (`$` there is `\\$`).

    Raises:
        ValueError: for what is dangerous or can never work, saying how to mend it. What depends on
            the moment or the AccessKey is found when the form is signed.
    """

    endpoint: str
    bucket: str
    key: str | None = None
    key_prefix: str | None = None
    expires: timedelta | datetime = timedelta(hours=1)
    min_size: int = 0
    max_size: int | None = None
    content_types: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    acl: ObjectAcl | str = ObjectAcl.DEFAULT
    success_redirect: str | None = None
    success_status: int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    forbid_overwrite: bool = False
    storage_class: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    callback: Callback | None = None
    conditions: Sequence[ConditionEntry] = ()

    def __post_init__(self) -> None:
        bucket_url(self.endpoint, self.bucket)
        if (self.key is None) == (self.key_prefix is None):
            raise ValueError("a form has a key or a key prefix: give one of them")
        check_key(self.key_field)
        check_sizes(self.min_size, self.max_size)
        check_content_types(self.content_types)
        object.__setattr__(self, "acl", check_acl(self.acl))
        check_success(self.success_redirect, self.success_status)
        check_metadata(self.metadata)
        check_headers(self.headers)
        check_storage_class(self.storage_class)
        check_tags(self.tags)
        if isinstance(self.expires, timedelta) and self.expires <= timedelta(0):
            raise ValueError(f"the form would expire {self.expires} from now: give a time to come")
        if isinstance(self.expires, datetime) and self.expires.tzinfo is None:
            raise ValueError(
                f"the expiry {self.expires.isoformat()} has no time zone: give an aware datetime"
            )

    @property
    def action(self) -> str:
        """The URL that the form is posted to."""
        return bucket_url(self.endpoint, self.bucket)

    @property
    def key_field(self) -> str:
        """The value of the field `key`."""
        return self.key if self.key is not None else f"{self.key_prefix}{FILENAME_VARIABLE}"

    def sign_v1(self, credentials: Credentials, *, now: datetime | None = None) -> SignedForm:
        """The form with a V1 signature (OSS: "POST V1 signature").

        Args:
            now: aware; the time of day where it isn't given.

        Raises:
            ValueError: for what can never work, or would show the secret.

        Warns:
            DoubtfulForm: for what is hardly meant; `SignedForm.doubts` has the same texts.
        """
        moment = _moment(now)
        fields = self._fields()
        policy = self._policy(moment, fields, {})
        signed = fields | sign_policy_v1(policy, credentials)
        self._check_secrecy(fields, policy, credentials)
        return self._signed(signed, policy, moment, self._expiration(moment))

    def sign_v4(
        self, credentials: Credentials, region: str, *, now: datetime | None = None
    ) -> SignedForm:
        """The form with a V4 signature (OSS: "POST V4 signature").

        Such a form is good for at most 7 days, whatever its policy says.

        Args:
            region: such as `cn-hangzhou`, without the prefix `oss-`.
            now: as for `sign_v1`, errors and warnings too.
        """
        moment = _moment(now)
        fields = self._fields()
        policy = self._policy(moment, fields, v4_scope_fields(credentials, region, moment))
        signed = fields | sign_policy_v4(policy, credentials, region, moment)
        self._check_secrecy(fields, policy, credentials)
        expires = min(self._expiration(moment), moment + post_v4.VALIDITY)
        return self._signed(signed, policy, moment, expires)

    def _fields(self) -> dict[str, str]:
        fields = {"key": self.key_field, OSS.field("object-acl"): str(self.acl)}
        fields.update(success_fields(self.success_redirect, self.success_status))
        fields.update(header_fields(self.headers))
        if self.storage_class is not None:
            fields[OSS.field("storage-class")] = self.storage_class
        if self.forbid_overwrite:
            fields[OSS.field("forbid-overwrite")] = "true"
        if self.tags:
            fields[OSS.field("tagging")] = tagging(self.tags)
        fields.update(metadata_fields(self.metadata.items(), OSS))
        if self.callback is not None:
            fields["callback"] = self.callback.encode()
            fields.update(self.callback.variable_fields())
        return fields

    def _policy(self, now: datetime, fields: Mapping[str, str], signing: Mapping[str, str]) -> str:
        conditions: list[ConditionEntry] = [{"bucket": self.bucket}]
        conditions += ({name: value} for name, value in signing.items())
        conditions.append(key_condition(self.key_field))
        conditions += size_conditions(self.min_size, self.max_size)
        conditions += type_conditions(self.content_types)
        conditions += field_conditions(item for item in fields.items() if item[0] != "key")
        conditions += self.conditions
        return write_policy(self._expiration(now), conditions)

    def _expiration(self, now: datetime) -> datetime:
        if isinstance(self.expires, datetime):
            if self.expires <= now:
                raise ValueError(
                    f"the form would have expired, at {self.expires.isoformat()}: give a time to "
                    "come"
                )
            return self.expires
        try:
            return now + self.expires
        except OverflowError:
            raise ValueError(f"the form would expire after the year 9999: {self.expires}") from None

    def _check_secrecy(
        self, fields: Mapping[str, str], policy: str, credentials: Credentials
    ) -> None:
        """ValueError if what a visitor sees holds the secret."""
        secret = credentials.access_key_secret
        if len(secret) < _SHORTEST_SECRET:
            return
        shown = dict(fields) | {"policy": policy}
        if self.callback is not None:
            shown["callback"] = self.callback.text()
        for name, value in shown.items():
            if secret in value:
                raise ValueError(
                    f"the field {name} holds the AccessKey secret, which every visitor would see"
                )

    def _signed(
        self,
        fields: dict[str, str],
        policy: str,
        moment: datetime,
        expires: datetime,
    ) -> SignedForm:
        _check_sizes_of(fields)
        added = check_kept(fields["policy"], fields, self.bucket, self.content_types)
        lifetime = self._expiration(moment) - moment
        doubts = tuple(doubts_about(self, fields, lifetime, expires - moment, added))
        for doubt in doubts:
            # Where sign_v1 or sign_v4 was called.
            warnings.warn(doubt, DoubtfulForm, stacklevel=3)
        return SignedForm(
            action=self.action,
            fields=MappingProxyType(fields),
            policy=policy,
            expires=expires,
            min_size=self.min_size,
            max_size=self.max_size,
            content_types=self.content_types,
            accept=self.accept or self.content_types,
            doubts=doubts,
        )


def _moment(now: datetime | None) -> datetime:
    if now is None:
        return datetime.now(UTC)
    if now.tzinfo is None:
        raise ValueError(f"the moment {now.isoformat()} has no time zone: give an aware datetime")
    return now.astimezone(UTC)


def _check_sizes_of(fields: Mapping[str, str]) -> None:
    for name, value in fields.items():
        size = len(value.encode())
        if size > MAX_FIELD_VALUE_SIZE:
            raise ValueError(
                f"the field {name} takes {size} bytes, {MAX_FIELD_VALUE_SIZE} are the most"
            )
