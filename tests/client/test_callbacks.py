from __future__ import annotations

import base64

import pytest

from pillarbox.callback.signature import SigningKey, text_to_sign
from pillarbox.client import callbacks
from pillarbox.client.callbacks import (
    CallbackKeys,
    ForgedCallbackError,
    KeyUnavailableError,
    verify_callback,
)
from tests.client.web_server import WebServer, web_server
from tests.server_process import ServerProcess

KEY = SigningKey.generate()
OTHER = SigningKey.generate()
BODY = "key=é".encode()


def signed(
    key: SigningKey = KEY, url: str = "", path: str = "/é a", query: str | None = "b=%20"
) -> dict[str, str]:
    """The headers of a callback."""
    return {
        "Authorization": key.sign(text_to_sign(path.encode(), query, BODY)),
        "X-Oss-Pub-Key-Url": base64.b64encode(url.encode()).decode(),
    }


def verify(
    headers: dict[str, str],
    keys: CallbackKeys | None = None,
    public_key: bytes | None = None,
    *,
    path: str = "/é a",
    query: str | bytes = b"b=%20",
    body: bytes = BODY,
) -> None:
    verify_callback(
        path=path, query=query, headers=headers, body=body, keys=keys, public_key=public_key
    )


def test_with_the_key_at_hand() -> None:
    pem = KEY.public_pem()
    verify(signed(), public_key=pem)
    verify(signed(query=None), public_key=pem, query="")
    for changed in (
        {"path": "/é"},
        {"query": b"b=+"},
        {"query": b""},
        {"body": BODY + b"&"},
    ):
        with pytest.raises(ForgedCallbackError, match="the signature is wrong"):
            verify(signed(), public_key=pem, **changed)
    with pytest.raises(ForgedCallbackError, match="the signature is wrong"):
        verify(signed(OTHER), public_key=pem)
    with pytest.raises(ForgedCallbackError, match="is not signed"):
        verify({}, public_key=pem)
    with pytest.raises(ValueError):
        verify(signed(), public_key=b"no key")


def store_of(server: WebServer) -> tuple[CallbackKeys, str]:
    return CallbackKeys(server.url), f"{server.url}/-/callback.pem"


def test_a_key_is_fetched_once() -> None:
    with web_server(200, KEY.public_pem()) as server:
        keys, url = store_of(server)
        for _ in range(3):
            verify(signed(url=url), keys)
        with pytest.raises(ForgedCallbackError):
            verify(signed(OTHER, url), keys)
        assert [asked.target for asked in server.received] == ["/-/callback.pem"]


def test_a_wrong_signature_may_mean_that_the_store_has_a_new_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with web_server(200, KEY.public_pem()) as server:
        keys, url = store_of(server)
        keys._kept[url] = (OTHER.public_pem(), 0.0)
        monkeypatch.setattr(callbacks, "_KEEP", float("inf"))
        verify(signed(url=url), keys)
        assert len(server.received) == 1


def test_a_key_that_was_had_before_is_used_while_the_store_is_down() -> None:
    with web_server(503) as server:
        keys, url = store_of(server)
        keys._kept[url] = (KEY.public_pem(), 0.0)
        verify(signed(url=url), keys)
        with pytest.raises(ForgedCallbackError):
            verify(signed(OTHER, url), keys)


def test_foreign_keys_are_not_even_fetched() -> None:
    with web_server(200, KEY.public_pem()) as server:
        for url in (f"{server.url}/inbox/callback.pem", f"{server.url}/-/callback.pem#", ""):
            with pytest.raises(ForgedCallbackError, match="is of no store that this site knows"):
                verify(signed(url=url), CallbackKeys(server.url))
        with pytest.raises(ForgedCallbackError, match="is of no store"):
            verify(signed(url=f"{server.url}/-/callback.pem"))
        assert server.received == []


def test_oss_is_not_believed_by_who_has_a_store_of_his_own() -> None:
    """Anybody with an account at OSS can have it sign a callback to any site."""
    url = "http://gosspublic.alicdn.com/callback_pub_key_v1.pem"
    keys = CallbackKeys(["https://files.example"])
    keys._kept[url] = (KEY.public_pem(), float("inf"))
    with pytest.raises(ForgedCallbackError, match="is of no store that this site knows"):
        verify(signed(url=url), keys)


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (404, b"", "answered 404"),
        (302, b"", "answered 302"),
        (200, b"no key", "can't be read"),
        (200, b"x" * 20_000, "too large for a key"),
    ],
)
def test_a_key_that_can_not_be_had(status: int, body: bytes, message: str) -> None:
    with web_server(status, body, {"Location": "http://127.0.0.1:9/"}) as server:
        keys, url = store_of(server)
        with pytest.raises(KeyUnavailableError, match=message):
            verify(signed(url=url), keys)


def test_a_store_that_is_gone() -> None:
    with web_server(200) as server:
        keys, url = store_of(server)
    with pytest.raises(KeyUnavailableError, match="can't be fetched"):
        verify(signed(url=url), keys)


def test_the_key_of_a_real_store(module_server: ServerProcess) -> None:
    keys = CallbackKeys([module_server.base_url])
    pem = keys.key(f"{module_server.base_url}/-/callback.pem")
    assert pem.startswith(b"-----BEGIN PUBLIC KEY-----\n")


def test_what_is_no_store() -> None:
    with pytest.raises(ValueError, match="is no store"):
        CallbackKeys(["files.example"])
