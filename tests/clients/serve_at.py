"""`pillarbox serve` whose requests are judged as if they came at a given moment.

    python serve_at.py 2030-01-01T00:00:00+00:00 serve --data DIR ...

Forms with a V4 signature are good for 7 days only; recorded ones need the clock of their day.
"""

from __future__ import annotations

import sys
from datetime import datetime

from pillarbox.cli.main import main
from pillarbox.server.service import Service

if __name__ == "__main__":
    moment = datetime.fromisoformat(sys.argv.pop(1))

    def then(self: Service) -> datetime:
        return moment

    Service.now = then  # type: ignore[method-assign]
    main()
