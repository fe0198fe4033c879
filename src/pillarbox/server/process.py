"""`pillarbox serve` as processes.

    supervisor   this process: holds the directory's lock, waits for signals, forks
      keeper     prepares the directory, holds the port, then sweeps and reaps
      worker     granian and the application: every request

Nothing of SQLite, no thread and no socket is ever open in the supervisor. Neither of the other two
outlives it. `pillarbox.server.supervisor` and `pillarbox.server.keeper` say why.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from pillarbox.model.objects import AccessKey
from pillarbox.server.banner import banner, start_details
from pillarbox.server.directory_lock import LOCK_NAME, DirectoryInUseError, DirectoryLock
from pillarbox.server.keeper_orders import Orders, Report
from pillarbox.server.keeper_process import KeeperFailedError, KeeperProcess
from pillarbox.server.listening import ListenAddress
from pillarbox.server.notices import announce, notify, notify_error, write_notices
from pillarbox.server.settings import Settings
from pillarbox.server.supervisor import Supervisor
from pillarbox.server.tls import TlsIdentity, read_tls
from pillarbox.server.worker import ApplicationFactory
from pillarbox.storage.data_dir import make_data_dir
from pillarbox.storage.layout import Layout


def serve(settings: Settings, root_key: AccessKey | None, factory: ApplicationFactory) -> int:
    """Run the server until a signal ends it.

    Args:
        settings: port 0 takes any free port.
        root_key: the operator's, or None: keep the one of `data_dir`, or generate it.
        factory: makes the application in each worker; at the top of a module, so that it pickles.

    Returns:
        The exit status: 0 after a clean stop, 1 if the directory or the port is in use, the
        directory can't be prepared, no worker could start, or requests had to be cut off; 2 if the
        directory can't be locked at all, or the certificate or the key can't be used.
    """
    write_notices(settings.log_format)
    try:
        tls = None if settings.tls is None else read_tls(settings.tls, datetime.now(UTC))
    except ValueError as error:
        notify_error(str(error))
        return 2
    # What is in the catalog is for the owner alone, whatever the umask was.
    os.umask(0o077)
    try:
        make_data_dir(settings.data_dir)
        lock = DirectoryLock(settings.data_dir)
    except DirectoryInUseError as error:
        notify_error(str(error))
        return 1
    except OSError as error:
        notify_error(
            f"can't lock {settings.data_dir / LOCK_NAME}: {error.strerror}; it must be a file that "
            "this user can write: mend that or choose another directory with --data"
        )
        return 2
    try:
        return _serve_locked(settings, root_key, factory, lock, tls)
    finally:
        lock.release()


def _serve_locked(
    settings: Settings,
    root_key: AccessKey | None,
    factory: ApplicationFactory,
    lock: DirectoryLock,
    tls: TlsIdentity | None,
) -> int:
    lock.write_holder(str(ListenAddress(settings.host, settings.port)))
    keeper = KeeperProcess(Orders(settings, root_key, os.getpid()), lock.fd)
    # Until granian's handlers are there, SIGTERM and Ctrl-C end the preparation.
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, signal.default_int_handler)
    try:
        report = keeper.prepare()
        settings = report.resolved(settings)
        lock.write_holder(str(ListenAddress(settings.host, settings.port)))

        def on_listening() -> None:
            _tell_start(settings, report)
            _warn_of_open_secret(Layout(settings.data_dir).root_access_key)
            if settings.tls is None:
                _warn_of_exposure(ListenAddress(settings.host, settings.port))
            if settings.admin is not None and not settings.admin.is_loopback:
                _warn_of_open_admin(settings.admin)

        return Supervisor(settings, factory, keeper, on_listening, tls).run()
    except KeeperFailedError:
        return 1
    except KeyboardInterrupt:
        keeper.kill()
        return 0
    finally:
        keeper.stop()


def _tell_start(settings: Settings, report: Report) -> None:
    if settings.log_format == "json":
        # Who reads standard output as JSON finds lines of the access log and nothing else.
        is_new = report.new_secret is not None
        details = start_details(settings, report.access_key_id, is_new=is_new)
        announce(f"Pillarbox listens on {details['endpoint']}", details)
    else:
        sys.stdout.write(banner(settings, report.access_key_id, report.new_secret))
        sys.stdout.flush()


def _warn_of_open_secret(path: Path) -> None:
    """Earlier versions kept a generated root AccessKey in a file, which nothing reads any more."""
    if path.exists():
        notify(
            f"{path} holds the secret of the root AccessKey open: nothing reads it any more; keep "
            "what it says elsewhere and delete it"
        )


def _warn_of_open_admin(address: ListenAddress) -> None:
    notify(
        f"the admin address {address} is open to other machines: whoever reaches it reads how this "
        "server is used, without a password; let a firewall keep others away"
    )


def _warn_of_exposure(address: ListenAddress) -> None:
    if not address.is_loopback:
        notify(
            f"{address} is open to other machines, without encryption: "
            "give --tls-cert and --tls-key, or put a proxy with TLS in front"
        )
