"""What is told when the server has started: where it is and, to a person, how to upload."""

from __future__ import annotations

from pathlib import Path

from pillarbox.model.acl import BucketAcl
from pillarbox.server.listening import ListenAddress
from pillarbox.server.settings import Settings


def banner(
    settings: Settings, access_key_id: str, new_secret: str | None, key_file: Path | None
) -> str:
    """The text for standard output.

    Args:
        settings: with the real port.
        access_key_id: of the root key.
        new_secret: shown if the key was generated just now; never again.
        key_file: where a generated key is kept, None if the operator gave another.
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
    if listen != address:
        lines.insert(1, f"  also       on port {address.port} of every address of this machine")
    if new_secret is not None:
        lines += [
            f"  secret     {new_secret}",
            f"             made just now and shown this once; kept in {key_file}",
        ]
    elif key_file is not None:
        lines.append(f"  secret     in {key_file}")
    return "\n".join([*lines, "", *_how_to_upload(settings, endpoint), ""])


def start_details(
    settings: Settings, access_key_id: str, new_secret: str | None, key_file: Path | None
) -> dict[str, str]:
    """What the banner tells, for a program: the details of a notice. The arguments are the same."""
    details = {
        "endpoint": settings.endpoint,
        "data": str(settings.data_dir),
        "access_key_id": access_key_id,
    }
    if new_secret is not None:
        details["access_key_secret"] = new_secret
    if key_file is not None:
        details["key_file"] = str(key_file)
    return details


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
