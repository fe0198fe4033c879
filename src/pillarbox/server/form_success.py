"""The answer to a form that was stored: the status or the redirect that the form chose.

OSS: "PostObject", success_action_status and success_action_redirect; S3: "POST Object", which has
a Location with 204 too.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote, urlsplit

from pillarbox.forms.fields import SubmittedForm
from pillarbox.model import refusals
from pillarbox.model.dialects import OSS, S3, Dialect
from pillarbox.model.names import has_control_characters
from pillarbox.model.objects import Bucket, StoredObject
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.lifecycle_headers import expiration_headers
from pillarbox.server.request import Request
from pillarbox.server.stored_headers import upload_headers
from pillarbox.wire_xml.tree import Node

_PORTS = {"http": 80, "https": 443}


def success_answer(
    request: Request,
    form: SubmittedForm,
    stored: StoredObject,
    bucket: Bucket,
) -> Answer:
    """204, or the 200, 201 or 303 that the form asked for; a redirect beats a status."""
    dialect = form.dialect
    headers = upload_headers(stored, dialect, bucket.versioning)
    headers.extend(expiration_headers(bucket, stored, dialect))
    target = redirect_target(form.redirect)
    if target is not None:
        location = with_query(target, request.bucket_name, stored, dialect)
        return answers.empty(303, [*headers, ("Location", location)])
    match form.get("success_action_status"):
        case "200":
            return answers.empty(200, headers)
        case "201":
            return _created(request, stored, headers, dialect)
        case _:
            if dialect is S3:
                headers.append(("Location", object_url(request, stored.key)))
            return answers.empty(204, headers)


def redirect_target(url: str | None) -> str | None:
    """`url` if it is an absolute http or https URL, else None: then the form's status counts."""
    if url is None or has_control_characters(url) or url != url.strip():
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def check_redirect_host(url: str | None, hosts: Sequence[str]) -> None:
    """Refuse a redirect that the operator doesn't allow; without `hosts` every one is.

    Args:
        hosts: `site.example`, for any port, or `site.example:8443`; lower case.

    Raises:
        Refusal: `InvalidArgument`, before a byte of the file is kept: an answer without the
            redirect would leave the visitor on an empty page.
    """
    target = redirect_target(url)
    if not hosts or target is None:
        return
    parts = urlsplit(target)
    try:
        named = {parts.hostname, f"{parts.hostname}:{parts.port or _PORTS[parts.scheme]}"}
    except ValueError:
        named = set()
    # With a user or a backslash programs differ on which host is meant.
    if "@" in parts.netloc or "\\" in target or not named & set(hosts):
        refusal = refusals.INVALID_ARGUMENT(
            "This server does not redirect to the host of success_action_redirect.",
            ArgumentName="success_action_redirect",
            ArgumentValue=target[:1024],
        )
        refusal.hint = "--redirect-allow names the hosts that a form may redirect to"
        raise refusal


def with_query(url: str, bucket: str, stored: StoredObject, dialect: Dialect = OSS) -> str:
    """`url` with bucket, key and quoted ETag appended to its query, in this order."""
    base, hash_sign, fragment = url.partition("#")
    separator = "&" if "?" in base else "?"
    query = "&".join(
        f"{name}={quote(value, safe='')}"
        for name, value in (
            ("bucket", bucket.encode("utf-8")),
            ("key", stored.key),
            ("etag", dialect.etag(stored.etag).encode("ascii")),
        )
    )
    # Header values are ASCII: what a browser would encode in a link is encoded here.
    encoded = quote(base, safe="%/:=&?~#+!$,;'@()*[]")
    return f"{encoded}{separator}{query}{hash_sign}{quote(fragment, safe='%/:=&?~+!$,;@()*')}"


def object_url(request: Request, key: bytes) -> str:
    """The object's URL by the scheme, host and style that the client used."""
    path = quote(key, safe="")
    if request.address.path_style:
        path = f"{request.bucket_name}/{path}"
    return f"{request.scheme}://{request.host}/{path}"


def _created(
    request: Request, stored: StoredObject, headers: list[tuple[str, str]], dialect: Dialect
) -> Answer:
    location = object_url(request, stored.key)
    root: Node = (
        "PostResponse",
        [
            ("Location", location),
            ("Bucket", request.bucket_name),
            ("Key", stored.key.decode("utf-8")),
            ("ETag", dialect.etag(stored.etag)),
        ],
    )
    return answers.document(201, root, [*headers, ("Location", location)])
