"""The forms that are signed for one visitor: their prefix, a résumé's size and types, ten minutes.

There are two, for a callback beats a redirect: the store answers one or the other. A session of the
site's role signs them, so its token stands among their fields.
"""

from __future__ import annotations

from dataclasses import replace

from examples.careers.arrivals import CALLBACK_BODY
from examples.careers.resume_rules import FORM_LIFETIME, MAX_SIZE, TYPES
from examples.careers.settings import Settings
from examples.careers.visitor import Visitor
from pillarbox.forms import Callback, Credentials, PostForm, SignedForm


def scripted_form(settings: Settings, visitor: Visitor, credentials: Credentials) -> SignedForm:
    """For the page's script: the store calls the site, and passes its answer on to the script.

    The policy fixes whom the store calls, what it says, and the application that it says it of. No
    name is used twice: the script finds another one.
    """
    form = replace(
        _form(settings, visitor),
        forbid_overwrite=True,
        callback=Callback(
            url=f"{settings.url}/arrived",
            body=CALLBACK_BODY,
            variables={"application": visitor.application},
        ),
    )
    return form.sign_v1(credentials)


def plain_form(settings: Settings, visitor: Visitor, credentials: Credentials) -> SignedForm:
    """For a browser without script: the store sends it back to the site."""
    form = replace(_form(settings, visitor), success_redirect=f"{settings.url}/returned")
    return form.sign_v1(credentials)


def _form(settings: Settings, visitor: Visitor) -> PostForm:
    return PostForm(
        endpoint=settings.endpoint,
        bucket=settings.bucket,
        key_prefix=visitor.key_prefix,
        expires=FORM_LIFETIME,
        min_size=1,
        max_size=MAX_SIZE,
        content_types=tuple(TYPES.values()),
        accept=(*TYPES.values(), *TYPES),
    )
