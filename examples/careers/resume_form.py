"""The form that is signed for one visitor: their prefix, a résumé's size and types, ten minutes."""

from __future__ import annotations

from examples.careers.resume_rules import FORM_LIFETIME, MAX_SIZE, TYPES
from examples.careers.settings import Settings
from examples.careers.visitor import Visitor
from pillarbox.forms import Credentials, PostForm, SignedForm


def resume_form(settings: Settings, visitor: Visitor, *, comes_back: bool) -> SignedForm:
    """A form for one résumé of `visitor`.

    Args:
        comes_back: whether the browser itself posts the form and is sent back to the site; a
            script gets the answer instead.
    """
    form = PostForm(
        endpoint=settings.endpoint,
        bucket=settings.bucket,
        key_prefix=visitor.key_prefix,
        expires=FORM_LIFETIME,
        min_size=1,
        max_size=MAX_SIZE,
        content_types=tuple(TYPES.values()),
        accept=(*TYPES.values(), *TYPES),
        success_redirect=f"{settings.url}/returned" if comes_back else None,
        success_status=None if comes_back else 201,
    )
    return form.sign_v1(Credentials(settings.access_key_id, settings.access_key_secret))
