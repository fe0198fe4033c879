"""Calls to real sockets."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from pillarbox.callback.addresses import AddressRules
from pillarbox.callback.answer import unreachable
from pillarbox.callback.call import Call
from pillarbox.callback.signature import SigningKey, is_signed
from pillarbox.callback.target import Target
from pillarbox.outgoing.messenger import CallOutcome, Messenger
from tests.callback_site import GOOD, CallbackSite, answer, site, unused_port

KEY = SigningKey.generate()
KEY_URL = "http://store.example/-/callback.pem"
LOOPBACK = AddressRules.of(["127.0.0.0/8", "::1/128"])
MIB = 1024 * 1024


def call_to(*urls: str, host: str | None = None, body: str = "a=é") -> Call:
    return Call(
        id="id-1",
        targets=tuple(Target.parse(url) for url in urls),
        host=host,
        body_type="application/x-www-form-urlencoded",
        body=body,
        bucket="photos",
        etag="E",
        request_id="6" * 24,
    )


def made(call: Call, seconds: float = 30, names: dict[str, list[str]] | None = None) -> CallOutcome:
    """What becomes of a call; `names` are known to the resolver, the rest are addresses."""

    def resolver(host: str, _port: int) -> Sequence[str]:
        return (names or {}).get(host, [host])

    async def run() -> CallOutcome:
        messenger = Messenger(KEY, KEY_URL, LOOPBACK, resolver=resolver, seconds=seconds)
        try:
            return await messenger.call(call, await messenger.pin(call.targets))
        finally:
            await messenger.close()

    return asyncio.run(run())


def test_a_call_as_it_arrives() -> None:
    with site() as heard_by:
        outcome = made(call_to(heard_by.url("/index.php?id=1&index=2")))
    assert outcome == CallOutcome(GOOD)
    assert outcome.is_over
    (heard,) = heard_by.heard
    assert (heard.target, heard.body.decode()) == ("/index.php?id=1&index=2", "a=é")
    assert heard.headers["host"] == f"127.0.0.1:{heard_by.port}"
    assert heard.headers["content-type"] == "application/x-www-form-urlencoded"
    assert heard.headers["connection"] == "close"
    assert heard.headers["x-pillarbox-callback-id"] == "id-1"
    assert base64.b64decode(heard.headers["x-oss-pub-key-url"]).decode() == KEY_URL
    assert not heard.headers.keys() & {"cookie", "accept", "transfer-encoding"}
    text = "/index.php?id=1&index=2\na=é".encode()
    assert is_signed(text, heard.headers["authorization"], KEY.public_pem())


@pytest.mark.parametrize(
    ("target", "sent", "signed"),
    [
        ("", "/", "/"),
        ("?", "/", "/"),
        ("/a/../b/./c//d", None, None),
        ("/%2e%2E/%2fx?%2f", None, "/..//x?%2f"),
        ("/é+?é=é", "/%C3%A9+?%C3%A9=%C3%A9", "/é+?%C3%A9=%C3%A9"),
        ("/a'b\"c<d>?e'f\"g<h>", "/a'b%22c%3Cd%3E?e'f%22g%3Ch%3E", "/a'b\"c<d>?e'f%22g%3Ch%3E"),
        ("/100%", "/100%25", "/100%"),
    ],
)
def test_what_is_signed_is_what_is_sent(target: str, sent: str | None, signed: str | None) -> None:
    with site() as heard_by:
        assert made(call_to(heard_by.url(target))).answer == GOOD
    (heard,) = heard_by.heard
    assert heard.target == (sent or target)
    text = f"{signed or target}\na=é".encode()
    assert is_signed(text, heard.headers["authorization"], KEY.public_pem())


def test_another_host_header() -> None:
    with site() as heard_by:
        made(call_to(heard_by.url(), host="site.example"))
    assert heard_by.heard[0].headers["host"] == "site.example"


def test_the_address_is_called_and_the_name_is_told() -> None:
    with site() as heard_by:
        outcome = made(
            call_to(f"http://site.example:{heard_by.port}/"), names={"site.example": ["127.0.0.1"]}
        )
    assert outcome.answer == GOOD
    assert heard_by.heard[0].headers["host"] == f"site.example:{heard_by.port}"


def test_a_second_address_of_a_name_is_tried_if_the_first_takes_no_connection() -> None:
    with site() as heard_by:
        names = {"site.example": ["127.0.0.2", "127.0.0.1"]}
        assert made(call_to(f"http://site.example:{heard_by.port}/"), names=names).answer == GOOD


def test_by_ipv6() -> None:
    try:
        heard_by = CallbackSite(family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6")
    try:
        names = {"site.example": ["::1"]}
        assert made(call_to(f"http://site.example:{heard_by.port}/"), names=names).answer == GOOD
    finally:
        heard_by.close()


@pytest.mark.parametrize(
    ("reply", "message", "is_over"),
    [
        (answer(status=502), "Error status : 502.", False),
        (answer(status=429), "Error status : 429.", False),
        (answer(status=404), "Error status : 404.", True),
        (answer(status=201), "Error status : 201.", True),
        (answer(b"", 204), "Error status : 204.", True),
        (answer(b"ok"), "Response body is not valid json format.", True),
        (
            answer(b"x", headers="Transfer-Encoding: chunked\r\n"),
            "Error Status : 400.User server missing content-length.",
            True,
        ),
        (
            b"HTTP/1.1 200 OK\r\n\r\n{}",
            "Error Status : 400.User server missing content-length.",
            True,
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (MIB + 1),
            "Error Status : 400.User server return too long content-length value.",
            True,
        ),
        (
            answer(b""),
            "Error Status : 400.User server return invalid conent-length value.",
            True,
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
            "Error Status : 400.User server return invalid conent-length value.",
            True,
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
            "Error Status : 400.User server return invalid conent-length value.",
            True,
        ),
        (  # Cut off, but the site has said that it has the message.
            b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}",
            "Error Status : -1.OSS can not connect to your callbackUrl, please check it.",
            True,
        ),
        (
            b"no HTTP at all\r\n\r\n",
            "Error Status : -1.OSS can not connect to your callbackUrl, please check it.",
            False,
        ),
        (
            b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000 + b"\r\n",
            "Error Status : -1.OSS can not connect to your callbackUrl, please check it.",
            False,
        ),
    ],
)
def test_answers_that_are_none(reply: bytes, message: str, is_over: bool) -> None:
    with site(reply) as heard_by:
        outcome = made(call_to(heard_by.url()))
    assert (outcome.answer, outcome.message) == (None, message)
    assert outcome.is_over is is_over


def test_an_answer_of_the_largest_size() -> None:
    body = b'"' + b"x" * (MIB - 2) + b'"'
    with site(answer(body)) as heard_by:
        assert made(call_to(heard_by.url())).answer == body


def test_a_redirect_is_a_failure_and_is_not_followed() -> None:
    with site() as inside:
        redirect = answer(b"", 302, f"Location: {inside.url('/latest/meta-data')}\r\n")
        with site(redirect) as heard_by:
            outcome = made(call_to(heard_by.url()))
    assert outcome.message == "Error status : 302."
    assert outcome.is_over
    assert inside.heard == []


def test_nobody_listens() -> None:
    outcome = made(call_to(f"http://127.0.0.1:{unused_port()}/"))
    assert outcome.message == (
        "Error Status : -1.OSS can not connect to your callbackUrl, please check it."
    )
    assert not outcome.is_over


def test_a_site_that_does_not_answer() -> None:
    with site(None) as heard_by:
        outcome = made(call_to(heard_by.url()), seconds=0.2)
    assert outcome.message == (
        f"Error status : -1 127.0.0.1:{heard_by.port} reply timeout, cost:200ms, timeout:200ms "
        "(err -4, errno115)"
    )
    assert not outcome.is_over


def test_a_site_that_says_200_and_then_nothing_has_taken_it() -> None:
    with stalling_site(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{") as url:
        outcome = made(call_to(url), seconds=0.5)
    assert "reply timeout" in outcome.message
    assert outcome.is_over


@contextmanager
def stalling_site(reply: bytes) -> Iterator[str]:
    """The URL of a site that sends `reply` and keeps the connection open."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held: list[socket.socket] = []

        def serve() -> None:
            connection, _ = listener.accept()
            held.append(connection)
            connection.recv(65536)
            connection.sendall(reply)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        thread.join()
        for connection in held:
            connection.close()


def test_urls_are_tried_in_turn_until_one_answers_well() -> None:
    with site(answer(status=500)) as first, site(answer(b"no")) as second, site() as third:
        with site() as fourth:
            outcome = made(call_to(first.url("/1"), second.url(), third.url("/3"), fourth.url()))
        assert outcome.answer == GOOD
        assert [failure.status for failure in outcome.failures] == [500, 200]
        assert [len(one.heard) for one in (first, second, third, fourth)] == [1, 1, 1, 0]
        text = "/3\na=é".encode()
        assert is_signed(text, third.heard[0].headers["authorization"], KEY.public_pem())


def test_a_call_that_one_of_the_sites_took_is_over() -> None:
    with site(answer(status=500)) as first, site(answer(b"no")) as second:
        assert made(call_to(first.url(), second.url())).is_over
        assert made(call_to(second.url(), first.url())).is_over
    with site(answer(status=500)) as first, site(answer(status=404)) as second:
        assert not made(call_to(first.url(), second.url())).is_over


def test_only_so_many_calls_run_at_once() -> None:
    async def run(url: str) -> Sequence[CallOutcome]:
        messenger = Messenger(KEY, KEY_URL, LOOPBACK, seconds=0.5, most_calls=1)
        call = call_to(url)
        try:
            targets = await messenger.pin(call.targets)
            return await asyncio.gather(
                messenger.call(call, targets), messenger.call(call, targets)
            )
        finally:
            await messenger.close()

    with site(None) as heard_by:
        first, second = asyncio.run(run(heard_by.url()))
    messages = {first.message[:20], second.message[:20]}
    # Both wait as long: the second may still have had its turn.
    assert "Error status : -1 12" in messages
    assert messages <= {"Error status : -1 12", "Too many callback re"}


def test_cookies_are_forgotten() -> None:
    with site(answer(headers="Set-Cookie: a=b\r\n")) as heard_by:

        async def twice() -> None:
            messenger = Messenger(KEY, KEY_URL, LOOPBACK)
            call = call_to(heard_by.url())
            targets = await messenger.pin(call.targets)
            await messenger.call(call, targets)
            await messenger.call(call, targets)
            await messenger.close()

        asyncio.run(twice())
    assert len(heard_by.heard) == 2
    assert "cookie" not in heard_by.heard[1].headers


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{unused_port()}")
    with site() as heard_by:
        assert made(call_to(heard_by.url())).answer == GOOD


def test_certificates_that_can_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "absent.pem"))
    with site() as heard_by:
        outcome = made(call_to(heard_by.url("/first"), heard_by.url("/second")))
    assert outcome == CallOutcome(None, (unreachable(), unreachable()))
    assert not outcome.is_over
    assert heard_by.heard == []


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for `site.example`, and its key, in one file."""
    file = tmp_path / "site.pem"
    options = ["-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=site.example"]
    options += ["-addext", "subjectAltName=DNS:site.example", "-keyout", "key.pem"]
    try:
        subprocess.run(
            ["openssl", "req", "-x509", *options, "-out", "cert.pem"],
            cwd=tmp_path,
            check=True,
            capture_output=True,
        )
    except FileNotFoundError:
        pytest.skip("openssl is not installed (make services)")
    file.write_bytes((tmp_path / "key.pem").read_bytes() + (tmp_path / "cert.pem").read_bytes())
    return file


def test_tls_by_the_name_at_the_pinned_address(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _socket, name, _context: told.append(name)
    heard_by = CallbackSite(context=context)
    names = {"site.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]}
    call = call_to(f"https://site.example:{heard_by.port}/x")
    other = replace(call, targets=(Target.parse(f"https://other.example:{heard_by.port}/x"),))
    try:
        assert made(call, names=names).answer is None, "nobody knows who signed the certificate"
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.parent / "cert.pem"))
        assert made(call, names=names).answer == GOOD
        assert told[-1] == "site.example"
        assert made(other, names=names).answer is None, "the certificate is of another name"
    finally:
        heard_by.close()
    (heard,) = heard_by.heard
    assert heard.headers["host"] == f"site.example:{heard_by.port}"
