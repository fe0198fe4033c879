"""What is told when the server has started: where it is and, to a person, how to upload."""

from __future__ import annotations

import shlex

from pillarbox.model.acl import BucketAcl
from pillarbox.server.listening import ListenAddress
from pillarbox.server.settings import Settings


def banner(settings: Settings, access_key_id: str, new_secret: str | None) -> str:
    """The text for standard output.

    Args:
        settings: with the real port.
        access_key_id: of the root key.
        new_secret: shown if the key was generated just now; never again.
    """
    listen = ListenAddress(settings.host, settings.port)
    address = listen.reachable
    endpoint = settings.endpoint
    bucket = settings.init_buckets[0].name if settings.init_buckets else "BUCKET"
    lines = [
        f"Pillarbox listens on {endpoint}",
        f"  data       {settings.data_dir}",
        f"  buckets    {endpoint}/{bucket}"
        + "".join(
            f"  {settings.scheme}://{bucket}.{domain}:{address.port}" for domain in settings.domains
        ),
        f"  AccessKey  {access_key_id}",
    ]
    if settings.admin is not None:
        lines.append(f"  admin      {_admin_url(settings.admin)}")
    if listen != address:
        lines.insert(1, f"  also       on port {address.port} of every address of this machine")
    if new_secret is not None:
        lines += [
            f"  secret     {new_secret}",
            "             made just now; this is the only time that it is shown: keep it now",
            f"             if it is lost: {_new_secret_command(settings)}",
        ]
    return "\n".join([*lines, "", *_how_to_upload(settings, endpoint), ""])


def start_details(settings: Settings, access_key_id: str, *, is_new: bool) -> dict[str, str]:
    """What the banner tells, for a program: the details of a notice. No secret goes into a log.

    Args:
        settings: with the real port.
        access_key_id: of the root key.
        is_new: whether it was generated just now; then the notice says how to get a secret.
    """
    details = {
        "endpoint": settings.endpoint,
        "data": str(settings.data_dir),
        "access_key_id": access_key_id,
    }
    if settings.admin is not None:
        details["admin"] = _admin_url(settings.admin)
    if is_new:
        details["access_key_hint"] = (
            "the root AccessKey was made just now and no log shows its secret: "
            f"{_new_secret_command(settings)} makes another and shows it"
        )
    return details


def _admin_url(address: ListenAddress) -> str:
    return f"http://{address.reachable}/-/metrics"


def _new_secret_command(settings: Settings) -> str:
    return f"pillarbox key root --new --data {shlex.quote(str(settings.data_dir))}"


def _how_to_upload(settings: Settings, endpoint: str) -> list[str]:
    writable = [b.name for b in settings.init_buckets if b.acl is BucketAcl.PUBLIC_READ_WRITE]
    if writable:
        return [
            "Upload a file, here without a signature, as anybody may into this bucket:",
            f"  curl -F key=hello.txt -F file=@hello.txt {endpoint}/{writable[0]}",
        ]
    bucket = settings.init_buckets[0].name if settings.init_buckets else "BUCKET"
    return [
        "Make a page whose form uploads into a bucket, signed with the AccessKey:",
        f"  pillarbox form --bucket {bucket} --endpoint {endpoint} --id ID --out upload.html",
    ]
