"""docs/serving.md: its certificate, its nginx in front of a store, its metrics and alerts."""

from __future__ import annotations

import json
import re
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
import yaml
from botocore.config import Config

from bench.servers import free_port, nginx_program
from pillarbox.model.limits import MAX_FIELD_VALUE_SIZE, MAX_FIELDS, MAX_FIELDS_SIZE, MIB
from pillarbox.model.metrics import METRICS, MetricKind
from pillarbox.server.body import DRAIN_BYTES
from pillarbox.server.field_memory import MAX_FIELD_MEMORY
from pillarbox.server.http_layer import http_layer
from pillarbox.server.outflow import Outflow
from pillarbox.server.settings import Settings
from tests.callback_site import site
from tests.conftest import StartServer
from tests.server.probing import accepts_on
from tests.server.scraping import AdminClient, Scraped
from tests.server_process import PATIENCE, ServerProcess, wait_until
from tests.wire.test_callbacks import encoded

PAGE = (Path(__file__).parents[2] / "docs" / "serving.md").read_text()

_AROUND = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {server}
}}
"""
#: Loopback has many addresses: one for the client, where nginx comes from 127.0.0.1.
_CLIENT = "127.0.0.2"


@dataclass(frozen=True, slots=True)
class Proxied:
    """A store and the nginx in front of it.

    Attributes:
        url: of nginx.
        client: comes from `_CLIENT`, over TLS to nginx.
    """

    store: ServerProcess
    url: str
    client: httpx.Client

    def logged(self, answer: httpx.Response) -> dict[str, object]:
        """The line of the access log of one answer."""
        request_id = answer.headers["x-oss-request-id"]
        self.store.wait_for_output(request_id)
        lines = self.store.output.splitlines()
        found = json.loads(next(line for line in lines if request_id in line))
        assert isinstance(found, dict)
        return found


def _block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def proxied(start_server: StartServer, tmp_path: Path) -> Iterator[Proxied]:
    program = nginx_program()
    if program is None:
        pytest.skip("nginx is not installed (make services)")
    subprocess.run(_block(""), cwd=tmp_path, shell=True, check=True, capture_output=True)
    store = start_server(
        *("--trusted-proxy", "127.0.0.1", "--callback-allow", "127.0.0.1"),
        *("--init-bucket", "open:public-read-write", "--log-format", "json"),
    )
    port = free_port()
    server = _block("nginx").replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
    server = server.replace("127.0.0.1:9000", f"127.0.0.1:{store.port}")
    (tmp_path / "nginx.conf").write_text(_AROUND.format(folder=tmp_path, server=server))
    command = [program, "-p", str(tmp_path), "-e", "stderr", "-c", str(tmp_path / "nginx.conf")]
    nginx = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    context = ssl.create_default_context(cafile=str(tmp_path / "fullchain.pem"))
    transport = httpx.HTTPTransport(verify=context, local_address=_CLIENT)
    try:
        wait_until(lambda: accepts_on(port) or nginx.poll() is not None, "nginx")
        with httpx.Client(transport=transport) as client:
            yield Proxied(store, f"https://localhost:{port}", client)
    finally:
        nginx.terminate()
        nginx.wait(PATIENCE)


def test_a_form_through_nginx(proxied: Proxied) -> None:
    """Log, callback and Location tell of the client, whatever it says of itself."""
    client, lies = proxied.client, {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "http"}
    with site() as one:
        called = {"callbackUrl": one.url(), "callbackBody": "ip=${clientIp}"}
        fields = {"key": "a b", "callback": encoded(**called)}
        answer = client.post(
            f"{proxied.url}/open", data=fields, files={"file": b"x" * 300_000}, headers=lies
        )
    assert (answer.status_code, answer.json()) == (200, {"Status": "OK"})
    assert [heard.body for heard in one.heard] == [f"ip={_CLIENT}".encode()]
    line = proxied.logged(answer)
    assert (line["remote"], line["operation"]) == (_CLIENT, "PostObject")

    plain = {"key": "c/d", "success_action_status": "201"}
    answer = client.post(f"{proxied.url}/open", data=plain, files={"file": b"x"}, headers=lies)
    assert answer.headers["Location"] == f"{proxied.url}/open/c%2Fd"
    assert client.get(answer.headers["Location"]).content == b"x"

    # Past nginx, from an address that is not trusted, nobody is believed.
    told = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "https"}
    with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.3")) as direct:
        url = f"{proxied.store.base_url}/open"
        answer = direct.post(url, data=plain, files={"file": b"x"}, headers=told)
    assert answer.headers["Location"].startswith("http://127.0.0.1:")
    assert proxied.logged(answer)["remote"] == "127.0.0.3"


def test_requests_of_s3_through_nginx(proxied: Proxied, tmp_path: Path) -> None:
    """What is signed comes through as it was: the Host, each header, the framing of the body."""
    key = proxied.store.access_key
    s3 = boto3.client(
        "s3",
        endpoint_url=proxied.url,
        region_name="us-east-1",
        aws_access_key_id=key.id,
        aws_secret_access_key=key.secret,
        verify=str(tmp_path / "fullchain.pem"),
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 0}),
    )
    body = b"x" * 300_000
    s3.put_object(Bucket="open", Key="a b", Body=BytesIO(body), Metadata={"of_a": "team"})
    answer = s3.get_object(Bucket="open", Key="a b", ChecksumMode="ENABLED")
    assert (answer["Body"].read(), answer["Metadata"]) == (body, {"of_a": "team"})
    assert "ChecksumCRC32" in answer


def _yaml(number: int) -> Any:
    return yaml.safe_load(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[number])


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scraped]:
    """What Prometheus finds with the page's own command and configuration."""
    found = re.search(r"^    pillarbox serve (--admin \S+)$", PAGE, re.MULTILINE)
    assert found is not None
    (config,) = _yaml(0)["scrape_configs"]
    (targets,) = config["static_configs"]
    assert found[1] == f"--admin {targets['targets'][0]}"
    option = found[1].replace(":9001", ":0").split()
    server = ServerProcess(
        tmp_path_factory.mktemp("metrics"), [*option, "--init-bucket", "open:public-read-write"]
    )
    try:
        httpx.post(f"{server.base_url}/open", data={"key": "a"}, files={"file": b"x" * 100_000})
        httpx.get(f"{server.base_url}/open/a")
        admin = AdminClient(server)
        assert config["metrics_path"] == "/-/metrics"
        yield admin.wait_for(
            lambda now: bool(
                now.value("pillarbox_requests_total") == 2
                and now.value("pillarbox_task_last_end_timestamp_seconds", task="pruning")
                and now.value("pillarbox_task_last_end_timestamp_seconds", task="lifecycle")
            ),
            "form, download and the keeper's first rounds",
        )
        server.stop()
    finally:
        server.end()


def test_alerts_ask_for_what_is_told(scraped: Scraped) -> None:
    (group,) = _yaml(1)["groups"]
    expressions = {rule["alert"]: rule["expr"] for rule in group["rules"]}
    assert len(expressions) == len(group["rules"]) > 3
    (job,) = [config["job_name"] for config in _yaml(0)["scrape_configs"]]
    assert expressions.pop("PillarboxDown") == f'up{{job="{job}"}} == 0'
    for expression in expressions.values():
        names = re.findall(r"pillarbox_\w+", expression)
        assert names, expression
        used = re.findall(r"(\w+)=~?\"", expression)
        used += re.findall(r"\w+", "".join(re.findall(r"by \(([^)]*)\)", expression)))
        for name in names:
            samples = scraped.labels(name)
            assert samples, f"{name} is not told"
            if "{" in expression or " by " in expression:
                assert set(used) <= {label for sample in samples for label, _ in sample}


def test_the_page_lists_every_metric() -> None:
    rows = re.findall(r"^\| `(\w+)` \((\w+)\) \| (.*?) ?\| (.*) \|$", PAGE, re.MULTILINE)
    kinds = {MetricKind.MOMENT: "gauge"}
    assert rows == [
        (
            metric.name,
            kinds.get(metric.kind, metric.kind.name.lower()),
            ", ".join(f"`{label}`" for label in metric.labels),
            metric.help,
        )
        for metric in METRICS
    ]


def test_every_listed_metric_is_told_but_what_has_not_happened(scraped: Scraped) -> None:
    absent = {metric.name for metric in METRICS} - {
        f"{name}_total" if family.type == "counter" else name
        for name, family in scraped.families.items()
    }
    assert absent == {
        "pillarbox_refused_forms_total",
        "pillarbox_deleted_files_total",
        "pillarbox_deleted_bytes_total",
        "pillarbox_lifecycle_actions_total",
        "pillarbox_callback_attempts_total",
    }


def test_the_words_of_labels(scraped: Scraped) -> None:
    """The page says what `what`, `task` and `process` may be."""
    for metric, label in (
        ("pillarbox_sync_duration_seconds_count", "what"),
        ("pillarbox_task_runs_total", "task"),
        ("process_open_fds", "process"),
    ):
        (sentence,) = re.findall(rf"^- `{label}` is (.*?)(?:[:;]|\.$|\n-)", PAGE, re.M | re.S)
        told = {dict(sample)[label] for sample in scraped.labels(metric)}
        assert set(re.findall(r"`(\w+)`", sentence)) == told


def test_the_pages_of_the_admin_address() -> None:
    listed = re.findall(r"^\| `(/-/\w+)` \|", PAGE, re.MULTILINE)
    assert listed == ["/-/metrics", "/-/live", "/-/ready"]


def test_the_bounds_of_slow_clients() -> None:
    settings = Settings(Path())
    rows = re.findall(r"^\| (.+?) \| (.+?) \| .+ \|$", PAGE, re.MULTILINE)
    bounds = {what.partition(",")[0].partition(";")[0]: bound for what, bound in rows}
    assert bounds["the head of a request"] == f"{settings.head_timeout:g} s"
    assert bounds["a body that stands still"] == f"{settings.idle_timeout:g} s"
    assert bounds["a body in the mean"] == f"{settings.min_rate:,.0f} bytes a second"
    assert bounds["an answer that is not read"] == f"{settings.idle_timeout * Outflow.patience:g} s"
    assert bounds["what is sent behind an early refusal"] == (
        f"{settings.refused_timeout:g} s, {DRAIN_BYTES // MIB} MiB"
    )
    one, all_of_them = MAX_FIELD_VALUE_SIZE // MIB, MAX_FIELDS_SIZE // MIB
    assert bounds["a form's fields"] == (
        f"{MAX_FIELDS:,}; {one} MiB each; {all_of_them} MiB in all"
    )
    assert bounds["the fields of all forms that are running"] == (
        f"{MAX_FIELD_MEMORY // MIB} MiB of memory"
    )
    connections = http_layer(settings.head_timeout)["backpressure"]
    assert bounds["connections at once"] == f"{connections:,}"
