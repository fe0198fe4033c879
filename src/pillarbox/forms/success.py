"""What the browser gets after an upload: a status or a redirect (OSS: "PostObject")."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from pillarbox.model.names import has_control_characters

_STATUSES = (200, 201, 204)


def check_success(redirect: str | None, status: int | None) -> None:
    """ValueError for a status that a store ignores or a redirect that no browser may follow."""
    if status is not None and status not in _STATUSES:
        raise ValueError(f"the status {status} is not one of 200, 201 and 204")
    if not redirect:
        return
    if has_control_characters(redirect) or not _is_absolute_url(redirect):
        raise ValueError(
            f"the redirect {redirect!r} is no absolute URL: write it like https://example.com/done"
        )


def success_fields(redirect: str | None, status: int | None) -> Iterator[tuple[str, str]]:
    """The fields, names and values.

    An empty redirect is sent, as the documentation's own page does, and means none.
    """
    if status is not None:
        yield "success_action_status", str(status)
    if redirect is not None:
        yield "success_action_redirect", redirect


def _is_absolute_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)
