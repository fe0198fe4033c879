"""`python -m examples.careers`: start a store, a bucket and the site; open one address."""

from __future__ import annotations

import signal
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from examples.careers import browser_visit, http_visit
from examples.careers.running import Careers, SiteFailedError, running_careers
from pillarbox.cli.demo_store import StoreFailedError
from pillarbox.cli.sample_pdf import make_pdf

#: So many bytes make the demo's PDF as large as a résumé with a photo.
_BALLAST = 300_000


def main(
    check: Annotated[
        bool,
        typer.Option("--check", help="Drive both ways, compare the bytes and exit, 0 if equal."),
    ] = False,
    listen: Annotated[
        str, typer.Option(help="HOST:PORT of the site; port 0 takes any free one.")
    ] = "127.0.0.1:0",
    pictures: Annotated[
        Path | None, typer.Option(help="With --check: save pictures of the pages in this folder.")
    ] = None,
) -> None:
    """Show form upload beside an upload through the web server, on a careers site."""
    # Ended by SIGTERM or by Ctrl-C, the demo takes its store and its site with it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with tempfile.TemporaryDirectory(prefix="careers-") as directory:
            _say("Starting a store with a private, strict bucket, and the careers site.")
            with running_careers(Path(directory), listen) as careers:
                _say(f"   store  {careers.store.endpoint}/resumes")
                _say(f"   site   {careers.url}")
                if check:
                    _check(careers, Path(directory), pictures)
                else:
                    _stay(careers)
    except (StoreFailedError, SiteFailedError, http_visit.VisitFailedError) as error:
        typer.echo(f"careers: {error}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


def _check(careers: Careers, folder: Path, pictures: Path | None) -> None:
    pdf = make_pdf("A resume", _BALLAST)
    if browser_visit.is_there():
        _say(
            "A visitor uploads a PDF both ways, in a headless Chromium; another one has no script."
        )
        ways = ("through", "straight", "plain")
        files = {way: folder / f"resume-{way}.pdf" for way in ways}
        for file in files.values():
            file.write_bytes(pdf)
        with browser_visit.chromium() as browser:
            carried = browser_visit.visit(browser, careers.url, files, pictures)
    else:
        _say("A visitor uploads a PDF both ways, over HTTP, and as the page's script does.")
        carried = http_visit.visit(careers.url, "resume.pdf", pdf)
    _say(f"What the site's server carried for {len(pdf)} bytes:")
    for way, cost in carried.items():
        _say(
            f"   {way:<17} {cost['received']:>6} bytes in {cost['sent']:>6} out "
            f"{cost['seconds']:8.4f} s {cost['cpu_seconds']:8.4f} s CPU"
        )
    http_visit.expect_session_signs(careers.url)
    _say("Sessions of a role that may do nothing outside applications/ sign the forms.")
    _say("Nobody gets on the recruiter's list by a forged callback, or by the redirect's address.")
    _say("The recruiter's downloads are equal to what was sent, both ways.")


def _stay(careers: Careers) -> None:
    """Leave all running until it is interrupted, the store's access log on the terminal."""
    _say(f"\nOpen {careers.url}\n")
    _say("Ctrl-C stops the site and the store, and removes what they hold.")
    assert careers.store.process.stdout is not None
    for line in careers.store.process.stdout:
        _say(line.rstrip("\n"))
    raise StoreFailedError(f"the store ended with status {careers.store.process.wait()}")


def _say(line: str) -> None:
    typer.echo(line)
    sys.stdout.flush()


if __name__ == "__main__":
    typer.run(main)
