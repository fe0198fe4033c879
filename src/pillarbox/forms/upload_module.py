"""The upload page's script: the custom element `<pillarbox-upload>` as one ES module.

It is written in four files under `static/`, one idea each, that import each other, so a site may
copy and serve them as they are. A page that is opened from a file can't load modules, so it holds
them in one text: this one. The server serves the same.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

#: What is imported stands in front of what imports it.
_PARTS = ("upload_texts.js", "upload_transfer.js", "upload_row.js", "upload.js")
_IMPORT = re.compile(r"^import \{[^}]*\} from '\./[a-z_]+\.js';\n", re.MULTILINE)


@cache
def upload_module() -> str:
    """The module's text; it imports nothing."""
    folder = files("pillarbox.forms") / "static"
    return "\n".join(_IMPORT.sub("", (folder / part).read_text("utf-8")) for part in _PARTS)
