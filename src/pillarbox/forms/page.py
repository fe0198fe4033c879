"""The HTML page of a form: plain, without script, one file to choose."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from pillarbox.forms.signed_form import SignedForm

_TEMPLATES = Environment(
    loader=PackageLoader("pillarbox.forms", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def render_page(form: SignedForm, *, title: str = "Upload a file", language: str = "en") -> str:
    """A whole HTML document that posts `form` with the file that a visitor chooses.

    The file is the last field, for OSS reads none after it ("PostObject"); the button has no
    name, so it sends none.

    Args:
        title: heading and window title, plain text.
        language: of the title, as a BCP 47 tag; the page's own words are English.
    """
    template = _TEMPLATES.get_template("plain.html")
    return template.render(form=form, title=title, language=language)
