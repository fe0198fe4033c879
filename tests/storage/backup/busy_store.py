"""A store that is written while a backup is made of it, and what it was seen to acknowledge."""

from __future__ import annotations

import random
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from pillarbox.model.objects import Bucket, ObjectSpec
from pillarbox.model.versioning import NamedVersion
from pillarbox.storage.store import Store
from tests.server_process import PATIENCE
from tests.storage.stores import LARGE, OWNER, put
from tests.storage.test_multipart import begun, complete, put_part

#: Keys of each client; half of them are left alone once they are filled.
_KEYS = 12

_SIZES = (0, 700, 40_000, LARGE, 700_000)


class Ledger:
    """What was acknowledged, what was on its way.

    Attributes:
        standing: each key's content that was acknowledged last; None where it was deleted.
        sent: all contents that a key was ever sent.
        changing: keys that were changed, or may have been, since `settled` was called.
        versions: content by key and id, of versions that were acknowledged and not yet asked to be
            removed; None for a delete marker. Empty where the bucket keeps none.
    """

    def __init__(self) -> None:
        self.standing: dict[bytes, bytes | None] = {}
        self.sent: defaultdict[bytes, set[bytes]] = defaultdict(set)
        self.changing: set[bytes] = set()
        self.versions: dict[tuple[bytes, str], bytes | None] = {}
        self._in_flight: Counter[bytes] = Counter()

    def settled(self) -> dict[bytes, bytes | None]:
        """What stands now; from now on it is noted what changes."""
        self.changing = {key for key, count in self._in_flight.items() if count}
        return dict(self.standing)

    @contextmanager
    def change(self, key: bytes, content: bytes | None) -> Iterator[None]:
        """Around a change; acknowledged if nothing is raised."""
        self.changing.add(key)
        self._in_flight[key] += 1
        if content is not None:
            self.sent[key].add(content)
        try:
            yield
            self.standing[key] = content
        finally:
            self._in_flight[key] -= 1


class Load:
    """Clients that upload, overwrite, copy, delete and upload in parts until they are stopped.

    Where the bucket keeps versions they remove some for good, too.

    Attributes:
        rounds: changes that were made so far.
    """

    def __init__(self, store: Store, bucket: Bucket, seed: int) -> None:
        self.ledger = Ledger()
        self.rounds = 0
        self._store = store
        self._bucket = bucket
        self._seed = seed
        self._stopped = False
        self._moved = threading.Condition()

    def wait_for_more(self, rounds: int) -> None:
        """Hold a thread up until so many changes more were made."""
        with self._moved:
            goal = self.rounds + rounds
            assert self._moved.wait_for(lambda: self.rounds >= goal, PATIENCE)

    def stop(self) -> None:
        """Let each client make its last change."""
        self._stopped = True

    async def fill(self, clients: int) -> None:
        """Give each key its first object, and every third another."""
        chance = random.Random(self._seed)
        for client in range(clients):
            for number in range(_KEYS):
                for _ in range(1 + (number % 3 == 0)):
                    await self._put(_key(client, number), chance)

    async def client(self, number: int) -> None:
        """One of them; its keys are nobody else's."""
        chance = random.Random(self._seed * 100 + number)
        ways = [self._put, self._put, self._delete, self._in_parts, self._copy]
        if self.ledger.versions:
            ways += [self._remove] * 3
        while not self._stopped:
            # Later keys only: the first half stays as it was filled.
            key = _key(number, chance.randrange(_KEYS // 2, _KEYS))
            await chance.choice(ways)(key, chance)
            with self._moved:
                self.rounds += 1
                self._moved.notify_all()

    async def _put(self, key: bytes, chance: random.Random) -> None:
        content = _content(chance)
        with self.ledger.change(key, content):
            stored = await put(self._store, self._bucket, key, content)
        self._note(key, stored.version_id, content)

    async def _delete(self, key: bytes, _: random.Random) -> None:
        with self.ledger.change(key, None):
            deletion = await self._store.delete_object(self._bucket, key)
        self._note(key, deletion.version_id, None)

    async def _remove(self, key: bytes, chance: random.Random) -> None:
        """Delete a former version for good: the current one stays what it is."""
        mine = sorted(version_id for at, version_id in self.ledger.versions if at == key)
        if len(mine) > 1:
            version_id = chance.choice(mine[:-1])
            del self.ledger.versions[key, version_id]
            named = NamedVersion(version_id)
            await self._store.delete_object(self._bucket, key, version=named)

    async def _in_parts(self, key: bytes, chance: random.Random) -> None:
        first, last = chance.randbytes(LARGE), _content(chance)
        with self.ledger.change(key, first + last):
            upload = await begun(self._store, self._bucket, key)
            await put_part(self._store, self._bucket, upload, 1, first[::-1])
            await put_part(self._store, self._bucket, upload, 1, first)
            await put_part(self._store, self._bucket, upload, 2, last)
            stored = await complete(self._store, self._bucket, upload)
        self._note(key, stored.version_id, first + last)

    async def _copy(self, key: bytes, chance: random.Random) -> None:
        source = _key(chance.randrange(2), chance.randrange(_KEYS // 2))
        content = self.ledger.standing[source]
        assert content is not None
        found = await self._store.object(self._bucket, source)
        assert found is not None
        with self.ledger.change(key, content):
            copied = await self._store.copy_object(found, self._bucket, ObjectSpec(key), OWNER)
        assert copied is not None, "nobody changes what it is a copy of"
        self._note(key, copied.version_id, content)

    def _note(self, key: bytes, version_id: str | None, content: bytes | None) -> None:
        if version_id is not None:
            self.ledger.versions[key, version_id] = content


def _key(client: int, number: int) -> bytes:
    return b"%d/%d" % (client, number)


def _content(chance: random.Random) -> bytes:
    return chance.randbytes(chance.choice(_SIZES))
