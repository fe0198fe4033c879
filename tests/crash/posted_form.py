"""A form as it is posted: one signature for all keys of a load, and the body of each."""

from __future__ import annotations

from dataclasses import dataclass

from pillarbox.forms.post_form import Credentials, PostForm, SignedForm
from tests.crash.serving import DoomedServer

_BOUNDARY = "----pillarbox-crash-e0a8c1f7"

#: Of every request with such a body.
CONTENT_TYPE = f"multipart/form-data; boundary={_BOUNDARY}"

_MAX_SIZE = 1 << 30


@dataclass(frozen=True, slots=True)
class PostedForm:
    """A form whose policy lets any key under `load/` be sent to one bucket."""

    form: SignedForm

    @classmethod
    def of(cls, server: DoomedServer, bucket: str) -> PostedForm:
        """Signed by the server's root key."""
        form = PostForm(
            endpoint=server.base_url, bucket=bucket, key="load/${filename}", max_size=_MAX_SIZE
        )
        key = server.access_key
        return cls(form.sign_v1(Credentials(key.id, key.secret)))

    def body(self, key: str, data: bytes, more: dict[str, str] | None = None) -> bytes:
        """All of a request's body; `more` are further fields."""
        fields = dict(self.form.fields) | {"key": key} | (more or {})
        head = "".join(
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        )
        file = (
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        return b"".join((head.encode(), file.encode(), data, f"\r\n--{_BOUNDARY}--\r\n".encode()))
