"""Pillarbox itself with settings that its command line doesn't offer; run as a script.

    python store_server.py DIR SETTINGS_AS_JSON

So that no test waits for what an operator would wait for.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

from pillarbox.model.acl import BucketAcl
from pillarbox.model.objects import AccessKey
from pillarbox.server.process import serve
from pillarbox.server.settings import InitBucket, Settings
from pillarbox.server.worker import create_application


def main() -> int:
    """Serve as the arguments say; anybody may read and write the bucket `open`."""
    directory, values = sys.argv[1:]
    buckets = (InitBucket("open", BucketAcl.PUBLIC_READ_WRITE),)
    settings = replace(
        Settings(Path(directory), port=0, init_buckets=buckets), **json.loads(values)
    )
    key = AccessKey(
        id=os.environ["PILLARBOX_ACCESS_KEY_ID"],
        secret=os.environ["PILLARBOX_ACCESS_KEY_SECRET"],
        account_id="root",
    )
    return serve(settings, key, create_application)


if __name__ == "__main__":
    sys.exit(main())
