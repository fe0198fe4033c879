"""Cancel, lost connections, a store without CORS, forms that expire."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import oss2
import pytest
from playwright.sync_api import Route, expect

from pillarbox.forms.page import render_page
from pillarbox.forms.post_form import SignedForm
from pillarbox.model import refusals
from pillarbox.server import answers
from tests.conftest import StartServer
from tests.page.conftest import OpenPage
from tests.page.form_site import Answer, FormSite
from tests.page.test_uploading import MIB, made
from tests.page.visit import bucket_of, keys_in, signed_form
from tests.server_process import ServerProcess, wait_until

BUCKET = ("--init-bucket", "inbox:private", "--cors", "*")


def test_cancel_and_try_again(open_page: OpenPage, store: ServerProcess, tmp_path: Path) -> None:
    visit = open_page(render_page(signed_form(store, key_prefix="cancel/")))
    visit.limit_upload(MIB)
    visit.choose(made(tmp_path, "long.bin", 8 * MIB), made(tmp_path, "short.bin", 10))
    visit.wait_for("uploaded")
    visit.wait_for_progress(0.1)
    visit.button("Cancel long.bin").click()
    visit.wait_for("cancelled")
    expect(visit.row("long.bin")).to_contain_text("Cancelled")
    visit.wait_to_hear("Finished: 1 uploaded, 1 not uploaded")
    wait_until(lambda: "IncompleteBody" in store.output, "the end of the upload")
    assert keys_in(store, prefix="cancel/") == {"cancel/short.bin"}

    visit.limit_upload(-1)
    visit.button("Try again long.bin").click()
    visit.wait_for("uploaded", 2)
    assert bucket_of(store).head_object("cancel/long.bin").content_length == 8 * MIB


def test_cancel_all(open_page: OpenPage, store: ServerProcess, tmp_path: Path) -> None:
    visit = open_page(render_page(signed_form(store, key_prefix="all/")))
    visit.limit_upload(MIB)
    visit.choose(*[made(tmp_path, f"{number}.bin", 4 * MIB) for number in range(5)])
    visit.wait_for_progress(0.05)
    visit.button("Cancel all").click()
    visit.wait_for("cancelled", 5)
    assert keys_in(store, prefix="all/") == set()
    visit.button("Remove 0.bin").click()
    expect(visit.rows).to_have_count(4)


def test_the_server_is_killed_and_started_again(
    open_page: OpenPage, start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server(*BUCKET)
    visit = open_page(render_page(signed_form(server)))
    visit.excuse("Access to XMLHttpRequest")
    visit.limit_upload(4 * MIB)
    file = made(tmp_path, "film.mp4", 16 * MIB)
    visit.choose(file)
    visit.wait_for_progress(0.2)
    server.kill()
    visit.wait_for("lost")
    expect(visit.row("film.mp4")).to_contain_text("The connection was lost. Next try in")
    visit.limit_upload(-1)
    again = start_server(*BUCKET, listen=f"127.0.0.1:{server.port}", data_dir=server.data_dir)
    visit.wait_for("uploaded")
    assert bucket_of(again).get_object("cv/film.mp4").read() == file.read_bytes()
    assert not visit.fired("refused")


def test_a_button_where_the_tries_are_used_up(
    open_page: OpenPage, start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server(*BUCKET)
    page = render_page(signed_form(server)).replace(
        "<pillarbox-upload ", '<pillarbox-upload retries="1" '
    )
    visit = open_page(page)
    visit.excuse("Access to XMLHttpRequest")
    server.kill()
    visit.choose(made(tmp_path, "a.txt", 5))
    visit.wait_for("lost")
    visit.wait_for("failed")
    expect(visit.row("a.txt")).to_contain_text("The connection was lost, and 1 tries did not")
    again = start_server(*BUCKET, listen=f"127.0.0.1:{server.port}", data_dir=server.data_dir)
    visit.button("Try again a.txt").click()
    visit.wait_for("uploaded")
    assert keys_in(again) == {"cv/a.txt"}


def test_a_busy_store_is_asked_again(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path
) -> None:
    """The answer is that of a server that has no room for more forms, put in its way."""
    visit = open_page(render_page(signed_form(store, key_prefix="busy/")))
    busy = answers.refusal(refusals.SERVICE_UNAVAILABLE(), "0123456789ABCDEF01234567", "store")

    def refuse(route: Route) -> None:
        headers = {**dict(busy.headers), "Access-Control-Allow-Origin": "*"}
        route.fulfill(status=busy.status, headers=headers, body=busy.body)

    visit.page.route(f"{store.base_url}/inbox", refuse, times=1)
    visit.choose(made(tmp_path, "a.bin", 5))
    visit.wait_to_hear("a.bin: The store is busy at the moment. Try again soon. Next try in")
    visit.wait_for("uploaded")
    assert not visit.fired("refused")
    assert keys_in(store, prefix="busy/") == {"busy/a.bin"}


def test_without_cors_the_plain_post_is_offered(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path
) -> None:
    auth = oss2.Auth(store.access_key.id, store.access_key.secret)
    oss2.Bucket(auth, store.base_url, "closed").create_bucket()
    visit = open_page(render_page(signed_form(store, "closed")))
    visit.excuse("Access to XMLHttpRequest")
    visit.choose(made(tmp_path, "a.txt", 5), made(tmp_path, "b.txt", 5))
    visit.wait_for("blocked", 2)
    expect(visit.row("a.txt")).to_contain_text("no CORS rule for this page's address")
    assert keys_in(store, "closed") == set()
    with visit.page.expect_popup() as popup:
        visit.button("Send without progress a.txt").click()
    popup.value.wait_for_load_state()
    assert "<Key>cv/a.txt</Key>" in popup.value.content().replace("&lt;", "<").replace("&gt;", ">")
    assert keys_in(store, "closed") == {"cv/a.txt"}

    visit.button("Remove a.txt").click()
    with visit.page.expect_navigation() as navigation:
        visit.button("Send without progress b.txt").click()
    assert navigation.value.status == 201
    assert keys_in(store, "closed") == {"cv/a.txt", "cv/b.txt"}


def test_an_expired_form_is_not_sent(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path
) -> None:
    form = signed_form(store, expires=timedelta(seconds=1))
    visit = open_page(render_page(form))
    expect(visit.page.locator(".wrong")).to_contain_text("This upload form has expired")
    expect(visit.page.locator(".box button").first).to_be_disabled()
    visit.wait_to_hear("expired")
    visit.page.set_input_files(".box > input >> nth=0", [made(tmp_path, "a.txt", 5)])
    visit.wait_for("unfit")
    assert [one["code"] for one in visit.fired("refused")] == ["PolicyExpired"]


def handed_out(site: FormSite, *forms: SignedForm | Answer) -> None:
    """`/form` gives these, one after the other, the last again and again."""
    waiting = list(forms)

    def next_one() -> Answer:
        form = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return form if isinstance(form, tuple) else (200, "application/json", form.to_json())

    site.answers["/form"] = next_one


def test_a_fresh_form_before_the_last_one_expires(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path, form_site: FormSite
) -> None:
    stale = signed_form(store, expires=timedelta(seconds=30), key_prefix="stale/")
    handed_out(form_site, stale, signed_form(store, key_prefix="fresh/"))
    visit = open_page(form_site.page("/page", render_page(stale, policy_url="/form")))
    expect(visit.button("Choose files")).to_be_enabled()
    expect(visit.page.locator(".note").first).not_to_contain_text("Open until")
    visit.choose(*[made(tmp_path, f"{number}.txt", 5) for number in range(4)])
    visit.wait_for("uploaded", 4)
    assert len(keys_in(store, prefix="fresh/")) == 4
    # One that is still good for long is used for all files that come.
    assert form_site.asked.count("/form") == 2


def test_a_form_that_the_store_calls_expired_is_renewed(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path, form_site: FormSite
) -> None:
    """The visitor's clock is behind, or the site's page was cached."""
    now = datetime.now(UTC)
    stale = signed_form(store, key_prefix="renewed/", expires=timedelta(milliseconds=1))
    text = re.sub(
        r'"expires": "[^"]+"', f'"expires": "{(now + timedelta(hours=1)).isoformat()}"',
        stale.to_json(),
    )  # fmt: skip
    good = signed_form(store, key_prefix="renewed/")
    handed_out(form_site, (200, "application/json", text), good)
    visit = open_page(form_site.page("/page", render_page(stale, policy_url="/form")))
    visit.choose(made(tmp_path, "a.txt", 5))
    visit.wait_for("uploaded")
    assert keys_in(store, prefix="renewed/") == {"renewed/a.txt"}
    assert not visit.fired("refused")


def test_a_site_that_gives_no_form(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path, form_site: FormSite
) -> None:
    stale = signed_form(store, expires=timedelta(seconds=1))
    handed_out(form_site, (503, "text/plain", "later"), signed_form(store, key_prefix="later/"))
    page = render_page(stale, policy_url=f"{form_site.url}/form")
    visit = open_page(form_site.page("/page", page))
    expect(visit.page.locator(".wrong")).to_contain_text("The site gave no upload form. 503")
    visit.button("Try again").click()
    visit.choose(made(tmp_path, "a.txt", 5))
    visit.wait_for("uploaded")
    assert keys_in(store, prefix="later/") == {"later/a.txt"}


@pytest.mark.parametrize(
    ("locale", "says"),
    [
        ("en-US", "The site gave no upload form. What it gave is something else."),
        ("zh-CN", "\u7f51\u7ad9\u7ed9\u51fa\u7684\u5185\u5bb9\u4e0d\u662f\u8868\u5355"),
    ],
)
@pytest.mark.parametrize("text", ["<!doctype html><title>Log in</title>", '{"error": "log in"}'])
def test_a_site_that_gives_something_else(
    open_page: OpenPage,
    store: ServerProcess,
    form_site: FormSite,
    locale: str,
    says: str,
    text: str,
) -> None:
    """No words of the browser's JSON reader reach the visitor."""
    handed_out(form_site, (200, "text/html", text))
    stale = signed_form(store, expires=timedelta(seconds=1))
    page = form_site.page("/page", render_page(stale, policy_url="/form"))
    visit = open_page(page, locale=locale)
    expect(visit.page.locator(".wrong")).to_contain_text(says)
    expect(visit.page.locator(".wrong")).not_to_contain_text("JSON")


def test_a_site_that_is_gone_for_a_moment_is_asked_again(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path, form_site: FormSite
) -> None:
    stale = signed_form(store, expires=timedelta(seconds=30), key_prefix="gone/")
    handed_out(form_site, stale, signed_form(store, key_prefix="gone/"))
    visit = open_page(form_site.page("/page", render_page(stale, policy_url="/form")))
    expect(visit.button("Choose files")).to_be_enabled()
    visit.page.route(f"{form_site.url}/form", lambda route: route.abort(), times=1)
    visit.choose(made(tmp_path, "a.txt", 5))
    visit.wait_to_hear("a.txt: The site gave no upload form. It does not answer. Next try in")
    visit.wait_for("uploaded")
    assert keys_in(store, prefix="gone/") == {"gone/a.txt"}


@pytest.mark.parametrize("text", ["", "{"])
def test_an_element_without_a_form_says_so(
    open_page: OpenPage, store: ServerProcess, text: str
) -> None:
    page = re.sub(
        r'(<script type="application/json">).*?(</script>)', rf"\1{text}\2",
        render_page(signed_form(store)),
    )  # fmt: skip
    visit = open_page(page)
    expect(visit.page.locator(".wrong")).to_contain_text("The site gave no upload form.")
    expect(visit.button("Choose a file")).to_be_disabled()
