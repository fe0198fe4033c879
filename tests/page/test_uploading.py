"""Files, folders, names, progress, events: what the page does when nothing goes wrong."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from pillarbox.forms.page import render_page
from tests.page.conftest import OpenPage
from tests.page.form_site import FormSite
from tests.page.visit import bucket_of, keys_in, signed_form
from tests.server_process import ServerProcess

MIB = 1024 * 1024


def made(folder: Path, name: str, size: int) -> Path:
    """A file whose bytes differ from every other's."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    seed = hashlib.sha256(name.encode()).digest()
    file.write_bytes((seed * (size // len(seed) + 1))[:size])
    return file


def test_several_files_with_progress_seen_moving(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path
) -> None:
    names = [f"résumé {number} (final).pdf" for number in range(5)]
    files = [made(tmp_path, name, 2 * MIB) for name in names]
    visit = open_page(render_page(signed_form(store, key_prefix="moving/")))
    visit.limit_upload(3 * MIB)
    visit.choose(*files)
    visit.wait_for_progress(0.2)
    assert visit.page.locator('li[data-state="sending"]').count() <= 3
    expect(visit.page.locator(".total")).to_contain_text("of 5 files uploaded")
    expect(visit.page.locator(".sum")).to_contain_text("MB/s")
    expect(visit.page.locator(".sum")).to_contain_text("left")
    visit.limit_upload(-1)
    visit.wait_for("uploaded", 5)

    moved = [one for one in visit.fired("progress") if one["file"] == names[0]]
    loaded = [one["loaded"] for one in moved]
    assert loaded == sorted(loaded)
    assert len({one for one in loaded if 0 < one < 2 * MIB}) >= 2
    assert {one["totalSize"] for one in moved} == {10 * MIB}
    expect(visit.page.locator(".sum")).to_have_text("5 of 5 files uploaded · 10 MB of 10 MB")

    bucket = bucket_of(store)
    for name, file in zip(names, files, strict=True):
        assert bucket.get_object(f"moving/{name}").read() == file.read_bytes()
    told = {one["key"]: one for one in visit.fired("uploaded")}
    assert set(told) == {f"moving/{name}" for name in names}
    digest = hashlib.md5(files[0].read_bytes()).hexdigest().upper()
    first = told[f"moving/{names[0]}"]
    assert first["etag"] == f'"{digest}"'
    assert (first["status"], len(first["requestId"])) == (201, 24)
    assert "<PostResponse>" in first["body"]
    visit.wait_to_hear("Finished: 5 uploaded")


def peak_memory(pid: int) -> int:
    """The most that a process ever held, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def test_a_large_file_in_bounded_memory(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path, browser: Browser
) -> None:
    file = tmp_path / "film.mp4"
    with file.open("wb") as hole:
        hole.truncate(300 * MIB)
    visit = open_page(render_page(signed_form(store, key_prefix="large/")))
    devtools = browser.new_browser_cdp_session()
    shown = devtools.send("SystemInfo.getProcessInfo")["processInfo"]
    processes = [int(one["id"]) for one in shown] + [store.worker_pid or 0]
    before = {pid: peak_memory(pid) for pid in processes}
    visit.choose(file)
    visit.wait_for("uploaded")
    assert bucket_of(store).head_object("large/film.mp4").content_length == 300 * MIB
    grown = {pid: peak_memory(pid) - before[pid] for pid in processes}
    assert max(grown.values()) < 150 * MIB, grown


def test_a_folder_keeps_its_paths(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path, form_site: FormSite
) -> None:
    names = {"letters/one.txt", "letters/two.txt", "photo.png"}
    for name in names:
        made(tmp_path, f"work/{name}", 10)
    visit = open_page(render_page(signed_form(store, key_prefix="chosen/")))
    visit.choose_folder(tmp_path / "work")
    visit.wait_for("uploaded", 3)
    expect(visit.row("work/letters/two.txt")).to_be_visible()
    assert keys_in(store, prefix="chosen/") == {f"chosen/work/{name}" for name in names}

    url = form_site.page("/page", render_page(signed_form(store, key_prefix="dropped/")))
    visit = open_page(url)
    expect(visit.button("Choose files")).to_be_enabled()
    visit.drop([tmp_path / "work", made(tmp_path, "alone.txt", 1)])
    visit.wait_for("uploaded", 4)
    expected = {"alone.txt", *(f"work/{name}" for name in names)}
    assert keys_in(store, prefix="dropped/") == {f"dropped/{name}" for name in expected}


def test_a_folder_dropped_on_a_page_from_a_file(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path
) -> None:
    """Chromium can't read it there; the visitor learns of the button."""
    made(tmp_path, "work/a.txt", 1)
    visit = open_page(render_page(signed_form(store)))
    expect(visit.button("Choose files")).to_be_enabled()
    visit.drop([tmp_path / "work"])
    expect(visit.page.locator(".wrong")).to_contain_text("Use the button instead")
    visit.choose(made(tmp_path, "alone.txt", 1))
    expect(visit.page.locator(".wrong")).to_have_count(0)
    visit.wait_for("uploaded")


def test_dropped_files(open_page: OpenPage, store: ServerProcess, tmp_path: Path) -> None:
    visit = open_page(render_page(signed_form(store, key_prefix="drop/")))
    expect(visit.button("Choose files")).to_be_enabled()
    visit.drop([made(tmp_path, "a.txt", 1), made(tmp_path, "b", 1)])
    visit.wait_for("uploaded", 2)
    assert keys_in(store, prefix="drop/") == {"drop/a.txt", "drop/b"}


def test_of_several_files_where_one_is_wanted_the_visitor_learns_which(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path
) -> None:
    visit = open_page(render_page(signed_form(store, key="one/portrait")))
    expect(visit.button("Choose a file")).to_be_enabled()
    visit.drop([made(tmp_path, "a.txt", 1), made(tmp_path, "b.txt", 2)])
    visit.wait_for("uploaded")
    expect(visit.page.locator(".box")).to_contain_text("Only one file can be sent here: a.txt.")
    visit.wait_to_hear("Only one file can be sent here: a.txt.")
    assert len(bucket_of(store).get_object("one/portrait").read()) == 1


def test_a_name_that_reads_like_a_variable(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path
) -> None:
    visit = open_page(render_page(signed_form(store, key_prefix="odd/")))
    visit.choose(made(tmp_path, "${filename}.txt", 1))
    visit.wait_for("uploaded")
    assert keys_in(store, prefix="odd/") == {"odd/${filename}.txt"}


def test_a_name_that_is_taken(open_page: OpenPage, store: ServerProcess, tmp_path: Path) -> None:
    bucket = bucket_of(store)
    for name in ("cv.pdf", "cv (2).pdf", ".profile"):
        bucket.put_object(f"taken/{name}", b"old")
    visit = open_page(render_page(signed_form(store, key_prefix="taken/")))
    visit.choose(made(tmp_path, "cv.pdf", 5), made(tmp_path, ".profile", 6))
    visit.wait_for("uploaded", 2)
    expect(visit.row("cv.pdf")).to_contain_text("Uploaded as cv (3).pdf, for that name was taken")
    assert bucket.get_object("taken/cv.pdf").read() == b"old"
    assert len(bucket.get_object("taken/cv (3).pdf").read()) == 5
    assert len(bucket.get_object("taken/.profile (2)").read()) == 6
    told = {one["file"]: (one["name"], one["key"]) for one in visit.fired("uploaded")}
    assert told["cv.pdf"] == ("cv (3).pdf", "taken/cv (3).pdf")


def test_names_where_the_key_goes_on(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path
) -> None:
    """The policy fixes such a key as a whole: only the store can put the name in."""
    visit = open_page(render_page(signed_form(store, key="middle/${filename}/cv")))
    visit.choose(made(tmp_path, "a.pdf", 1), made(tmp_path, "more/a.pdf", 2))
    visit.wait_for("uploaded", 2)
    assert keys_in(store, prefix="middle/") == {"middle/a.pdf/cv", "middle/a (2).pdf/cv"}


def test_a_fixed_key_takes_one_file_and_replaces_it(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path
) -> None:
    visit = open_page(render_page(signed_form(store, key="fixed/portrait")))
    expect(visit.button("Choose a file")).to_be_enabled()
    expect(visit.button("Choose a folder")).to_be_hidden()
    for size in (3, 4):
        visit.choose(made(tmp_path, f"{size}.bin", size))
        visit.wait_for("uploaded", size - 2)
    assert len(bucket_of(store).get_object("fixed/portrait").read()) == 4


@pytest.mark.parametrize("pinned", [True, False])
def test_a_strict_bucket_protects_only_what_the_policy_names(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path, pinned: bool
) -> None:
    prefix = f"pinned-{pinned}/"
    bucket_of(store, "strict").put_object(f"{prefix}a.txt", b"old")
    form = signed_form(store, "strict", key_prefix=prefix, forbid_overwrite=pinned)
    visit = open_page(render_page(form))
    visit.choose(made(tmp_path, "a.txt", 4))
    visit.wait_for("uploaded")
    expected = {f"{prefix}a.txt", f"{prefix}a (2).txt"} if pinned else {f"{prefix}a.txt"}
    assert keys_in(store, "strict", prefix) == expected


def test_with_overwriting_a_name_is_replaced(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path
) -> None:
    bucket_of(store).put_object("over/a.txt", b"old")
    page = render_page(signed_form(store, key_prefix="over/"), no_overwrite=False)
    visit = open_page(page)
    visit.choose(made(tmp_path, "a.txt", 4))
    visit.wait_for("uploaded")
    assert keys_in(store, prefix="over/") == {"over/a.txt"}


def test_a_site_of_its_own_with_the_servers_script(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path, form_site: FormSite
) -> None:
    form = signed_form(store, key_prefix="site/")
    url = form_site.page(
        "/page",
        f'<!doctype html><title>x</title><meta http-equiv="Content-Security-Policy" '
        f"content=\"default-src 'none'; script-src {store.base_url}; "
        f'connect-src {store.base_url}; img-src data:"><link rel="icon" href="data:,">'
        f'<script type="module" src="{store.base_url}/-/upload.js"></script>'
        f'<pillarbox-upload parallel="1" lang="en" no-overwrite>'
        f'<script type="application/json">{form.to_json()}</script></pillarbox-upload>',
    )
    visit = open_page(url)
    visit.limit_upload(2 * MIB)
    visit.choose(*[made(tmp_path, f"{number}.bin", MIB) for number in range(3)])
    visit.wait_for_progress(0.1)
    assert visit.page.locator('li[data-state="sending"]').count() == 1
    visit.limit_upload(-1)
    visit.wait_for("uploaded", 3)
    assert len(keys_in(store, prefix="site/")) == 3


def test_the_script_goes_where_the_plain_form_would(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path, form_site: FormSite
) -> None:
    thanks = form_site.page("/thanks", "<!doctype html><title>thanks</title>")
    for number, scripted in enumerate((signed_form(store, key_prefix="next/"), None)):
        form = signed_form(store, key_prefix="next/", success_redirect=thanks)
        visit = open_page(render_page(form, scripted=scripted))
        visit.choose(made(tmp_path, f"{number}.txt", 5))
        visit.page.wait_for_url(thanks)
    assert keys_in(store, prefix="next/") == {"next/0.txt", "next/1.txt"}


def test_a_page_that_took_the_element_away_is_not_left(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path, form_site: FormSite
) -> None:
    thanks = form_site.page("/thanks", "<!doctype html><title>thanks</title>")
    form_site.page("/after", "")
    # With a URL for fresh forms the page may speak to its own site; the one in it is good for long.
    page = render_page(signed_form(store, key_prefix="away/"), policy_url="/form")
    page = page.replace("<pillarbox-upload ", f'<pillarbox-upload next="{thanks}" ')
    visit = open_page(form_site.page("/page", page))
    visit.limit_upload(MIB)
    visit.choose(made(tmp_path, "a.bin", 2 * MIB))
    visit.wait_for_progress(0.1)
    visit.page.evaluate("(window.gone = document.querySelector('pillarbox-upload')).remove()")
    visit.limit_upload(-1)
    visit.page.wait_for_function("() => gone.rows[0].state === 'uploaded' && !gone.running")
    visit.page.evaluate("fetch('/after').then((answer) => answer.text())")
    assert form_site.asked[-1] == "/after"
    assert "/thanks" not in form_site.asked


def test_the_element_hides_nothing_that_every_element_has(
    open_page: OpenPage, store: ServerProcess
) -> None:
    visit = open_page(render_page(signed_form(store)))
    expect(visit.button("Choose files")).to_be_enabled()
    hidden = visit.page.evaluate(
        """() => {
            const element = document.querySelector("pillarbox-upload");
            const ours = [element, Object.getPrototypeOf(element)];
            const names = ours.flatMap(Object.getOwnPropertyNames);
            return names.filter((name) => name !== "constructor" && name in HTMLElement.prototype);
        }"""
    )
    assert hidden == []
