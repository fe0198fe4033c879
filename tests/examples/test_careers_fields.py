"""The careers form posted again with each field of PostObject that a visitor might add."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
import pytest

from examples.careers.http_visit import Visit
from pillarbox.cli.page_form import PageForm
from pillarbox.cli.sample_pdf import make_pdf

PDF = make_pdf("A resume")


@dataclass(frozen=True)
class Added:
    """A field that a visitor adds, and what the store says.

    Attributes:
        code: of the refusal, None if the résumé is taken.
    """

    name: str
    value: str
    code: str | None


#: Every field of the table of PostObject's fields (OSS: "PostObject", form fields).
FIELDS = (
    # What the form has already must not stand there twice, in any letter case.
    Added("KEY", "other/cv.pdf", "InvalidArgument"),
    Added("OSSAccessKeyId", "other", "InvalidArgument"),
    Added("Policy", "e30=", "InvalidArgument"),
    Added("signature", "other", "InvalidArgument"),
    Added("x-oss-object-acl", "public-read-write", "InvalidArgument"),
    Added("success_action_redirect", "https://elsewhere.example/", "InvalidArgument"),
    # A second signature.
    Added("x-oss-signature-version", "OSS4-HMAC-SHA256", "InvalidArgument"),
    Added("x-oss-credential", "a/20300101/r/oss/aliyun_v4_request", "InvalidArgument"),
    Added("x-oss-date", "20300101T000000Z", "InvalidArgument"),
    Added("x-oss-signature", "00", "InvalidArgument"),
    Added("X-OSS-Security-Token", "token", "InvalidArgument"),
    # What changes who may read, who is called, or what becomes of an object: strict forms.
    Added("x-oss-storage-class", "ColdArchive", "AccessDenied"),
    Added("x-oss-tagging", "checked=yes", "AccessDenied"),
    Added("x-oss-forbid-overwrite", "true", "AccessDenied"),
    Added("callback", "eyJ9", "AccessDenied"),
    Added("x:applicant", "somebody", "AccessDenied"),
    # What nobody here does.
    Added("x-oss-server-side-encryption", "AES256", "NotImplemented"),
    Added("x-oss-server-side-encryption-key-id", "key", "NotImplemented"),
    Added("x-oss-server-side-data-encryption", "SM4", "NotImplemented"),
    Added("x-amz-acl", "public-read", "NotImplemented"),
    Added("AWSAccessKeyId", "other", "InvalidArgument"),
    # Another type than the policy allows.
    Added("x-oss-content-type", "text/html", "AccessDenied"),
    # What concerns the visitor's own answer and own object alone.
    Added("success_action_status", "200", None),
    Added("Content-Type", "text/html", None),
    Added("Cache-Control", "max-age=31536000", None),
    Added("Content-Disposition", 'inline; filename="page.html"', None),
    Added("Content-Encoding", "gzip", None),
    Added("Expires", "Thu, 01 Jan 2099 00:00:00 GMT", None),
    Added("x-oss-meta-note", "<script>alert(1)</script>", None),
    # What means nothing to the store.
    Added("x-oss-callback", "eyJ9", None),
    Added("x-oss-callback-var", "eyJ9", None),
    Added("name", "cv.pdf", None),
    Added("submit", "Upload", None),
)

ODD_NAMES = (
    "<img src=x onerror=alert(1)>.pdf",
    'a"onmouseover="alert(1).pdf',
    "cv\u202efdp.exe",
    "..",
    "line\nend.pdf",
    "?acl&x=%2e%2e.pdf",
)


def with_field(form: PageForm, added: Added) -> PageForm:
    """The form with one more field."""
    form.fields = [*form.fields, (added.name, added.value)]
    return form


@pytest.mark.parametrize("added", FIELDS, ids=lambda added: added.name)
def test_a_field_that_a_visitor_adds(visit: Visit, added: Added) -> None:
    name = f"with-{added.name.replace(':', '-')}.pdf"
    form = with_field(visit.forms()["straight"], added)
    answer = visit.send(form, name, "application/pdf", PDF)
    if added.code is None:
        assert answer.status_code == httpx.codes.SEE_OTHER, answer.text
        visit.come_back(answer)
        assert visit.download_all()[name] == PDF
    else:
        assert f"<Code>{added.code}</Code>" in answer.text
        visit.get("/returned")
        assert name not in visit.download_all()


@pytest.mark.parametrize("name", ODD_NAMES)
def test_the_recruiters_page_shows_odd_names_as_text(visit: Visit, name: str) -> None:
    form = visit.forms()["straight"]
    prefix = dict(form.fields)["key"].removesuffix("${filename}")
    form.fields = [(n, prefix + name if n == "key" else v) for n, v in form.fields]
    answer = visit.send(form, "cv.pdf", "application/pdf", PDF)
    assert answer.status_code == httpx.codes.SEE_OTHER, answer.text
    visit.come_back(answer)
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)
    assert visit.download_all()[shown] == PDF


def test_a_download_is_saved_and_never_shown(visit: Visit) -> None:
    for added in FIELDS:
        if added.code is None:
            form = with_field(visit.forms()["straight"], added)
            visit.come_back(visit.send(form, "a.pdf", "application/pdf", PDF))
    for link in visit.links().values():
        answer = httpx.get(link)
        assert answer.headers["content-disposition"].startswith("attachment; filename*=")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert httpx.get(link.partition("?")[0]).status_code == httpx.codes.FORBIDDEN
