"""The fixtures, as pytest finds them where Pillarbox is installed: in runs of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

OPTIONS = """
    import pytest

    @pytest.fixture
    def pillarbox_store_options():
        return {"buckets": {"resumes": "private"}, "cors": "*"}
"""

TESTS = """
    import httpx, pytest
    from pillarbox.forms import PostForm

    @pytest.mark.parametrize("number", range(2))
    def test_upload(pillarbox_store, number):
        assert pillarbox_store.keys("resumes") == []
        form = PostForm(
            endpoint=pillarbox_store.endpoint, bucket="resumes", key=f"{number}", max_size=9
        )
        signed = form.sign_v1(pillarbox_store.credentials)
        headers = {"Origin": "https://www.example.com"}
        answer = httpx.post(
            signed.action, data=dict(signed.fields), files={"file": b"hello"}, headers=headers
        )
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == "*"
        assert pillarbox_store.keys("resumes") == [f"{number}"]
"""


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["one process", "xdist"])
def test_each_test_has_a_store_of_its_own(
    pytester: pytest.Pytester, options: tuple[str, ...]
) -> None:
    pytester.makeconftest(OPTIONS)
    pytester.makepyfile(TESTS)
    result = pytester.runpytest_subprocess("-W", "error", *options)
    result.assert_outcomes(passed=2)
    result.stderr.no_fnmatch_line("*")


def test_without_options_there_is_a_store_without_buckets(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        def test_empty(pillarbox_store):
            with pytest.raises(KeyError):
                pillarbox_store.keys("resumes")
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_a_failing_test_stops_its_store_and_shows_no_secret(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(OPTIONS)
    pytester.makepyfile(
        """
        import socket, threading

        seen = []

        def test_fails(pillarbox_store):
            seen.append(pillarbox_store)
            assert pillarbox_store.port == 0

        def test_nothing_is_left():
            (store,) = seen
            assert socket.socket().connect_ex((store.host, store.port)) != 0
            assert threading.active_count() == 1
        """
    )
    # That plugin has a thread of its own.
    result = pytester.runpytest_subprocess("--log-level=INFO", "-p", "no:rerunfailures")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*RunningStore(host='127.0.0.1', port=*, access_key_id='test*"])
    result.stdout.no_fnmatch_line("*access_key_secret*")


def test_wrong_options_are_one_line(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(OPTIONS.replace("private", "secret"))
    pytester.makepyfile(TESTS)
    result = pytester.runpytest_subprocess("-k", "0")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["pillarbox_store: buckets?'resumes'? is 'secret': give private,*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_without_the_server_extra(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = pytester.mkdir("base")
    (base / "sitecustomize.py").write_text("import sys\nsys.modules['granian'] = None\n")
    monkeypatch.setenv("PYTHONPATH", str(base))
    pytester.makepyfile(
        """
        import pytest

        def test_fixture(pillarbox_store):
            pass

        def test_import():
            with pytest.raises(ImportError, match=r"run pip install 'pillarbox\\[server\\]'"):
                from pillarbox.testing import running_store
        """
    )
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "pillarbox_store: pillarbox.testing runs the server: "
            "granian is not installed: run pip install 'pillarbox?server?'"
        ]
    )


def test_the_plugin_imports_nothing_before_it_is_used() -> None:
    program = (
        "import sys, pytest\n"
        "before = set(sys.modules)\n"
        "import pillarbox.testing.plugin\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.split() == [
        "pillarbox",
        "pillarbox.server",
        "pillarbox.server.extra",
        "pillarbox.testing",
        "pillarbox.testing.plugin",
    ], done.stderr


def test_the_fixtures_say_what_they_are(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess("--fixtures")
    result.stdout.fnmatch_lines(["pillarbox_store_options*", "pillarbox_store*"])
    result.stdout.fnmatch_lines(["*A running store of this test's own*"])


def test_a_name_that_the_package_does_not_have() -> None:
    import pillarbox.testing

    with pytest.raises(AttributeError, match="'stores'"):
        _ = pillarbox.testing.stores
