"""The HTML page of a form: with the custom element `<pillarbox-upload>`, or plain without script.

The page is whole in itself, so that it works from a file too: script and style stand in it, and its
Content-Security-Policy names them by their hashes and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pillarbox.forms.plain_words import PlainWords
from pillarbox.forms.signed_form import SignedForm
from pillarbox.forms.upload_module import upload_module

_TEMPLATES = Environment(
    loader=PackageLoader("pillarbox.forms", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def render_page(
    form: SignedForm,
    *,
    title: str | None = None,
    language: str | None = None,
    scripted: SignedForm | None = None,
    policy_url: str | None = None,
    no_overwrite: bool = True,
) -> str:
    """A whole HTML document that uploads what a visitor chooses, with progress.

    Without JavaScript it is the plain form for one file.

    Args:
        title: heading and window title, plain text; one in the visitor's language by default.
        language: of the page, as a BCP 47 tag; by default the script goes by the browser's, and
            the plain form, which can't, is English. What is neither English nor Chinese is English.
        scripted: the form that the script sends, where it is another one. One with a redirect lets
            a script see no progress, so sign it without: the script then goes where `form` says.
        policy_url: where the script fetches a form, and a fresh one before it expires
            (`SignedForm.to_json`); absolute, or of the page's own site.
        no_overwrite: whether the script asks the store to replace nothing, and gives a file whose
            name is taken another one.
    """
    script = "\n" + _TEMPLATES.get_template("page.js").render(
        module=Markup(upload_module()),  # noqa: S704 (it is ours)
        titled=title is not None,
    )
    style = "\n" + _TEMPLATES.get_template("page.css").render()
    used = scripted or form
    redirect = form.fields.get("success_action_redirect", "")
    policy = _security_policy(
        {
            "default-src": ["'none'"],
            "script-src": [_hash(script)],
            "style-src": [_hash(style)],
            "img-src": ["data:"],
            "connect-src": [_origin(used.action), _origin(policy_url or "")],
            "form-action": [_origin(form.action), _origin(used.action), _origin(redirect)],
            "base-uri": ["'none'"],
        }
    )
    words = PlainWords.of(language)
    return _TEMPLATES.get_template("page.html").render(
        form=form,
        words=words,
        json=Markup(used.to_json()),  # noqa: S704 (it escapes what could end its element)
        next=redirect if used is not form else "",
        policy_url=policy_url,
        no_overwrite=no_overwrite,
        title=words.title if title is None else title,
        language=language,
        security_policy=policy,
        script=Markup(script),  # noqa: S704
        style=Markup(style),  # noqa: S704
    )


def render_plain_page(form: SignedForm, *, title: str | None = None, language: str = "en") -> str:
    """A whole HTML document that posts `form` with the file that a visitor chooses, no script.

    The file is the last field, for OSS reads none after it ("PostObject"); the button has no
    name, so it sends none.

    Args:
        title: heading and window title, plain text; one in the page's language by default.
        language: of the page, as a BCP 47 tag. Its own words are English unless that is Chinese.
    """
    words = PlainWords.of(language)
    return _TEMPLATES.get_template("plain.html").render(
        form=form,
        words=words,
        title=words.title if title is None else title,
        language=language,
    )


def _security_policy(directives: dict[str, list[str]]) -> str:
    """A Content-Security-Policy (CSP level 3); empty sources are left out."""
    return "; ".join(
        " ".join([name, *dict.fromkeys(filter(None, sources))])
        for name, sources in directives.items()
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _origin(url: str) -> str:
    """The source that a URL is of: `https://host:port`, `'self'` for a path, empty for no URL."""
    parts = urlsplit(url)
    if not url or parts.scheme not in ("http", "https", ""):
        return ""
    if not parts.netloc:
        return "'self'"
    if "[" in parts.netloc:
        # Sources can't spell an IPv6 address.
        return f"{parts.scheme}:"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
