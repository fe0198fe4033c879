"""Whether a bucket's Referer rules let a request to an object in (OSS: "Hotlink protection")."""

from __future__ import annotations

from functools import lru_cache

from pillarbox.model import refusals
from pillarbox.model.objects import Bucket
from pillarbox.model.referer import REFERER, RefererConfiguration, read_referer_document
from pillarbox.server.request import Request

_read = lru_cache(maxsize=1000)(read_referer_document)


def referer_rules_of(bucket: Bucket) -> RefererConfiguration:
    """A bucket's rules; those that let everybody in if it has none."""
    document = bucket.configs.get(REFERER)
    return RefererConfiguration() if document is None else _read(document)


def check_referer(request: Request, bucket: Bucket) -> None:
    """Raise the refusal `AccessDenied` where the rules hold and don't let the request in.

    They hold for anonymous requests and signed URLs, that is without an Authorization header. A
    preflight tells nothing of an object, and a form has no key in its address.
    """
    if request.address.key is None or request.method == "OPTIONS":
        return
    if request.headers.raw("authorization") is not None:
        return
    if not referer_rules_of(bucket).allows(request.headers.get("referer") or ""):
        raise refusals.ACCESS_DENIED("You are denied by bucket referer policy.")
