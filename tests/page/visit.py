"""A visitor of the upload page, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import oss2
from playwright.sync_api import Browser, Locator, expect

from pillarbox.forms import Credentials, PostForm, SignedForm
from tests.server_process import PATIENCE, ServerProcess

FILES = ".box > input:not([webkitdirectory])"
FOLDER = ".box > input[webkitdirectory]"

_WATCH = """
window.fired = [];
for (const name of ["progress", "uploaded", "refused"]) {
  document.addEventListener(name, ({target, detail}) => {
    if (target.localName !== "pillarbox-upload") return;
    const {file, ...rest} = detail;
    fired.push({event: name, file: file.name, ...rest});
  });
}
"""

#: A refusal's status is no complaint of the page's.
_EXPECTED = re.compile(r"Failed to load resource: .*")


def signed_form(store: ServerProcess, bucket: str = "inbox", **settings: Any) -> SignedForm:
    """A form of this store, for files of up to 400 MiB below `cv/` unless the test says more."""
    usual: dict[str, Any] = {
        "endpoint": store.base_url,
        "bucket": bucket,
        "max_size": 400 * 1024 * 1024,
        "min_size": 1,
        "success_status": 201,
        "expires": timedelta(minutes=10),
    }
    if "key" not in settings:
        usual["key_prefix"] = "cv/"
    credentials = Credentials(store.access_key.id, store.access_key.secret)
    return PostForm(**(usual | settings)).sign_v1(credentials)


def bucket_of(store: ServerProcess, name: str = "inbox") -> oss2.Bucket:
    """The bucket, by its owner's key."""
    auth = oss2.Auth(store.access_key.id, store.access_key.secret)
    return oss2.Bucket(auth, store.base_url, name)


def keys_in(store: ServerProcess, name: str = "inbox", prefix: str = "") -> set[str]:
    """All keys that begin so."""
    listed = oss2.ObjectIterator(bucket_of(store, name), prefix=prefix)
    return {found.key for found in listed}


class Visit:
    """One open page.

    Attributes:
        page: Playwright's.
        complaints: of the browser's console, and scripts that failed.
    """

    def __init__(self, browser: Browser, url: str, **settings: Any) -> None:
        self._context = browser.new_context(**({"locale": "en-US"} | settings))
        self._context.set_default_timeout(PATIENCE * 1000)
        self.page = self._context.new_page()
        self.complaints: list[str] = []
        self.excused: list[re.Pattern[str]] = [_EXPECTED]
        self.page.on("console", lambda message: self._hear(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.add_init_script(_WATCH)
        self.page.goto(url)

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not any(one.match(text) for one in self.excused):
            self.complaints.append(text)

    def close(self) -> None:
        """The test fails if the browser complained, of the page's security policy above all."""
        self._context.close()
        assert not self.complaints, self.complaints

    def excuse(self, pattern: str) -> None:
        """Messages that begin so are meant."""
        self.excused.append(re.compile(pattern))

    def limit_upload(self, rate: int) -> None:
        """Let the browser send `rate` bytes a second from now on, -1 for as many as it can."""
        if not hasattr(self, "_devtools"):
            self._devtools = self._context.new_cdp_session(self.page)
            self._devtools.send("Network.enable")
        conditions = {"offline": False, "latency": 0, "downloadThroughput": -1}
        self._devtools.send(
            "Network.emulateNetworkConditions", conditions | {"uploadThroughput": rate}
        )

    def drop(self, paths: Sequence[Path]) -> None:
        """Drag files and folders from the desktop onto the box."""
        devtools = self._context.new_cdp_session(self.page)
        box = self.page.locator(".box").bounding_box()
        assert box is not None
        for kind in ("dragEnter", "dragOver", "drop"):
            devtools.send(
                "Input.dispatchDragEvent",
                {
                    "type": kind,
                    "x": box["x"] + 20,
                    "y": box["y"] + 20,
                    "data": {
                        "items": [],
                        "files": [str(path) for path in paths],
                        "dragOperationsMask": 1,
                    },
                },
            )

    def choose(self, *files: Path) -> None:
        """Choose files, once the page is ready for them."""
        expect(self.page.locator(".box button").first).to_be_enabled()
        self.page.set_input_files(FILES, files)

    def choose_folder(self, folder: Path) -> None:
        """Choose a folder."""
        expect(self.page.locator(".box button").first).to_be_enabled()
        self.page.set_input_files(FOLDER, folder)

    @property
    def rows(self) -> Locator:
        """The files on the list."""
        return self.page.locator("li")

    def row(self, name: str) -> Locator:
        """The line of one file."""
        return self.rows.filter(has=self.page.get_by_text(name, exact=True))

    def wait_for(self, state: str, count: int = 1) -> None:
        """Until so many files are in this state."""
        expect(self.page.locator(f'li[data-state="{state}"]')).to_have_count(
            count, timeout=PATIENCE * 1000
        )

    def wait_for_progress(self, share: float) -> None:
        """Until the first file's bar shows more than this share."""
        self.page.wait_for_function(
            """(share) => {
                const bar = document.querySelector("pillarbox-upload").shadowRoot
                    .querySelector("li progress");
                return bar && bar.value / bar.max > share;
            }""",
            arg=share,
        )

    def button(self, name: str) -> Locator:
        """The button of this whole name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def fired(self, event: str) -> list[dict[str, Any]]:
        """What the element told the page."""
        all_of_them: list[dict[str, Any]] = self.page.evaluate("fired")
        return [one for one in all_of_them if one["event"] == event]

    def wait_to_hear(self, text: str) -> None:
        """Until a screen reader would have said it."""
        expect(self.page.get_by_role("status")).to_contain_text(text, timeout=PATIENCE * 1000)
