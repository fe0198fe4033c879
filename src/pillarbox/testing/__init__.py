"""A running store for the tests of whoever uploads by forms: signatures and policies are verified.

    with running_store(buckets={"resumes": "private"}, cors=["*"]) as store:
        ...  # post forms to store.endpoint, signed with store.credentials

It is the server itself, in a thread of the test's process. Needs the extra `server`.
`docs/testing.md` shows it in pytest, where the fixture is called `pillarbox_store`, and elsewhere.

running_store    start, stop, and what is left: nothing
store            RunningStore: what a test is given
store_settings   what running_store may be told
store_thread     the thread, its event loop, the server on it
embedded_server  granian, as it runs there
log_lines        the access log as records of `logging`
plugin           the fixtures; pytest finds them by an entry point
"""

from typing import TYPE_CHECKING, Any

from pillarbox.server.extra import find_hindrance

if TYPE_CHECKING:
    from pillarbox.testing.running_store import running_store
    from pillarbox.testing.store import RunningStore

__all__ = ["RunningStore", "running_store"]


def __getattr__(name: str) -> Any:
    """Import late: pytest loads the plugin, and so this package, in each of its runs.

    Raises:
        ImportError: the extra `server` is not installed.
    """
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if (hindrance := find_hindrance()) is not None:
        raise ImportError(f"pillarbox.testing runs the server: {hindrance}", name=__name__)
    from pillarbox.testing.running_store import running_store
    from pillarbox.testing.store import RunningStore

    globals().update(RunningStore=RunningStore, running_store=running_store)
    return globals()[name]
