"""What `running_store` may be told, as the server's settings."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

from pillarbox.forms import Credentials
from pillarbox.forms.policy_signature import check_credentials
from pillarbox.model.acl import BucketAcl
from pillarbox.model.cors import CorsConfiguration, cors_for_uploads, is_whole_origin
from pillarbox.model.names import is_bucket_name, is_region
from pillarbox.model.objects import AccessKey
from pillarbox.server.settings import InitBucket


def init_buckets(buckets: Mapping[str, str]) -> tuple[InitBucket, ...]:
    """Buckets by name, each with its ACL as `--init-bucket` spells it: `private:strict`.

    Raises:
        ValueError: for a name or an ACL that is none.
    """
    return tuple(_init_bucket(name, text) for name, text in buckets.items())


def _init_bucket(name: str, text: str) -> InitBucket:
    if not is_bucket_name(name):
        raise ValueError(
            f"{name!r} in buckets is not a bucket name: "
            "3 to 63 lower-case letters, digits and hyphens"
        )
    acl, colon, strict = text.partition(":")
    if acl not in tuple(BucketAcl) or (colon and strict != "strict"):
        raise ValueError(
            f"buckets[{name!r}] is {text!r}: give {', '.join(BucketAcl)}, "
            "with :strict behind it for strict forms"
        )
    return InitBucket(name, BucketAcl(acl), strict_forms=bool(colon))


def init_cors(origins: str | Sequence[str], buckets: Mapping[str, str]) -> CorsConfiguration | None:
    """Rules under which pages of these origins upload by script; None for none.

    Raises:
        ValueError: for what is no origin, or if there is no bucket to have the rules.
    """
    given = (origins,) if isinstance(origins, str) else tuple(dict.fromkeys(origins))
    if not given:
        return None
    if not buckets:
        raise ValueError("cors is for the buckets: name one of them too")
    for origin in given:
        if not is_whole_origin(origin):
            raise ValueError(
                f"{origin!r} in cors is not an origin: write SCHEME://HOST[:PORT] without a path, "
                "in which one * may stand for anything, or * alone"
            )
    return cors_for_uploads(given)


def checked_region(region: str | None) -> str | None:
    """`region`, or ValueError."""
    if region is not None and not is_region(region):
        raise ValueError(f"the region {region!r} is none: write it like cn-hangzhou")
    return region


def root_key(credentials: Credentials | None) -> AccessKey:
    """The root AccessKey: the given one, else a fresh one.

    Raises:
        ValueError: for one that can't sign, or that is temporary.
    """
    if credentials is None:
        return AccessKey(f"test{secrets.token_hex(10)}", secrets.token_hex(20), account_id="")
    check_credentials(credentials)
    if credentials.security_token is not None:
        raise ValueError("credentials are the root AccessKey, which has no security token")
    return AccessKey(credentials.access_key_id, credentials.access_key_secret, account_id="")
