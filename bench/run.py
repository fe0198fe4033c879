"""Measure Pillarbox: `make bench`, or `python bench/run.py --help`."""

import sys
from pathlib import Path

if __name__ == "__main__":
    # As a script only this folder would be searched, and `bench` is a package beside `src`.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    from bench.command import main

    sys.exit(main())
