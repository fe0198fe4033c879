"""The keeper: the process that prepares the data directory, then keeps it tidy in the background.

It migrates the catalog, makes the root AccessKey, the key for callbacks and the first buckets,
holds the port, reports to the supervisor, and from then on sweeps, reaps, carries out lifecycle
rules and delivers callbacks.

Why the supervisor doesn't do this itself: it forks a worker at the start and again whenever one
dies. A SQLite connection, a thread or a lock that is open at a fork is broken in the child (SQLite:
"How To Corrupt", section 2.6; a lock held by another thread stays locked for ever), so the process
that forks must never have opened any. And why no worker does it: a respawned worker must not sweep
what another still writes, and sweeping must not delay a start.

Run as `python -m pillarbox.server.keeper`; the orders come pickled on standard input, so that no
secret stands in the arguments, and the report goes as one line of JSON to standard output.
"""

from __future__ import annotations

import dataclasses
import json
import os
import pickle
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing

from pillarbox.callback.retry import CALLBACK_RETRY, RetryRule, retry_document
from pillarbox.jobs import deliveries, lifecycle
from pillarbox.jobs import keeper as jobs
from pillarbox.model.cors import CORS, cors_document
from pillarbox.model.objects import AccessKey
from pillarbox.outgoing.messenger import Messenger
from pillarbox.server.keeper_orders import Orders, Report
from pillarbox.server.lifeline import die_with_parent
from pillarbox.server.listening import (
    ListenAddress,
    PortUnavailableError,
    hold_port,
    rejoin_port,
)
from pillarbox.server.notices import notify, notify_error, write_notices
from pillarbox.server.settings import Settings
from pillarbox.server.store_messenger import messenger_of
from pillarbox.server.tally import new_tallies, tally_of
from pillarbox.storage import clock, preparation
from pillarbox.storage.blobs.durability import VARIABLE, Durability
from pillarbox.storage.layout import Layout
from pillarbox.storage.outbox import Outbox

_STOP_SECONDS = 5.0


def main() -> None:
    """Follow the orders on standard input until SIGTERM or the supervisor's end."""
    # The supervisor ends us when its workers are gone; Ctrl-C reaches us as well and must wait.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    orders: Orders = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own parent
    die_with_parent(orders.parent_pid)
    write_notices(orders.settings.log_format)
    try:
        _held, report = prepare(orders)  # until this process ends
    except PortUnavailableError as error:
        notify_error(str(error))
        sys.exit(1)
    except Exception as error:
        cause = getattr(error, "orig", None) or error  # SQLAlchemy's errors tell the statement too
        line = " ".join(f"{type(error).__name__}: {cause}".splitlines()[:1])
        notify_error(f"can't prepare the data directory {orders.settings.data_dir}: {line}")
        sys.exit(1)
    _report(report)
    sys.exit(_keep(orders.settings))


def prepare(orders: Orders) -> tuple[tuple[socket.socket, ...], Report]:
    """Hold the ports and prepare the directory.

    Raises:
        PortUnavailableError: see `hold_port`.
        Exception: whatever hindered the catalog or the disk.
    """
    settings = orders.settings
    held, port = _hold(ListenAddress(settings.host, settings.port), "--listen", orders)
    admin_port = None
    if settings.admin is not None:
        held_admin, admin_port = _hold(settings.admin, "--admin", orders)
        held += held_admin
    key, created = prepare_directory(orders)
    if settings.admin is not None and not orders.again:
        new_tallies(Layout(settings.data_dir).metrics)
    return held, Report(port, key.id, key.secret if created else None, admin_port)


def _hold(
    address: ListenAddress, option: str, orders: Orders
) -> tuple[tuple[socket.socket, ...], int]:
    """What holds the port, as well as may be, and the real port."""
    if orders.again:
        rejoined = rejoin_port(address)
        return () if rejoined is None else (rejoined,), address.port
    held, port = hold_port(address, option)
    return (held,), port


def prepare_directory(orders: Orders) -> tuple[AccessKey, bool]:
    """Make the catalog, the root AccessKey and, at a start, the first buckets.

    Gives the root AccessKey, and whether it was generated now. Raises whatever hindered it.
    """
    settings = orders.settings
    durability = Durability.of_environment()
    if not durability.is_whole:
        notify_error(f"{VARIABLE} leaves syncs out: a power cut will lose acknowledged uploads")
    # A keeper that comes later undoes no new secret either.
    given = None if orders.again else orders.root_key
    key, created = preparation.prepare(settings.data_dir, given, durability)
    if not orders.again:
        with closing(Outbox(settings.data_dir, durability)) as outbox:
            outbox.end_first_leases(clock.now_ms())
        _ensure_buckets(settings, key.account_id, durability)
    return key, created


def _ensure_buckets(settings: Settings, account_id: str, durability: Durability) -> None:
    """Make the first buckets; at a start only, for later ones would undo what was changed since."""
    for bucket in settings.init_buckets:
        found = preparation.ensure_bucket(
            settings.data_dir,
            bucket.name,
            bucket.acl,
            owner_id=account_id,
            region=settings.bucket_region,
            strict_forms=bucket.strict_forms,
            configs=_init_configs(settings),
            durability=durability,
        )
        if found.acl is not bucket.acl:
            notify(
                f"the bucket {bucket.name} exists and stays {found.acl}; "
                f"--init-bucket does not make it {bucket.acl}"
            )


def _init_configs(settings: Settings) -> dict[str, str | None]:
    """The documents of the first buckets, None for one that is to be removed."""
    configs: dict[str, str | None] = {}
    if settings.init_cors is not None:
        configs[CORS] = cors_document(settings.init_cors)
    if settings.callback_retry is not None:
        rule = RetryRule(settings.callback_retry)
        configs[CALLBACK_RETRY] = retry_document(rule) if rule.seconds else None
    return configs


def _report(report: Report) -> None:
    sys.stdout.write(json.dumps(dataclasses.asdict(report)) + "\n")
    sys.stdout.flush()
    # Nobody reads there any more, and a full pipe would stop us.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _keep(settings: Settings) -> int:
    """Run the jobs in threads while this one waits for SIGTERM; gives the exit status."""
    stop = threading.Event()
    failed = threading.Event()
    durability = Durability.of_environment()
    meter = tally_of(settings, "keeper")

    def keep() -> None:
        jobs.run(
            settings.data_dir,
            stop,
            upload_expiry=settings.upload_expiry or None,
            durability=durability,
            meter=meter,
        )

    def deliver() -> None:
        def make_messenger() -> Messenger:
            return messenger_of(settings, meter)

        deliveries.run(settings.data_dir, stop, make_messenger, durability=durability, meter=meter)

    def age() -> None:
        interval = settings.lifecycle_interval
        if interval:
            lifecycle.run(
                settings.data_dir,
                stop,
                interval_seconds=interval,
                durability=durability,
                meter=meter,
            )
        stop.wait()

    def run(job: Callable[[], None]) -> None:
        try:
            job()
        except Exception as error:
            notify_error(f"background work stopped: {error!r}")
            failed.set()
        os.kill(os.getpid(), signal.SIGTERM)

    threads = [
        threading.Thread(target=run, args=(job,), name=job.__name__, daemon=True)
        for job in (keep, deliver, age)
    ]
    for thread in threads:
        thread.start()
    signal.sigwait({signal.SIGTERM})
    stop.set()
    deadline = time.monotonic() + _STOP_SECONDS
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return 1 if failed.is_set() else 0


if __name__ == "__main__":
    main()
