"""A dialect is the spelling of the protocol: field names, header prefix, scope of signatures.

Operations are written once; what differs between OSS and S3 in spelling stands here, what differs
in behaviour in `dialect_rules`.
"""

from __future__ import annotations

from dataclasses import dataclass

from pillarbox.model.dialect_rules import OSS_RULES, S3_RULES, DialectRules


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one family of clients spells the form and its headers.

    Attributes:
        name: `oss` or `s3`.
        prefix: of the protocol's own headers and fields.
        object_acl: name of the header with an object's ACL, without the prefix.
        namespace: of the documents that answers are, empty for none.
        access_key_field: form field with the AccessKey id of a V1 (S3: V2) signature.
        v1_name: what the dialect calls its older signature, `V1` or `V2`: HMAC-SHA1 of one text.
        v1_scheme: of the header `Authorization` with a V1 (S3: V2) signature.
        v4_algorithm: value of the field `v4_algorithm_field`.
        v4_key_prefix: what stands before the secret in the V4 key chain.
        v4_service, v4_terminator: parts of the V4 scope.
        rules: how its operations behave.
        kept_in_keys: characters that stay as they are in percent-encoded keys of documents.
        lower_etags: whether ETags are lower case; stored ones are upper case.
    """

    name: str
    prefix: str
    object_acl: str
    namespace: str
    access_key_field: str
    v1_name: str
    v1_signature_field: str
    v1_scheme: str
    v4_algorithm_field: str
    v4_algorithm: str
    v4_key_prefix: str
    v4_service: str
    v4_terminator: str
    rules: DialectRules
    kept_in_keys: str = ""
    lower_etags: bool = False

    def etag(self, stored: str) -> str:
        """The dialect's spelling of a stored ETag, in quotes."""
        return f'"{stored.lower() if self.lower_etags else stored}"'

    def field(self, name: str) -> str:
        """The dialect's spelling of a prefixed field: `meta-` is `x-oss-meta-` in OSS."""
        return self.prefix + name


OSS = Dialect(
    name="oss",
    prefix="x-oss-",
    object_acl="object-acl",
    namespace="",
    access_key_field="OSSAccessKeyId",
    v1_name="V1",
    v1_signature_field="Signature",
    v1_scheme="OSS",
    v4_algorithm_field="x-oss-signature-version",
    v4_algorithm="OSS4-HMAC-SHA256",
    v4_key_prefix="aliyun_v4",
    v4_service="oss",
    v4_terminator="aliyun_v4_request",
    rules=OSS_RULES,
)

S3 = Dialect(
    name="s3",
    prefix="x-amz-",
    object_acl="acl",
    namespace="http://s3.amazonaws.com/doc/2006-03-01/",
    access_key_field="AWSAccessKeyId",
    v1_name="V2",
    v1_signature_field="signature",
    v1_scheme="AWS",
    v4_algorithm_field="x-amz-algorithm",
    v4_algorithm="AWS4-HMAC-SHA256",
    v4_key_prefix="AWS4",
    v4_service="s3",
    v4_terminator="aws4_request",
    rules=S3_RULES,
    kept_in_keys="/",
    lower_etags=True,
)
