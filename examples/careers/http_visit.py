"""A visitor without a browser: sends the forms of the page, or does as its script does."""

from __future__ import annotations

import re
from html import unescape

import httpx

from pillarbox.cli.page_form import PageForm, read_page

_TOKEN = "x-oss-security-token"  # noqa: S105 (a name, no token)

_FORM = re.compile(r'<form id="(\w+)".*?</form>', re.DOTALL)
_LINK = re.compile(r'<a href="([^"]+)">([^<]+)</a></td>')


class VisitFailedError(Exception):
    """The site or the store answered otherwise than a visit expects."""


class Visit:
    """One visitor; the cookie says who. To be closed."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=30)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def forms(self) -> dict[str, PageForm]:
        """The page's two forms, by their ids `through` and `straight`."""
        page = _expect(self._client.get("/"), 200).text
        return {found[1]: read_page(found[0]) for found in _FORM.finditer(page)}

    def send(self, form: PageForm, name: str, content_type: str, content: bytes) -> httpx.Response:
        """Send a form with a file as a browser would, and give the answer as it is."""
        fields = [(key, (None, value)) for key, value in form.fields]
        return self._client.post(
            form.action, files=[*fields, (form.file_field, (name, content, content_type))]
        )

    def upload(self, form: PageForm, name: str, content_type: str, content: bytes) -> None:
        """Send a form, follow the redirect back to the site, and see that the site says thanks."""
        self.come_back(_expect(self.send(form, name, content_type, content), 303))

    def come_back(self, answer: httpx.Response) -> None:
        """Follow redirects back to the site, and see that the site says thanks."""
        while answer.status_code == httpx.codes.SEE_OTHER:
            answer = self._client.get(answer.headers["location"])
        _expect(answer, 200)

    def scripted_form(self) -> PageForm:
        """The form that the page's script fetches."""
        signed = _expect(self._client.get("/form"), 200).json()
        return PageForm(signed["url"], list(signed["fields"].items()), "file")

    def upload_by_script(self, name: str, content_type: str, content: bytes) -> None:
        """Upload as the page's script does, and see that the store has told the site."""
        answer = _expect(self.send(self.scripted_form(), name, content_type, content), 200)
        if answer.json().get("Status") != "OK":
            raise VisitFailedError(f"the site was not told: {answer.text[:500]}")

    def tell(self, body: str, **headers: str) -> httpx.Response:
        """Call the site as if a store did."""
        return self._client.post("/arrived", content=body, headers=headers)

    def get(self, path: str) -> httpx.Response:
        """The answer to a GET, as it is."""
        return self._client.get(path)

    def carried(self) -> dict[str, dict[str, float]]:
        """What the site's server carried, by way."""
        carried: dict[str, dict[str, float]] = _expect(self._client.get("/carried"), 200).json()
        return carried

    def links(self) -> dict[str, str]:
        """The links of the recruiter's list, by the file's name."""
        page = _expect(self._client.get("/recruiter"), 200).text
        return {unescape(name): unescape(link) for link, name in _LINK.findall(page)}

    def download_all(self) -> dict[str, bytes]:
        """What the recruiter downloads by those links."""
        links = self.links().items()
        return {name: _expect(httpx.get(link), 200).content for name, link in links}


def _expect(answer: httpx.Response, status: int) -> httpx.Response:
    if answer.status_code != status:
        said = " ".join(answer.text.split())[:500]
        raise VisitFailedError(
            f"{answer.request.method} {answer.request.url.copy_with(query=None)} answered "
            f"{answer.status_code}, not {status}: {said}"
        )
    return answer


def visit(url: str, name: str, pdf: bytes) -> dict[str, dict[str, float]]:
    """Upload a PDF all ways, download them as the recruiter, compare; what the site carried.

    Raises:
        VisitFailedError: a step went wrong, or the bytes differ.
    """
    visitor = Visit(url)
    try:
        forms = visitor.forms()
        for way in ("through", "straight"):
            visitor.upload(forms[way], f"{way}-{name}", "application/pdf", pdf)
        visitor.upload_by_script(f"scripted-{name}", "application/pdf", pdf)
        expect_forgeries_refused(url)
        downloaded = visitor.download_all()
        compare(downloaded, {f"{way}-{name}": pdf for way in ("through", "straight", "scripted")})
        return visitor.carried()
    finally:
        visitor.close()


def expect_forgeries_refused(url: str) -> None:
    """See that nobody gets on the list by calling the site himself, or by coming back empty."""
    stranger = Visit(url)
    try:
        key = dict(stranger.scripted_form().fields)["key"].replace("${filename}", "never-sent.pdf")
        _expect(stranger.tell(f"bucket=resumes&key={key}&etag=0&size=1&application=A-0"), 403)
        _expect(stranger.get(f"/returned?bucket=resumes&key={key}&etag=0"), 404)
    finally:
        stranger.close()


def expect_session_signs(url: str) -> None:
    """See that a session of a role signs the forms, for script and for none."""
    visitor = Visit(url)
    try:
        expect_session_signed(visitor.forms()["straight"])
        expect_session_signed(visitor.scripted_form())
    finally:
        visitor.close()


def expect_session_signed(form: PageForm) -> None:
    """Raise VisitFailedError unless a temporary AccessKey signed, and its token is there."""
    fields = dict(form.fields)
    if not fields.get("OSSAccessKeyId", "").startswith("STS.") or not fields.get(_TOKEN):
        raise VisitFailedError("a form is signed by no session of a role")


def compare(downloaded: dict[str, bytes], sent: dict[str, bytes]) -> None:
    """Raise VisitFailedError unless the recruiter got the very bytes that were sent."""
    if downloaded.keys() != sent.keys():
        raise VisitFailedError(f"the list has {sorted(downloaded)}, not {sorted(sent)}")
    for name, content in sent.items():
        if downloaded[name] != content:
            raise VisitFailedError(f"the bytes of {name} differ from those that were sent")
