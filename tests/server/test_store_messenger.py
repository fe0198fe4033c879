from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from pillarbox.server.settings import Settings
from pillarbox.server.store_messenger import messenger_of
from pillarbox.storage.preparation import read_callback_key
from tests.storage.stores import new_data_dir


def test_it_signs_with_the_store_s_key(tmp_path: Path) -> None:
    data_dir = new_data_dir(tmp_path)
    messenger = messenger_of(Settings(data_dir))
    assert messenger.public_pem == read_callback_key(data_dir).public_pem()
    asyncio.run(messenger.close())


def test_no_process_of_a_server_imports_httpx_before_a_call() -> None:
    program = (
        "import sys\n"
        "import pillarbox.server.app, pillarbox.server.keeper, pillarbox.server.process\n"
        "print({'httpx', 'alembic'} & set(sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (ended.stdout, ended.stderr) == ("set()\n", "")
