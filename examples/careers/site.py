"""The pages of the careers site; `app` is what an ASGI server runs.

GET  /            the two ways, side by side
POST /through     a résumé through the site: its server carries the file to the store
GET  /form        a fresh form as JSON, for the page's script
POST /arrived     the store calls: a résumé of that form has arrived
GET  /returned    where a browser without script comes back to after a form upload
GET  /received    thanks
GET  /carried     what the visitor's uploads cost this server; /totals, what all did
GET  /recruiter   all résumés that have arrived, with download links
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
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
from examples.careers.arrivals import Arrivals, StrangeCallbackError, told_by_callback
from examples.careers.carriage import (
    FORM_UPLOAD,
    ON_BEHALF_OF,
    SENT_ON,
    THROUGH_SITE,
    Carriage,
    CarriageMeter,
    Carriages,
)
from examples.careers.resume_form import plain_form, scripted_form
from examples.careers.resume_store import ResumeStore, plain
from examples.careers.settings import Settings
from examples.careers.visitor import COOKIE, Visitor
from pillarbox.client.assumed_role import AssumedRole
from pillarbox.client.callbacks import (
    CallbackKeys,
    ForgedCallbackError,
    KeyUnavailableError,
    verify_callback,
)
from pillarbox.forms import Credentials
from pillarbox.forms.fields import base_name

_HERE = Path(__file__).parent
#: What the other parts of a form may take beside the file; bytes.
_FORM_OVERHEAD = 64 * 1024
#: A callback names one key, of at most 1,023 bytes; bytes.
_MAX_CALLBACK = 16 * 1024


class Site:
    """The site's pages, with what they share."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.role = AssumedRole(
            settings.endpoint,
            settings.role,
            "careers",
            caller=Credentials(settings.access_key_id, settings.access_key_secret),
            at_least=resume_rules.FORM_LIFETIME,
        )
        self.store = ResumeStore(settings, self.role)
        self.arrivals = Arrivals()
        self.carriages = Carriages()
        self._keys = CallbackKeys([settings.endpoint], oss=False)
        self._templates = Jinja2Templates(_HERE / "templates")

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Fetch the store's key at the start, so that no visitor waits for it."""
        # Without it the first callback fetches it.
        with suppress(KeyUnavailableError):
            key_url = f"{self.settings.endpoint}/-/callback.pem"
            await run_in_threadpool(self._keys.key, key_url)
        with self.role:
            yield

    async def home(self, request: Request) -> Response:
        """The two ways, side by side."""
        visitor = _visitor(request)
        form = plain_form(self.settings, visitor, await self._credentials())
        module = f"{self.settings.endpoint}/-/upload.js"
        return self._page(request, visitor, "home.html", form=form, module=module)

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
                arrival = await run_in_threadpool(
                    self.store.put, visitor, name, file.content_type, file.size or 0, file.file
                )
                self.arrivals.see(arrival)
                setattr(request.state, SENT_ON, file.size)
            except OssError as error:
                said = f"The store refused: {error.code} (request {error.request_id})."
                return self._refusal(request, visitor, said, 502)
        return RedirectResponse("/received", 303)

    async def form(self, request: Request) -> Response:
        """A fresh form, as JSON."""
        visitor = _visitor(request)
        form = scripted_form(self.settings, visitor, await self._credentials())
        answer = Response(form.to_json(), media_type="application/json")
        _set_cookie(answer, visitor)
        return answer

    async def arrived(self, request: Request) -> Response:
        """A store says that a résumé has arrived; what is answered here, the page's script gets."""
        length = request.headers.get("content-length", "")
        if not length.isdigit() or int(length) > _MAX_CALLBACK:
            return JSONResponse({"Status": "refused", "why": "too long for a callback"}, 413)
        body = await request.body()
        try:
            # In a thread: once an hour it fetches the store's key.
            await run_in_threadpool(
                verify_callback,
                path=request.scope["path"],
                query=request.scope["query_string"],
                headers=request.headers,
                body=body,
                keys=self._keys,
            )
            arrival = told_by_callback(body, self.settings.bucket)
        except (ForgedCallbackError, StrangeCallbackError) as error:
            return JSONResponse({"Status": "refused", "why": str(error)}, 403)
        except KeyUnavailableError:
            return JSONResponse({"Status": "later"}, 503)
        self.arrivals.tell(arrival)
        setattr(request.state, ON_BEHALF_OF, arrival.visitor)
        return JSONResponse({"Status": "OK", "application": arrival.visitor.application})

    async def returned(self, request: Request) -> Response:
        """A browser comes back from the store.

        Anybody can open this address with any query, so the query counts for nothing: the site
        looks into the store what the visitor has there.
        """
        visitor = _visitor(request)
        try:
            found = await run_in_threadpool(lambda: list(self.store.all_of(visitor)))
        except OssError as error:
            said = f"The store refused: {error.code} (request {error.request_id})."
            return self._refusal(request, visitor, said, 502)
        if not found:
            return self._refusal(request, visitor, "The store has no résumé of yours.", 404)
        for arrival in found:
            self.arrivals.see(arrival)
        return RedirectResponse("/received", 303)

    async def received(self, request: Request) -> Response:
        """The visitor is told that the résumé is there, and what the uploads cost."""
        visitor = _visitor(request)
        return self._page(request, visitor, "received.html")

    async def carried(self, request: Request) -> Response:
        """What the visitor's uploads cost this server, as JSON."""
        return _as_json(self.carriages.of(_visitor(request)))

    async def totals(self, _: Request) -> Response:
        """What all uploads together cost this server, as JSON."""
        return _as_json(self.carriages.totals)

    async def recruiter(self, request: Request) -> Response:
        """All résumés that have arrived. A real site keeps this page behind its login."""
        resumes = await run_in_threadpool(
            lambda: [
                {
                    "name": plain(arrival.name),
                    "link": self.store.link(arrival),
                    "size": arrival.size,
                    "application": arrival.visitor.application,
                }
                for arrival in self.arrivals.all()
            ]
        )
        return self._page(request, _visitor(request), "recruiter.html", resumes=resumes)

    async def _credentials(self) -> Credentials:
        """A session's, in a thread: now and then they are fetched."""
        return await run_in_threadpool(self.role.credentials)

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
            "visitor": visitor,
            "carriages": self.carriages.of(visitor),
            "max_size": resume_rules.MAX_SIZE,
            **context,
        }
        page = self._templates.TemplateResponse(
            request, template, dict(shown), status_code=status_code
        )
        _set_cookie(page, visitor)
        # The page takes its upload script from the store and may send a form there; nothing else.
        page.headers["Content-Security-Policy"] = (
            f"default-src 'self'; script-src 'self' {self.settings.endpoint}; "
            f"connect-src 'self' {self.settings.endpoint}; "
            f"form-action 'self' {self.settings.endpoint}; frame-ancestors 'none'; base-uri 'none'"
        )
        return page


def _as_json(carriages: Mapping[str, Carriage]) -> Response:
    return JSONResponse({way: asdict(carriage) for way, carriage in carriages.items()})


def _set_cookie(answer: Response, visitor: Visitor) -> None:
    answer.set_cookie(COOKIE, visitor.id, httponly=True, samesite="lax")


def _visitor(request: Request) -> Visitor:
    return Visitor.of_cookie(request.cookies.get(COOKIE))


def create_app(settings: Settings | None = None) -> Starlette:
    """The site; its settings come from the environment unless they are given."""
    site = Site(settings or Settings.of_environment())
    ways = {
        "/through": THROUGH_SITE,
        "/form": FORM_UPLOAD,
        "/arrived": FORM_UPLOAD,
        "/returned": FORM_UPLOAD,
    }
    return Starlette(
        routes=[
            Route("/", site.home),
            Route("/through", site.through, methods=["POST"]),
            Route("/form", site.form),
            Route("/arrived", site.arrived, methods=["POST"]),
            Route("/returned", site.returned),
            Route("/received", site.received),
            Route("/carried", site.carried),
            Route("/totals", site.totals),
            Route("/recruiter", site.recruiter),
            Mount("/static", StaticFiles(directory=_HERE / "static")),
        ],
        middleware=[Middleware(CarriageMeter, carriages=site.carriages, ways=ways)],
        lifespan=site.lifespan,
    )
