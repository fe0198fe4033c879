"""The upload page with forms of the S3 dialect, which refuses what its policy doesn't name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from pillarbox.forms import Credentials, PostForm, SignedForm, sign_s3_v2, sign_s3_v4
from pillarbox.forms.page import render_page
from tests.page.conftest import OpenPage
from tests.page.visit import bucket_of
from tests.server_process import ServerProcess

PNG = b"\x89PNG\r\n\x1a\n" + bytes(1000)

Sign = Callable[[PostForm, Credentials], SignedForm]


def _v4(form: PostForm, credentials: Credentials) -> SignedForm:
    return sign_s3_v4(form, credentials, "cn-hangzhou")


@pytest.mark.parametrize("sign", [_v4, sign_s3_v2], ids=["v4", "v2"])
@pytest.mark.parametrize("types", [("image/*",), ("image/png",), ()], ids=lambda one: str(one))
def test_a_page_for_s3_uploads(
    open_page: OpenPage,
    store: ServerProcess,
    tmp_path: Path,
    sign: Sign,
    types: tuple[str, ...],
) -> None:
    prefix = f"s3/{sign.__name__}/{len(types)}{''.join(types)[6:7]}/"
    form = PostForm(
        endpoint=store.base_url,
        bucket="inbox",
        key_prefix=prefix,
        content_types=types,
        min_size=1,
        max_size=1024 * 1024,
        success_status=201,
        expires=timedelta(minutes=10),
        metadata={"from": "page"},
    )
    signed = sign(form, Credentials(store.access_key.id, store.access_key.secret))
    file = tmp_path / "photo.png"
    file.write_bytes(PNG)
    visit = open_page(render_page(signed))
    visit.choose(file)
    visit.wait_for("uploaded", 1)

    stored = bucket_of(store).get_object(f"{prefix}photo.png")
    assert stored.read() == PNG
    assert stored.headers["x-oss-meta-from"] == "page"
    if types:
        assert stored.headers["Content-Type"] == "image/png"
