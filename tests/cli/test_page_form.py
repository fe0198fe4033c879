from pillarbox.cli.page_form import read_page

PAGE = """
<form action="/search"><input name="q"></form>
<form action="http://127.0.0.1:9000/inbox" method="POST" enctype="multipart/form-data">
  <input type="hidden" name="key" value="a&amp;b">
  <textarea name="policy">
one
two</textarea>
  <input type="checkbox" name="on" checked><input type="checkbox" name="off">
  <input type="button" name="silent"><input name="gone" disabled><input value="nameless">
  <input type="FILE" name="file"><input type="file" name="second">
  <button name="go" value="1">Go</button><button type="button" name="silent2"></button>
</form>
<input name="outside">
"""


def test_the_fields_are_those_that_a_browser_sends() -> None:
    form = read_page(PAGE)
    assert form.action == "http://127.0.0.1:9000/inbox"
    assert form.fields == [("key", "a&b"), ("policy", "one\r\ntwo"), ("on", "on"), ("go", "1")]
    assert (form.file_field, form.file_position, form.multipart) == ("file", 3, True)


def test_a_form_that_is_not_sent_as_parts() -> None:
    form = read_page('<form action="/a" method="post"><input type="file" name="file"></form>')
    assert not form.multipart
