"""Versions of a few keys beside a model that is a list, whatever is done in whatever order."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import Coroutine
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from pillarbox.model.objects import ListedVersion, ObjectSpec
from pillarbox.model.versioning import NamedVersion, Versioning
from pillarbox.storage.store import Store
from tests.refusing import refused
from tests.storage.recount import miscounts
from tests.storage.stores import OWNER, blob_files, content_of, new_data_dir, put, written

T = TypeVar("T")

#: Few, so that much happens to each.
KEYS = st.sampled_from([b"a", b"b"])
#: Inline, and in a file; lengths differ so that wrong sizes show.
SIZES = st.sampled_from([0, 1, 7, 100_001])
#: How far back in the list, from the youngest; beyond its end nothing is named.
PLACES = st.integers(0, 4)


@dataclass(frozen=True)
class Version:
    """One that should be there; `content` is None for a delete marker."""

    id: str | None
    content: bytes | None
    may_grow: bool = False


class VersionStacks(RuleBasedStateMachine):
    """A store, and for each key the list of its versions, the youngest first."""

    @initialize(versioning=st.sampled_from(Versioning))
    def begin(self, versioning: Versioning) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory(prefix="pillarbox-tests-")
        self.data_dir = new_data_dir(Path(self.folder.name))
        self.store = self.run(Store.open(self.data_dir))
        bucket = self.run(self.store.bucket("photos"))
        assert bucket is not None
        self.bucket = bucket
        self.versioning = Versioning.NEVER
        if versioning is not Versioning.NEVER:
            self.set_versioning(versioning)
        self.stacks: dict[bytes, list[Version]] = {}
        self.count = 0
        self.has_grown = False

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        if not hasattr(self, "store"):
            return
        self.run(self.store.close())
        self.loop.close()
        self.folder.cleanup()

    @rule(versioning=st.sampled_from([Versioning.ENABLED, Versioning.SUSPENDED]))
    def set_versioning(self, versioning: Versioning) -> None:
        self.run(self.store.set_bucket_versioning(self.bucket, versioning))
        self.versioning = versioning

    @rule(key=KEYS, size=SIZES)
    def write(self, key: bytes, size: int) -> None:
        content = self._content(size)
        stored = self.run(put(self.store, self.bucket, key, content))
        self._push(key, Version(stored.version_id, content))

    @rule(keys=st.lists(KEYS, min_size=2, max_size=5), size=SIZES)
    def write_together(self, keys: list[bytes], size: int) -> None:
        """Several in one batch; which comes first is the store's affair, so ids tell."""
        contents = [self._content(size) for _ in keys]

        async def all_at_once() -> list[Any]:
            return await asyncio.gather(
                *(put(self.store, self.bucket, *one) for one in zip(keys, contents, strict=True))
            )

        made = self.run(all_at_once())
        for key in dict.fromkeys(keys):
            mine = [
                Version(stored.version_id, content)
                for stored, content, at in zip(made, contents, keys, strict=True)
                if at == key
            ]
            if self.versioning is Versioning.ENABLED:
                order = [one.version_id for one in self._listed(key)]
                mine.sort(key=lambda one: order.index(one.id), reverse=True)
            else:
                current = self.run(self.store.object(self.bucket, key))
                assert current is not None
                last = self.run(content_of(self.store, current))
                mine = [one for one in mine if one.content == last]
            for one in mine:
                self._push(key, one)

    @rule(key=KEYS, size=SIZES)
    def append(self, key: bytes, size: int) -> None:
        content, current = self._content(size), self._current(key)
        upload = self.run(written(self.store, self.bucket, content))
        position = 0 if current is None else len(current.content or b"")
        commit = upload.commit_append(ObjectSpec(key), OWNER, position, None)
        if current is not None and not current.may_grow:
            with refused("ObjectNotAppendable", 409, ec="0026-00000017"):
                self.run(commit)
            self.run(upload.abort())
            return
        stored = self.run(commit)
        self.has_grown = True
        if current is None:
            self._push(key, Version(stored.version_id, content, may_grow=True))
            return
        assert stored.version_id == current.id, "an object that grows stays the same version"
        grown = (current.content or b"") + content
        self.stacks[key][0] = Version(current.id, grown, may_grow=True)

    @rule(key=KEYS)
    def delete(self, key: bytes) -> None:
        deletion = self.run(self.store.delete_object(self.bucket, key))
        assert deletion.was_there == (self._current(key) is not None)
        assert deletion.is_delete_marker == (self.versioning is not Versioning.NEVER)
        if self.versioning is Versioning.NEVER:
            self.stacks.pop(key, None)
        else:
            self._push(key, Version(deletion.version_id, None))

    @rule(key=KEYS, place=PLACES)
    def delete_version(self, key: bytes, place: int) -> None:
        stack = self.stacks.get(key, [])
        version = stack[place] if place < len(stack) else Version("0" * 32, None)
        named = NamedVersion(version.id)
        deletion = self.run(self.store.delete_object(self.bucket, key, version=named))
        assert deletion.was_there == (version in stack)
        if deletion.was_there:
            assert deletion.is_delete_marker == (version.content is None)
            stack.remove(version)

    @rule(source=KEYS, place=PLACES, key=KEYS)
    def copy(self, source: bytes, place: int, key: bytes) -> None:
        stack = self.stacks.get(source, [])
        if place >= len(stack) or stack[place].content is None or stack[place].may_grow:
            return
        named = NamedVersion(stack[place].id)
        stored = self.run(self.store.versions.find(self.bucket, source, named))
        assert stored is not None
        spec = ObjectSpec(key)
        copied = self.run(self.store.copy_object(stored, self.bucket, spec, OWNER))
        assert copied is not None
        self._push(key, Version(copied.version_id, stack[place].content))

    @invariant()
    def all_versions_are_there(self) -> None:
        if not hasattr(self, "store"):
            return
        listed = self._listed(b"")
        assert [(one.key, one.version_id, one.is_delete_marker) for one in listed] == [
            (key, version.id, version.content is None)
            for key, stack in sorted(self.stacks.items())
            for version in stack
        ]
        for one in listed:
            found = self.run(
                self.store.versions.find(self.bucket, one.key, NamedVersion(one.version_id))
            )
            assert found is not None
            (expected,) = [v for v in self.stacks[one.key] if v.id == one.version_id]
            if expected.content is not None:
                assert self.run(content_of(self.store, found)) == expected.content
        current = self.run(self.store.list_objects(self.bucket, max_keys=100))
        assert [one.key for one in current.objects] == [
            key for key in sorted(self.stacks) if self._current(key) is not None
        ]

    @invariant()
    def nothing_is_miscounted_and_no_bytes_are_left(self) -> None:
        if not hasattr(self, "store"):
            return
        kept = [v.content for stack in self.stacks.values() for v in stack if v.content]
        with closing(sqlite3.connect(self.data_dir / "catalog.sqlite3")) as catalog:
            assert miscounts(catalog) == []
            if self.has_grown:
                return  # of which the bytes lie in pieces, as many as the store likes
            inline = catalog.execute("SELECT count(*) FROM inline_blobs").fetchone()
            garbage = {row[0] for row in catalog.execute("SELECT blob_id FROM garbage")}
        assert inline == (sum(len(content) <= 65536 for content in kept),)
        files = {path.name for path in blob_files(self.data_dir)}
        # Copies share a file.
        large = {content for content in kept if len(content) > 65536}
        assert len(files - garbage) == len(large)

    def _content(self, size: int) -> bytes:
        self.count += 1
        return (b"%d " % self.count * (size // 2 + 1))[:size]

    def _listed(self, prefix: bytes) -> tuple[ListedVersion, ...]:
        page = self.run(self.store.versions.list(self.bucket, prefix=prefix, max_keys=1000))
        return page.versions

    def _current(self, key: bytes) -> Version | None:
        stack = self.stacks.get(key)
        return stack[0] if stack and stack[0].content is not None else None

    def _push(self, key: bytes, version: Version) -> None:
        stack = self.stacks.setdefault(key, [])
        if version.id is None:
            stack[:] = [one for one in stack if one.id is not None]
        stack.insert(0, version)


TestVersionStacks = VersionStacks.TestCase
TestVersionStacks.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
