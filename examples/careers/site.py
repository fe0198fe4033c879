"""The pages of the careers site; `app` is what an ASGI server runs.

GET  /            the two ways, side by side
POST /through     a résumé through the site: its server carries the file to the store
GET  /form        a fresh form as JSON, for the page's script: all that its server carries
GET  /returned    where a browser without script comes back to after a form upload
GET  /received    thanks
GET  /carried     what the visitor's last uploads cost this server; /totals, what all did
GET  /recruiter   all résumés, with download links
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from oss2.exceptions import OssError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

from examples.careers import resume_rules
from examples.careers.carriage import (
    FORM_UPLOAD,
    SENT_ON,
    THROUGH_SITE,
    Carriage,
    CarriageMeter,
    Carriages,
)
from examples.careers.resume_form import resume_form
from examples.careers.resume_store import ResumeStore
from examples.careers.settings import Settings
from examples.careers.visitor import COOKIE, Visitor
from pillarbox.forms.fields import base_name

_HERE = Path(__file__).parent
#: What the other parts of a form may take beside the file; bytes.
_FORM_OVERHEAD = 64 * 1024


class Site:
    """The site's pages, with what they share."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = ResumeStore(settings)
        self.carriages = Carriages()
        self._templates = Jinja2Templates(_HERE / "templates")

    async def home(self, request: Request) -> Response:
        """The two ways, side by side."""
        visitor = _visitor(request)
        form = resume_form(self.settings, visitor, comes_back=True)
        return self._page(request, visitor, "home.html", form=form)

    async def through(self, request: Request) -> Response:
        """Take a résumé and carry it to the store."""
        visitor = _visitor(request)
        length = request.headers.get("content-length", "")
        if not length.isdigit() or int(length) > resume_rules.MAX_SIZE + _FORM_OVERHEAD:
            return self._refusal(request, visitor, "The file is too large.", 413)
        async with request.form(max_files=1, max_fields=0) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile) or not file.filename:
                return self._refusal(request, visitor, "No file was chosen.", 400)
            flaw = resume_rules.flaw_of(file.size or 0, file.content_type)
            if flaw is not None:
                return self._refusal(request, visitor, flaw, 400)
            assert file.content_type is not None
            name = base_name(file.filename)
            try:
                await run_in_threadpool(self.store.put, visitor, name, file.content_type, file.file)
                setattr(request.state, SENT_ON, file.size)
            except OssError as error:
                said = f"The store refused: {error.code} (request {error.request_id})."
                return self._refusal(request, visitor, said, 502)
        return RedirectResponse("/received", 303)

    async def form(self, request: Request) -> Response:
        """A fresh form, as JSON."""
        signed = resume_form(self.settings, _visitor(request), comes_back=False)
        return Response(signed.to_json(), media_type="application/json")

    async def returned(self, _: Request) -> Response:
        """The store has the résumé. The list comes from the store, so nothing is noted here."""
        return RedirectResponse("/received", 303)

    async def received(self, request: Request) -> Response:
        """The visitor is told that the résumé is there, and what the uploads cost."""
        visitor = _visitor(request)
        return self._page(request, visitor, "received.html")

    async def carried(self, request: Request) -> Response:
        """What the visitor's last uploads cost this server, as JSON."""
        return _as_json(self.carriages.of(_visitor(request)))

    async def totals(self, _: Request) -> Response:
        """What all uploads together cost this server, as JSON."""
        return _as_json(self.carriages.totals)

    async def recruiter(self, request: Request) -> Response:
        """All résumés. A real site keeps this page behind its login."""
        resumes = await run_in_threadpool(lambda: list(self.store.all()))
        return self._page(request, _visitor(request), "recruiter.html", resumes=resumes)

    def _refusal(self, request: Request, visitor: Visitor, said: str, status: int) -> Response:
        return self._page(request, visitor, "refused.html", said=said, status_code=status)

    def _page(
        self,
        request: Request,
        visitor: Visitor,
        template: str,
        *,
        status_code: int = 200,
        **context: Any,
    ) -> Response:
        shown: Mapping[str, Any] = {
            "carriages": self.carriages.of(visitor),
            "max_size": resume_rules.MAX_SIZE,
            **context,
        }
        page = self._templates.TemplateResponse(
            request, template, dict(shown), status_code=status_code
        )
        page.set_cookie(COOKIE, visitor.id, httponly=True, samesite="lax")
        # The page may send a form to the store, and a script may speak to it; nothing else.
        page.headers["Content-Security-Policy"] = (
            f"default-src 'self'; connect-src 'self' {self.settings.endpoint}; "
            f"form-action 'self' {self.settings.endpoint}; frame-ancestors 'none'; base-uri 'none'"
        )
        return page


def _as_json(carriages: Mapping[str, Carriage]) -> Response:
    return JSONResponse({way: asdict(carriage) for way, carriage in carriages.items()})


def _visitor(request: Request) -> Visitor:
    return Visitor.of_cookie(request.cookies.get(COOKIE))


def create_app(settings: Settings | None = None) -> Starlette:
    """The site; its settings come from the environment unless they are given."""
    site = Site(settings or Settings.of_environment())
    ways = {"/through": THROUGH_SITE, "/form": FORM_UPLOAD, "/returned": FORM_UPLOAD}
    return Starlette(
        routes=[
            Route("/", site.home),
            Route("/through", site.through, methods=["POST"]),
            Route("/form", site.form),
            Route("/returned", site.returned),
            Route("/received", site.received),
            Route("/carried", site.carried),
            Route("/totals", site.totals),
            Route("/recruiter", site.recruiter),
            Mount("/static", StaticFiles(directory=_HERE / "static")),
        ],
        middleware=[Middleware(CarriageMeter, carriages=site.carriages, ways=ways)],
    )
