from datetime import UTC, datetime
from html.parser import HTMLParser

from pillarbox.forms.page import render_page
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


def signed(key: str = "upload/${filename}", types: tuple[str, ...] = ()) -> SignedForm:
    form = PostForm(
        endpoint="http://127.0.0.1:9000",
        bucket="photos",
        key=key,
        content_types=types,
        max_size=10,
        success_status=201,
    )
    return form.sign_v1(Credentials("id", "s3cr3t"), now=NOW)


def test_posts_the_fields_in_order_and_the_file_last() -> None:
    form = signed()
    page = Elements(render_page(form))
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
    page = Elements(render_page(signed()))
    assert [tag for tag, _ in page.tags][-2:] == ["input", "button"]
    (button,) = page.all("button")
    assert button == {"type": "submit"}


def test_everything_is_escaped() -> None:
    form = signed(NASTY)
    page = Elements(render_page(form, title=NASTY))
    assert page.all("script") == []
    assert page.all("input")[0]["value"] == NASTY
    assert page.text.count(NASTY) == 2


def test_says_its_language_and_labels_the_file() -> None:
    page = Elements(render_page(signed(), title="Hochladen", language="de"))
    assert page.all("html") == [{"lang": "de"}]
    assert page.all("label") == [{"for": "file"}]
    assert page.all("input")[-1]["id"] == "file"
    assert any(one.get("name") == "viewport" for one in page.all("meta"))
    assert page.all("meta")[0] == {"charset": "utf-8"}


def test_tells_the_browser_which_types_to_offer() -> None:
    page = Elements(render_page(signed(types=("image/png", "image/jpeg"))))
    assert page.all("input")[-1]["accept"] == "image/png,image/jpeg"


def test_the_secret_is_not_in_the_page() -> None:
    assert "s3cr3t" not in render_page(signed())
