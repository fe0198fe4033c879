import base64
import hashlib
import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from pillarbox.cli.page_form import read_page
from pillarbox.forms.page import render_page, render_plain_page
from pillarbox.forms.post_form import Credentials, PostForm, SignedForm

NOW = datetime(2030, 1, 1, tzinfo=UTC)
NASTY = "a\"><script>alert('x')</script>&amp;/${filename}"


class Elements(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


def signed(
    key: str = "upload/${filename}",
    types: tuple[str, ...] = (),
    endpoint: str = "http://127.0.0.1:9000",
    redirect: str | None = None,
) -> SignedForm:
    form = PostForm(
        endpoint=endpoint,
        bucket="photos",
        key=key,
        content_types=types,
        max_size=10,
        success_status=201,
        success_redirect=redirect,
    )
    return form.sign_v1(Credentials("id", "s3cr3t"), now=NOW)


def test_posts_the_fields_in_order_and_the_file_last() -> None:
    form = signed()
    page = Elements(render_plain_page(form))
    (element,) = page.all("form")
    assert element["action"] == "http://127.0.0.1:9000/photos"
    assert element["method"] == "post"
    assert element["enctype"] == "multipart/form-data"
    inputs = page.all("input")
    assert [(one["name"], one["value"]) for one in inputs[:-1]] == list(form.fields.items())
    assert {one["type"] for one in inputs[:-1]} == {"hidden"}
    file = inputs[-1]
    assert (file["type"], file["name"], "required" in file) == ("file", "file", True)
    assert "accept" not in file


def test_the_button_comes_after_the_file_and_sends_nothing() -> None:
    page = Elements(render_plain_page(signed()))
    assert [tag for tag, _ in page.tags][-3:] == ["input", "p", "button"]
    (button,) = page.all("button")
    assert button == {"type": "submit"}


def test_everything_is_escaped() -> None:
    form = signed(NASTY)
    page = Elements(render_plain_page(form, title=NASTY))
    assert page.all("script") == []
    assert page.all("input")[0]["value"] == NASTY
    assert page.text.count(NASTY) == 2


def test_says_its_language_and_labels_the_file() -> None:
    page = Elements(render_plain_page(signed(), title="Hochladen", language="de"))
    assert page.all("html") == [{"lang": "de"}]
    assert page.all("label") == [{"for": "file"}]
    assert page.all("input")[-1]["id"] == "file"
    assert any(one.get("name") == "viewport" for one in page.all("meta"))
    assert page.all("meta")[0] == {"charset": "utf-8"}


def test_tells_the_browser_which_types_to_offer() -> None:
    page = Elements(render_plain_page(signed(types=("image/png", "image/jpeg"))))
    assert page.all("input")[-1]["accept"] == "image/png,image/jpeg"


def test_the_secret_is_not_in_the_page() -> None:
    assert "s3cr3t" not in render_plain_page(signed())
    assert "s3cr3t" not in render_page(signed())


@pytest.mark.parametrize(
    ("language", "title", "limits"),
    [
        (
            "en",
            "Upload files",
            "At most 10 bytes · Allowed: PDF, DOCX · Open until 2030-01-01 01:00 UTC",
        ),
        (
            "zh-CN",
            "上传文件",
            "不超过 10 字节 · 允许的类型：PDF、DOCX · 有效至 2030-01-01 01:00 UTC",
        ),
    ],
)
def test_the_plain_form_tells_its_limits_in_its_language(
    language: str, title: str, limits: str
) -> None:
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    form = signed(types=("application/pdf", word))
    for text in (render_plain_page(form, language=language), render_page(form, language=language)):
        assert limits in text
        assert f"<h1>{title}</h1>" in text
        (file,) = [one for one in Elements(text).all("input") if one["type"] == "file"]
        assert {"id": file["aria-describedby"]} in Elements(text).all("p")
        button = {"en": "Upload", "zh-CN": "上传"}[language]
        assert f'<button type="submit">{button}</button>' in text


# --- the page with the script -----------------------------------------------------------------


def security_policy(page: str) -> dict[str, list[str]]:
    (meta,) = [one for one in Elements(page).all("meta") if "http-equiv" in one]
    assert meta["http-equiv"] == "Content-Security-Policy"
    directives = (text.split(" ") for text in str(meta["content"]).split("; "))
    return {name: sources for name, *sources in directives}


def test_the_plain_form_stands_in_the_element() -> None:
    form = signed(types=("image/png",))
    page = render_page(form)
    read = read_page(page)
    assert (read.action, dict(read.fields)) == (form.action, dict(form.fields))
    inside = page.partition("<pillarbox-upload")[2].partition("</pillarbox-upload>")[0]
    assert "<form " in inside
    (file,) = [one for one in Elements(page).all("input") if one["type"] == "file"]
    assert (file["name"], "required" in file, file["accept"]) == ("file", True, "image/png")


def test_the_forms_json_stands_in_the_element() -> None:
    form = signed(NASTY)
    page = render_page(form, title=NASTY)
    data = re.search(r'<script type="application/json">(.*?)</script>', page, re.S)
    assert data is not None
    assert json.loads(data[1]) == json.loads(form.to_json())
    assert len(Elements(page).all("script")) == 2
    assert Elements(page).text.count(NASTY) == 2


@pytest.mark.parametrize("title", [None, "Your résumé"])
def test_script_and_style_run_by_their_hashes_alone(title: str | None) -> None:
    page = render_page(signed(), title=title)
    policy = security_policy(page)
    for tag, directive in (('script type="module"', "script-src"), ("style", "style-src")):
        text = page.partition(f"<{tag}>")[2].partition(f"</{tag.partition(' ')[0]}>")[0]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert policy[directive] == [f"'sha256-{digest}'"]
    assert policy["default-src"] == ["'none'"]
    assert page.index("Content-Security-Policy") < page.index("<style>")
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page)


def test_it_may_reach_the_store_the_redirect_and_fresh_forms() -> None:
    policy = security_policy(render_page(signed()))
    assert policy["connect-src"] == policy["form-action"] == ["http://127.0.0.1:9000"]
    policy = security_policy(
        render_page(
            signed(endpoint="https://oss-cn-hangzhou.aliyuncs.com", redirect="https://a.example/x"),
            scripted=signed(endpoint="https://oss-cn-hangzhou.aliyuncs.com"),
            policy_url="https://user@b.example:8443/form",
        )
    )
    store = "https://photos.oss-cn-hangzhou.aliyuncs.com"
    assert policy["connect-src"] == [store, "https://b.example:8443"]
    assert policy["form-action"] == [store, "https://a.example"]
    assert security_policy(render_page(signed(), policy_url="/form"))["connect-src"][1] == "'self'"
    # Sources can't spell an IPv6 address.
    assert security_policy(render_page(signed(endpoint="http://[::1]:9000")))["connect-src"] == [
        "http:"
    ]


def test_another_form_for_the_script() -> None:
    form, scripted = signed(redirect="https://a.example/x"), signed()
    page = render_page(form, scripted=scripted, policy_url="/form", no_overwrite=False)
    (element,) = Elements(page).all("pillarbox-upload")
    assert element == {"policy-url": "/form", "next": "https://a.example/x"}
    assert scripted.fields["policy"] in page.partition("</script>")[0]
    assert dict(read_page(page).fields) == dict(form.fields)


def test_the_page_speaks_the_language_that_it_is_told() -> None:
    page = Elements(render_page(signed(), title="上传简历", language="zh"))
    assert page.all("html", "pillarbox-upload") == [
        {"lang": "zh"},
        {"no-overwrite": None, "lang": "zh"},
    ]
    assert "document.title =" not in render_page(signed(), title="Your résumé")
    assert "document.title =" in render_page(signed())
