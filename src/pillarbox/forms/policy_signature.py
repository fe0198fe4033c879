"""The fields that sign a policy: of a `PostForm`, or one that was written elsewhere.

For a policy of your own, byte for byte as it is::

    fields = {"key": "a.txt"} | sign_policy_v1(policy, Credentials("id", "secret"))

A V4 policy must name three fields (and the token, if there is one), which depend on the moment of
signing: put a condition for each of `v4_scope_fields` into it, then call `sign_policy_v4` with the
same moment.
"""

from __future__ import annotations

from datetime import datetime

from pillarbox.forms.signed_form import Credentials
from pillarbox.model.dialects import OSS
from pillarbox.model.names import has_control_characters, is_access_key_id
from pillarbox.policy import encode_policy
from pillarbox.signing import post_v1, post_v4

_TOKEN_FIELD = OSS.field("security-token")


def sign_policy_v1(policy: str, credentials: Credentials) -> dict[str, str]:
    """The fields of a V1 signature over a policy's JSON text (OSS: "POST V1 signature").

    `OSSAccessKeyId`, `policy`, `Signature` and, of temporary credentials, `x-oss-security-token`.

    Raises:
        ValueError: for credentials that no store has.
    """
    check_credentials(credentials)
    encoded = encode_policy(policy)
    fields = {
        OSS.access_key_field: credentials.access_key_id,
        "policy": encoded,
        OSS.v1_signature_field: post_v1.sign(
            credentials.access_key_secret, encoded.encode("ascii")
        ),
    }
    return fields | _token_fields(credentials)


def v4_scope_fields(credentials: Credentials, region: str, moment: datetime) -> dict[str, str]:
    """The fields of a V4 form that its policy must name, each with this very value.

    Args:
        region: such as `cn-hangzhou`, without the prefix `oss-`.
        moment: of signing, aware. The form is good for 7 days from it.

    Raises:
        ValueError: for credentials or a region that no store has.
    """
    check_credentials(credentials)
    _check_region(region)
    return {
        OSS.v4_algorithm_field: OSS.v4_algorithm,
        OSS.field("credential"): _scope(credentials, region, moment).render(OSS),
        OSS.field("date"): post_v4.render_date(moment),
    } | _token_fields(credentials)


def sign_policy_v4(
    policy: str, credentials: Credentials, region: str, moment: datetime
) -> dict[str, str]:
    """The fields of a V4 signature over a policy's JSON text (OSS: "POST V4 signature").

    Those of `v4_scope_fields`, then `policy` and `x-oss-signature`; arguments and errors as there.
    """
    fields = v4_scope_fields(credentials, region, moment)
    encoded = encode_policy(policy)
    fields["policy"] = encoded
    fields[OSS.field("signature")] = post_v4.sign(
        credentials.access_key_secret,
        _scope(credentials, region, moment),
        encoded.encode("ascii"),
        OSS,
    )
    return fields


def check_credentials(credentials: Credentials) -> None:
    """ValueError for an id, a secret or a token that can't be one."""
    if not is_access_key_id(credentials.access_key_id):
        raise ValueError(
            f"the AccessKey id {credentials.access_key_id!r} may hold letters, digits, . _ and = "
            "only"
        )
    if not credentials.access_key_secret:
        raise ValueError("the AccessKey secret is empty")
    token = credentials.security_token
    if token is not None and (not token or has_control_characters(token)):
        raise ValueError(
            "the security token is empty or holds a control character: leave it out for an "
            "AccessKey that isn't temporary"
        )


def _check_region(region: str) -> None:
    if not region or "/" in region or has_control_characters(region):
        raise ValueError(f"the region {region!r} is none: write it like cn-hangzhou")
    if region.startswith("oss-"):
        raise ValueError(
            f"the region {region!r} is the name of an endpoint: write "
            f"{region.removeprefix('oss-')!r}"
        )


def _scope(credentials: Credentials, region: str, moment: datetime) -> post_v4.Scope:
    day = post_v4.render_date(moment)[:8]
    return post_v4.Scope(credentials.access_key_id, day, region)


def _token_fields(credentials: Credentials) -> dict[str, str]:
    token = credentials.security_token
    return {} if token is None else {_TOKEN_FIELD: token}
