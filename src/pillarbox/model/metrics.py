"""What a running store tells of itself in numbers: each metric, its labels, and who takes them.

Names follow Prometheus' conventions ("Metric and label naming"): base units, `_total` for what only
rises. Labels have few values, and all of them are the store's own words: no bucket, no key and
nothing else that a client makes up. None is called `job` or `instance`: those are Prometheus' own.

Who counts is told a `Meter` and knows nothing of where the numbers go.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol


class MetricKind(Enum):
    """What becomes of a metric's numbers when there are several processes, or one starts anew."""

    #: Only rises; the sum of all processes, those that have died included.
    COUNTER = auto()
    #: The sum of what living processes have at the moment.
    GAUGE = auto()
    #: The latest moment of all, in seconds since the Unix epoch.
    MOMENT = auto()
    #: How many of what is observed were no larger than each bound; summed as a counter.
    HISTOGRAM = auto()


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """One metric. Each is itself alone: compared by identity, which costs the hot path nothing.

    Attributes:
        labels: their names, in the order in which values are given.
        bounds: of a histogram's buckets, rising; the last one, infinity, goes without saying.
    """

    name: str
    help: str
    kind: MetricKind = MetricKind.COUNTER
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()


class Meter(Protocol):
    """Takes numbers, from any thread. Cheap, and never raises for what it is told."""

    def add(self, metric: Metric, amount: float = 1.0, labels: tuple[str, ...] = ()) -> None:
        """Count something, or let a gauge rise or fall."""

    def set(self, metric: Metric, value: float, labels: tuple[str, ...] = ()) -> None:
        """Note what a gauge or a moment is now."""

    def observe(self, metric: Metric, value: float, labels: tuple[str, ...] = ()) -> None:
        """Sort a value into a histogram."""


class _NoMeter:
    """Forgets what it is told: nobody asked for numbers."""

    def add(self, metric: Metric, amount: float = 1.0, labels: tuple[str, ...] = ()) -> None:
        pass

    def set(self, metric: Metric, value: float, labels: tuple[str, ...] = ()) -> None:
        pass

    def observe(self, metric: Metric, value: float, labels: tuple[str, ...] = ()) -> None:
        pass


NO_METER: Meter = _NoMeter()

#: From what a small object on a fast disk takes to what a large one on a slow line does, seconds.
_REQUEST_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600)
#: From a disk that keeps what it is told in memory to one that is about to fail, seconds.
_DISK_BOUNDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5)

REQUESTS = Metric(
    "pillarbox_requests_total",
    "Requests that were answered; code is that of the error, empty for none.",
    labels=("operation", "dialect", "status", "code"),
)
REQUESTS_IN_FLIGHT = Metric(
    "pillarbox_requests_in_flight",
    "Requests that are being received or answered.",
    MetricKind.GAUGE,
)
REQUEST_SECONDS = Metric(
    "pillarbox_request_duration_seconds",
    "From a request's head to its answer's end.",
    MetricKind.HISTOGRAM,
    ("operation",),
    _REQUEST_BOUNDS,
)
RECEIVED_BYTES = Metric(
    "pillarbox_received_bytes_total", "Bytes of requests' bodies.", labels=("operation",)
)
SENT_BYTES = Metric(
    "pillarbox_sent_bytes_total", "Bytes of answers' bodies.", labels=("operation",)
)
REFUSED_FORMS = Metric(
    "pillarbox_refused_forms_total",
    "Forms that were refused, by the code of the error.",
    labels=("dialect", "code"),
)
COMMIT_CHANGES = Metric(
    "pillarbox_commit_changes",
    "Changes of the catalog that one group commit took.",
    MetricKind.HISTOGRAM,
    bounds=(1, 2, 4, 8, 16, 32, 64, 128, 256),
)
COMMIT_SECONDS = Metric(
    "pillarbox_commit_duration_seconds",
    "What a group commit took, the wait for other processes included.",
    MetricKind.HISTOGRAM,
    bounds=_DISK_BOUNDS,
)
COMMIT_QUEUE = Metric(
    "pillarbox_commit_queue_changes",
    "Changes of the catalog that wait for their group commit to begin.",
    MetricKind.GAUGE,
)
SYNC_SECONDS = Metric(
    "pillarbox_sync_duration_seconds",
    "What forcing to the disk took: a blob's bytes, the names in a folder, a catalog's commit.",
    MetricKind.HISTOGRAM,
    ("what",),
    _DISK_BOUNDS,
)
TASK_RUNS = Metric(
    "pillarbox_task_runs_total",
    "Rounds of the work behind; outcome is ok or failed.",
    labels=("task", "outcome"),
)
TASK_END = Metric(
    "pillarbox_task_last_end_timestamp_seconds",
    "When the last round of the work behind ended well.",
    MetricKind.MOMENT,
    ("task",),
)
DELETED_FILES = Metric(
    "pillarbox_deleted_files_total",
    "Blob files that the work behind has deleted.",
    labels=("task",),
)
DELETED_BYTES = Metric("pillarbox_deleted_bytes_total", "Bytes of those files.", labels=("task",))
LIFECYCLE_ACTIONS = Metric(
    "pillarbox_lifecycle_actions_total",
    "What was done by lifecycle rules; action is expire, remove-version, remove-marker, "
    "transition or abort.",
    labels=("action",),
)
LIFECYCLE_HELD = Metric(
    "pillarbox_lifecycle_held",
    "1 while lifecycle rules wait because the clock is days ahead of when it was last seen.",
    MetricKind.GAUGE,
)
CALLBACK_ATTEMPTS = Metric(
    "pillarbox_callback_attempts_total",
    "Calls to sites after an upload, each with all its URLs; outcome is answered or failed.",
    labels=("outcome",),
)
CALLBACKS_GIVEN_UP = Metric(
    "pillarbox_callbacks_given_up_total",
    "Callbacks that no site has answered and that are not tried again.",
)
CALLBACKS_WAITING = Metric(
    "pillarbox_callbacks_waiting",
    "Callbacks in the outbox that are to be tried, those given up not among them.",
    MetricKind.GAUGE,
)
OPEN_CONNECTIONS = Metric(
    "pillarbox_open_connections", "Connections of clients, idle ones included.", MetricKind.GAUGE
)
DISK_FREE_BYTES = Metric(
    "pillarbox_disk_free_bytes",
    "What the file system of the data directory has left for this user.",
    MetricKind.GAUGE,
)
BUILD_INFO = Metric(
    "pillarbox_build_info",
    "Always 1; the labels say what runs.",
    MetricKind.GAUGE,
    ("version", "python", "granian"),
)
PROCESS_CPU_SECONDS = Metric(
    "process_cpu_seconds_total", "CPU time, user and system.", labels=("process",)
)
PROCESS_MEMORY_BYTES = Metric(
    "process_resident_memory_bytes", "Resident memory.", MetricKind.GAUGE, ("process",)
)
PROCESS_DESCRIPTORS = Metric(
    "process_open_fds", "Open file descriptors.", MetricKind.GAUGE, ("process",)
)
PROCESS_MAX_DESCRIPTORS = Metric(
    "process_max_fds", "File descriptors that may be open.", MetricKind.GAUGE, ("process",)
)
PROCESS_START = Metric(
    "process_start_time_seconds",
    "When the process began, in seconds since the Unix epoch.",
    MetricKind.MOMENT,
    ("process",),
)

#: Every metric, in the order in which they are shown.
METRICS = tuple(value for value in list(globals().values()) if isinstance(value, Metric))
