import json
from urllib.parse import parse_qs

from hypothesis import given
from hypothesis import strategies as st

from pillarbox.callback.template import (
    BODY_TYPES,
    JSON_BODY,
    SYSTEM_VARIABLES,
    BodyTemplate,
    UploadFacts,
    unknown_variables,
)
from tests.callback.uploads import FACTS, facts

EXPECTED = {
    "bucket": "photos",
    "object": 'a/é "b".png',
    "etag": "25F9E794323B453885F5181F1B624D0B",
    "size": 9,
    "mimeType": "image/png",
    "imageInfo.height": 2,
    "imageInfo.width": 3,
    "imageInfo.format": "png",
    "crc64": "11051210869376104954",
    "contentMd5": "AAAAAAAAAAAAAAAAAAAAAA==",
    "vpcId": "",
    "clientIp": "192.0.2.1",
    "reqId": "6" * 24,
    "operation": "PostObject",
    "x:a": "1&2",
    "x:none": "",
}


def test_every_variable_is_filled_in() -> None:
    assert EXPECTED.keys() - {"x:a", "x:none"} == SYSTEM_VARIABLES
    template = "&".join(f"{name}=${{{name}}}" for name in EXPECTED)
    found = parse_qs(BodyTemplate(template).fill(FACTS).decode(), keep_blank_values=True)
    assert found == {name: [str(value)] for name, value in EXPECTED.items()}
    template = "{" + ",".join(f'"{name}":${{{name}}}' for name in EXPECTED) + "}"
    assert json.loads(BodyTemplate(template, JSON_BODY).fill(FACTS)) == EXPECTED


def test_values_are_encoded_and_the_text_around_them_is_not() -> None:
    body = BodyTemplate("é &x:a=${x:a}&$(object)&${").fill(FACTS)
    assert body.decode() == "é &x:a=1%262&$(object)&${"
    assert BodyTemplate("${mimeType}").fill(FACTS) == b"image%2Fpng"
    # A frequent mistake, which OSS doesn't mend either.
    assert BodyTemplate('"${bucket}"', JSON_BODY).fill(FACTS) == b'""photos""'


def test_what_is_no_picture_has_empty_image_info() -> None:
    template = '[${imageInfo.height},${imageInfo.width},${imageInfo.format},"${contentMd5}"]'
    body = BodyTemplate(template, JSON_BODY).fill(facts(image=None, content_md5=None))
    assert body == b'["","","",""""]'
    assert BodyTemplate(template).asks_for_image
    assert not BodyTemplate("${size}").asks_for_image


def test_names_are_case_sensitive() -> None:
    text = "${Bucket}${bucket}${x:a_1}${x:A}${x:}${}${x:a-b}${ size}"
    assert list(unknown_variables(text)) == ["Bucket", "x:A", "x:", "", "x:a-b", " size"]


@given(
    names=st.lists(st.sampled_from(sorted(EXPECTED)), max_size=5),
    text=st.text(max_size=40),
    body_type=st.sampled_from(BODY_TYPES),
)
def test_the_largest_size_is_none_too_small(names: list[str], text: str, body_type: str) -> None:
    template = BodyTemplate("é" + "".join(f"${{{name}}}" for name in names), body_type)
    said: UploadFacts = facts(key=text, mime_type=text, custom={"x:a": text})
    largest = template.largest_size(text, said.custom)
    assert len(template.fill(said)) <= largest
