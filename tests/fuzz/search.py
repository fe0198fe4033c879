"""Has atheris search for an input that breaks a target, led by what its code covers.

    python -m tests.fuzz.search TARGET CORPUS SECONDS SEED

CORPUS is a folder: inputs are found there and new ones are left there. An input that breaks the
target is written beside it, as `CORPUS.crash-…`, and the process ends with another status than 0.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

#: Bytes of an input: many parts of a form fit.
_MAX_SIZE = 4096
#: Seconds for one input, after which it counts as one that never ends.
_HANG_SECONDS = 60
_MEMORY_MIB = 2048


def main() -> None:
    """Search as the arguments say."""
    name, corpus, seconds, seed = sys.argv[1:]
    with atheris.instrument_imports(include=["pillarbox"]):
        from tests.fuzz.targets import TARGETS
    target = TARGETS[name]
    folder = Path(corpus)
    folder.mkdir(exist_ok=True)
    for number, content in enumerate(target.SEEDS):
        (folder / f"seed-{number}").write_bytes(content)
    words = folder.with_name(f"{folder.name}.words")
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.WORDS), "ascii")
    options = {
        "max_total_time": seconds,
        "seed": seed,
        "max_len": str(_MAX_SIZE),
        "timeout": str(_HANG_SECONDS),
        "rss_limit_mb": str(_MEMORY_MIB),
        "dict": str(words),
        "artifact_prefix": f"{folder}.",
        "print_final_stats": "1",
    }
    arguments = [f"-{option}={value}" for option, value in options.items()]
    atheris.Setup([sys.argv[0], *arguments, str(folder)], target.check)
    atheris.Fuzz()


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    main()
