"""Keeps why forms were refused, for `pillarbox explain --request ID`.

Anybody can send forms that are refused, as many and as large as they like. So the answer never
waits for this: `keep` only notes what came. One task judges and writes, in a thread and one batch
at a time, and whatever there is too much of is kept shorter, or not at all:

    large forms, more than some a second      the answer alone, not judged
    far more a second, or a disk that stands  dropped, counted and told on standard error
    the folder's size, the age of its lines   bounded by `storage/journal.py`
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from dataclasses import dataclass
from datetime import datetime

from pillarbox.access.session_token import TokenKey, is_temporary
from pillarbox.forms.presented_form import PresentedForm
from pillarbox.forms.refused_form import RefusedForm, bare_report, judged_report, named_key_id
from pillarbox.forms.report import ReportedRefusal
from pillarbox.forms.store_rules import StoreRules
from pillarbox.model.bucket_forms import expects_s3_forms
from pillarbox.model.limits import KIB
from pillarbox.model.metrics import NO_METER, REFUSED_FORMS, Meter
from pillarbox.model.names import is_bucket_name
from pillarbox.model.objects import AccessKey
from pillarbox.model.refusals import Refusal
from pillarbox.model.s3_refusals import worded
from pillarbox.server.allowance import Allowance
from pillarbox.server.arrived_form import ArrivedForm
from pillarbox.server.notices import notify
from pillarbox.server.request import Request
from pillarbox.server.settings import Settings
from pillarbox.storage.journal import Journal
from pillarbox.storage.layout import Layout
from pillarbox.storage.store import Store

#: What is judged: so many fields of so many characters together.
MAX_FIELDS = 100
MAX_FIELDS_SIZE = 32 * KIB
#: How many forms are judged at once, and a second in the long run; and how many are kept at all.
JUDGED = (100, 5.0)
KEPT = (1000, 100.0)

#: An address may name what can be no bucket.
_LONGEST_BUCKET = 100
_MAX_WAITING = 1000
_BATCH = 20
#: Seconds between two looks for lines that are too old, and between two notices.
_INTERVAL = 60.0
#: How long the end waits for the last lines, in seconds.
_LAST_WORDS = 1.0

_log = logging.getLogger("pillarbox")


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A refused form that is to be kept.

    Attributes:
        form: None if it is not to be judged, and `why`.
        judged_at: at what moment, aware.
    """

    request_id: str
    time: datetime
    bucket: str
    answer: Refusal
    form: PresentedForm | None
    why: str
    judged_at: datetime


@dataclass(frozen=True, slots=True)
class _Case:
    """An arrival with what the store knows of it."""

    arrival: _Arrival
    key: AccessKey | None
    rules: StoreRules


class RefusedForms:
    """The refused forms of one worker. `run` is to be a task of its loop."""

    def __init__(
        self, store: Store, settings: Settings, tokens: TokenKey, meter: Meter = NO_METER
    ) -> None:
        """Keep them in the data directory of `settings`, and tell `meter` of each."""
        self._store = store
        self._tokens = tokens
        self._settings = settings
        self._meter = meter
        self._journal = Journal(Layout(settings.data_dir).refused_forms)
        self._judged = Allowance(*JUDGED)
        self._kept = Allowance(*KEPT)
        self._waiting: deque[_Arrival] = deque()
        self._changed = asyncio.Event()
        self._dropped = 0
        self._told = -_INTERVAL
        self._task: asyncio.Task[None] | None = None
        self._is_closed = False

    def keep(self, request: Request, arrived: ArrivedForm, answer: Refusal, now: datetime) -> None:
        """Keep why a form got `answer`, soon; never waits."""
        dialect = request.record.dialect
        self._meter.add(REFUSED_FORMS, 1, (dialect.name, worded(answer, dialect).code))
        if len(self._waiting) >= _MAX_WAITING or not self._kept.take():
            self._dropped += 1
            self._changed.set()
            return
        form, why = None, ""
        if not _is_small(arrived):
            why = f"over {MAX_FIELDS} fields, or over {MAX_FIELDS_SIZE} characters in them"
        elif not self._judged.take():
            why = "too many forms were refused at that time"
        else:
            form = arrived.presented(request)
        self._waiting.append(
            _Arrival(
                request.id,
                now,
                (request.address.bucket or "")[:_LONGEST_BUCKET],
                answer,
                form,
                why,
                arrived.judged_at or now,
            )
        )
        self._changed.set()

    def start(self) -> None:
        """Begin to judge and write, on the running loop."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Write what is left, for a second at most."""
        self._is_closed = True
        self._changed.set()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=_LAST_WORDS)
            self._task.cancel()

    async def _run(self) -> None:
        await self._expire()
        while True:
            try:
                async with asyncio.timeout(_INTERVAL):
                    await self._changed.wait()
            except TimeoutError:
                await self._expire()
            self._changed.clear()
            while self._waiting:
                await self._write_batch()
            self._tell_dropped()
            if self._is_closed:
                return

    async def _expire(self) -> None:
        try:
            await asyncio.to_thread(self._journal.expire)
        except OSError as error:
            notify(f"old lines of refused forms can't be deleted: {error.strerror}")

    async def _write_batch(self) -> None:
        batch = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
        cases = [await self._case(arrival) for arrival in batch]
        try:
            await asyncio.to_thread(self._write, cases)
        except OSError:
            self._dropped += len(cases)

    async def _case(self, arrival: _Arrival) -> _Case:
        settings = self._settings
        key, strict, s3_forms = None, settings.strict_forms, False
        if arrival.form is not None:
            try:
                if (key_id := named_key_id(arrival.form)) is not None:
                    key = await self._access_key(key_id)
                if is_bucket_name(arrival.bucket):
                    bucket = await self._store.bucket(arrival.bucket)
                    if bucket is not None:
                        strict = strict or bucket.strict_forms
                        s3_forms = expects_s3_forms(bucket)
            except Refusal:
                # The catalog can't tell at the moment; the answer is kept all the same.
                pass
        rules = StoreRules(
            strict,
            settings.leading_slash_keys,
            settings.encrypted_at_rest,
            settings.ceilings,
            s3_forms,
        )
        return _Case(arrival, key, rules)

    async def _access_key(self, key_id: str) -> AccessKey | None:
        """The AccessKey of an id; of a temporary one the secret is all that is known, and asked."""
        if is_temporary(key_id):
            return AccessKey(key_id, self._tokens.secret_of(key_id), account_id="")
        return await self._store.access_key(key_id)

    def _write(self, cases: list[_Case]) -> None:
        self._journal.append(b"".join(map(_line, cases)))

    def _tell_dropped(self) -> None:
        now = time.monotonic()
        if self._dropped and now - self._told >= _INTERVAL:
            notify(
                f"{self._dropped} refused forms can't be explained by their request id: too many "
                "came at once, or the data directory took no more"
            )
            self._dropped, self._told = 0, now


def _is_small(arrived: ArrivedForm) -> bool:
    fields, late = arrived.fields, arrived.late
    if len(fields) + len(late) > MAX_FIELDS:
        return False
    size = sum(len(name) + len(value) for name, value in fields) + sum(map(len, late))
    return size <= MAX_FIELDS_SIZE


def _line(case: _Case) -> bytes:
    arrival = case.arrival
    if arrival.form is None:
        report = bare_report(ReportedRefusal.of(arrival.answer), arrival.why)
    else:
        try:
            report = judged_report(
                arrival.form, arrival.answer, arrival.judged_at, case.key, case.rules
            )
        except Exception:
            _log.exception("the refused form of request %s can't be judged", arrival.request_id)
            why = "the judgement failed, the server's notices say how"
            report = bare_report(ReportedRefusal.of(arrival.answer), why)
    return RefusedForm(arrival.request_id, arrival.time, arrival.bucket, report).line()
