"""Forms as a visitor's browser posts them, to a store of `pillarbox.testing`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx

from pillarbox.forms import Credentials, PostForm
from pillarbox.testing import RunningStore

PDF = b"%PDF-1.7"


def post(
    store: RunningStore,
    *,
    bucket: str = "resumes",
    key: str = "cv.pdf",
    content: bytes = PDF,
    credentials: Credentials | None = None,
    changed: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    **form: Any,
) -> httpx.Response:
    """Sign a form, by `store.credentials` unless others are given, change fields, post it."""
    signed = replace(
        PostForm(
            endpoint=store.endpoint,
            bucket=bucket,
            key=key,
            max_size=1024,
            content_types=("application/pdf",),
            success_status=201,
        ),
        **form,
    ).sign_v1(credentials or store.credentials)
    return httpx.post(
        signed.action,
        data=dict(signed.fields) | (changed or {}),
        files={"file": ("cv.pdf", content, "application/pdf")},
        headers=headers,
    )


def code_of(answer: httpx.Response) -> str:
    """The code of a refusal."""
    return answer.text.partition("<Code>")[2].partition("</Code>")[0]
