"""The recorder's command line: see the package's docstring."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

from tests.clients.record.clients import CLIENTS, Client

RECORDED = Path(__file__).parent.parent / "recorded"
INDEX = RECORDED / "index.json"


def main(prefixes: list[str]) -> int:
    """Record the clients whose name begins with one of `prefixes`, or all; 1 if one failed."""
    index = json.loads(INDEX.read_text("utf-8")) if INDEX.exists() else {}
    failed = False
    for client in CLIENTS:
        if prefixes and not client.name.startswith(tuple(prefixes)):
            continue
        try:
            request = client.record()
        except (Exception, subprocess.CalledProcessError) as error:
            failed = True
            print(f"{client.name}: not recorded: {type(error).__name__}: {error}", file=sys.stderr)
            continue
        _forget(client, index)
        name = f"{client.name}-{client.version()}.http"
        (RECORDED / name).write_bytes(request)
        index[name] = _entry(client)
        print(f"{name}: {len(request)} bytes")
    INDEX.write_text(json.dumps(dict(sorted(index.items())), indent=2, ensure_ascii=False) + "\n")
    return int(failed)


def _forget(client: Client, index: dict[str, dict[str, object]]) -> None:
    for name in [name for name, entry in index.items() if entry["client"] == client.name]:
        del index[name]
        (RECORDED / name).unlink(missing_ok=True)


def _entry(client: Client) -> dict[str, object]:
    expected = client.expected
    entry: dict[str, object] = {
        "client": client.name,
        "note": client.note,
        "signature": "v4" if client.v4 else "v1",
        "status": expected.status,
    }
    if expected.code:
        return entry | {"code": expected.code}
    content = base64.b64encode(expected.content).decode("ascii")
    return entry | {"key": expected.key, "content_base64": content}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
