import json
from datetime import UTC, datetime, timedelta, timezone

from pillarbox.forms import Credentials, PostForm, SignedForm

BEIJING = datetime(2030, 1, 1, 8, tzinfo=timezone(timedelta(hours=8)))


def test_json_has_url_fields_in_order_and_limits() -> None:
    form = PostForm(
        endpoint="http://127.0.0.1:9000",
        bucket="photos",
        key_prefix="a</script><!--&/",
        min_size=1,
        max_size=10,
        content_types=("image/png",),
    )
    signed = form.sign_v1(Credentials("id", "secret-secret"), now=BEIJING)
    text = signed.to_json()
    document = json.loads(text)
    assert list(document) == ["url", "fields", "limits"]
    assert document["url"] == "http://127.0.0.1:9000/photos"
    assert list(document["fields"].items()) == list(signed.fields.items())
    assert document["limits"] == {
        "expires": "2030-01-01T01:00:00.000Z",
        "minSize": 1,
        "maxSize": 10,
        "contentTypes": ["image/png"],
    }
    # It may stand in a <script>.
    assert not set("<>&") & set(text)
    assert "secret-secret" not in text


def test_json_without_limits() -> None:
    signed = SignedForm("http://a/", {}, "", expires=datetime(2030, 1, 1, tzinfo=UTC))
    limits = json.loads(signed.to_json())["limits"]
    assert (limits["minSize"], limits["maxSize"], limits["contentTypes"]) == (0, None, [])


def test_neither_secret_nor_token_shows() -> None:
    credentials = Credentials("id", "the-secret", "the-token")
    assert repr(credentials) == "Credentials(access_key_id='id')"
