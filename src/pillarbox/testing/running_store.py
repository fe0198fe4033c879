"""`running_store`: a store for the length of a `with` block."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from pillarbox.forms import Credentials
from pillarbox.model.objects import AccessKey
from pillarbox.server import keeper
from pillarbox.server.directory_lock import DirectoryLock
from pillarbox.server.keeper_orders import Orders
from pillarbox.server.listening import ListenAddress, hold_port
from pillarbox.server.settings import Settings
from pillarbox.storage.layout import FOLDER_MODE
from pillarbox.testing.store import RunningStore
from pillarbox.testing.store_settings import checked_region, init_buckets, init_cors, root_key
from pillarbox.testing.store_thread import StoreThread

_LOOPBACK = ("127.0.0.0/8", "::1/128")


@contextmanager
def running_store(
    *,
    buckets: Mapping[str, str] | None = None,
    cors: str | Sequence[str] = (),
    strict_forms: bool = False,
    region: str | None = None,
    credentials: Credentials | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    port: int = 0,
    leading_slash_keys: bool = False,
    encrypted_at_rest: bool = False,
    anonymous_list: bool = False,
) -> Iterator[RunningStore]:
    """A store that runs in a thread of this process, on a free port of the loopback address.

    It is the server itself: the same requests, signatures, policies and access rules, and success
    is answered when the bytes are on the disk. The arguments are named after the options of
    `pillarbox serve`::

        with running_store(buckets={"resumes": "private:strict"}, cors=["*"]) as store:
            form = PostForm(endpoint=store.endpoint, bucket="resumes", key="cv.pdf")
            signed = form.sign_v1(store.credentials)

    At the end running requests get a second, connections are closed, and nothing is left: no
    thread, no socket, and of the data nothing but a `data_dir` that was given. Any number may run
    at once. The access log goes to the logger `pillarbox.access`, at `INFO`. Callbacks may go to
    this machine, where the site under test is.

    Args:
        buckets: name to ACL, each as in `--init-bucket`: `private`, `public-read`,
            `public-read-write`, with `:strict` behind it for strict forms.
        cors: origins whose pages may upload to `buckets` by script and read the answers; `*` for
            any. None by default, as OSS.
        strict_forms: forms must cover by policy every field that matters, in every bucket.
        region: the only region that V4 signatures may name; None for any.
        credentials: the root AccessKey; a fresh one by default.
        data_dir: where to keep the data, made if absent; a temporary directory by default.
        port: 0 for any free one.
        leading_slash_keys: a key may begin with / or a backslash.
        encrypted_at_rest: AES256 may be asked for.
        anonymous_list: anybody may list a public bucket.

    Raises:
        ValueError: for a bucket, an ACL, an origin, a region or credentials that are none.
        DirectoryInUseError: another store has `data_dir`.
        PortUnavailableError: `port` can't be listened on.
        OSError: the data can't be written.
    """
    buckets = buckets or {}
    key = root_key(credentials)
    settings = Settings(
        data_dir=Path(),
        port=port,
        region=checked_region(region),
        strict_forms=strict_forms,
        leading_slash_keys=leading_slash_keys,
        encrypted_at_rest=encrypted_at_rest,
        anonymous_list=anonymous_list,
        init_buckets=init_buckets(buckets),
        init_cors=init_cors(cors, buckets),
        callback_allow=_LOOPBACK,
    )
    with ExitStack() as stack:
        if data_dir is None:
            directory = Path(stack.enter_context(TemporaryDirectory(prefix="pillarbox-store-")))
        else:
            directory = Path(data_dir).absolute()
            directory.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
        yield _start(replace(settings, data_dir=directory), key, stack)


def _start(settings: Settings, key: AccessKey, stack: ExitStack) -> RunningStore:
    """Start the store; `stack` stops it."""
    lock = DirectoryLock(settings.data_dir)
    stack.callback(lock.release)
    held, port = hold_port(ListenAddress(settings.host, settings.port))
    stack.callback(held.close)
    settings = replace(settings, port=port)
    keeper.prepare_directory(Orders(settings, key, os.getpid()))
    thread = StoreThread(settings)
    stack.callback(thread.stop)
    thread.start()
    return RunningStore(settings.host, port, key.id, key.secret, settings.region)
