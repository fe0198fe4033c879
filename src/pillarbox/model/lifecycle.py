"""Lifecycle rules of a bucket: what becomes of its objects, versions and uploads as they grow old.

OSS: "PutBucketLifecycle", "Lifecycle rules based on the last modified time"; S3:
"PutBucketLifecycleConfiguration", "Managing the lifecycle of objects". What the rules do to a
version stands in `lifecycle_actions`, which rules may be set in `lifecycle_check`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: Under which kind the catalog keeps a bucket's rules.
LIFECYCLE = "lifecycle"

DAY_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class AfterDays:
    """At the first midnight, UTC, that is no sooner than so many days later.

    Both dialects round so (S3: "Lifecycle rules: based on an object's age").
    """

    days: int

    def due_ms(self, since_ms: int) -> int | None:
        """When it is due for what was written (or begun) at `since_ms`; None for never."""
        return -(-(since_ms + self.days * DAY_MS) // DAY_MS) * DAY_MS


@dataclass(frozen=True, slots=True)
class CreatedBefore:
    """From a moment on, for what is older than that moment (OSS: CreatedBeforeDate).

    Attributes:
        moment_ms: a midnight, milliseconds since the Unix epoch, UTC.
    """

    moment_ms: int

    def due_ms(self, since_ms: int) -> int | None:
        """As `AfterDays.due_ms`."""
        return self.moment_ms if since_ms < self.moment_ms else None


@dataclass(frozen=True, slots=True)
class OnDate:
    """From a moment on, for all that there is then and later (S3: Date).

    Attributes:
        moment_ms: as of `CreatedBefore`.
    """

    moment_ms: int

    def due_ms(self, _since_ms: int) -> int | None:
        """As `AfterDays.due_ms`."""
        return self.moment_ms


When = AfterDays | CreatedBefore | OnDate


@dataclass(frozen=True, slots=True)
class Transition:
    """Another storage class for current versions: here a label, as all classes are."""

    when: When
    storage_class: str


@dataclass(frozen=True, slots=True)
class NoncurrentExpiration:
    """The end of versions that are no longer current.

    Attributes:
        days: since another took a version's place.
        kept: so many of the youngest noncurrent versions stay (S3: NewerNoncurrentVersions).
    """

    days: int
    kept: int = 0


@dataclass(frozen=True, slots=True)
class NoncurrentTransition:
    """Another storage class for such versions; see `NoncurrentExpiration`."""

    days: int
    storage_class: str
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Exclusion:
    """What a rule leaves alone (OSS: Filter, Not).

    Attributes:
        tag: key and value that an object must have besides the prefix to be left alone; None for
            any object under the prefix.
    """

    prefix: str
    tag: tuple[str, str] | None = None

    def covers(self, key: bytes, tags: Mapping[str, str]) -> bool:
        """Whether an object of this key and these tags is left alone."""
        if not key.startswith(self.prefix.encode("utf-8")):
            return False
        return self.tag is None or tags.get(self.tag[0]) == self.tag[1]


@dataclass(frozen=True, slots=True)
class LifecycleRule:
    """One rule: which objects it is for, and what becomes of them.

    Attributes:
        id: unique in its bucket.
        tags: all of which an object must have.
        larger_than, smaller_than: bytes, both exclusive; None for no bound.
        excluded: what it leaves alone all the same.
        expiration: of current versions.
        removes_expired_markers: whether a delete marker goes that is all that a key has left.
        abort: of uploads in parts that are neither completed nor aborted, since they were begun.
    """

    id: str
    prefix: str = ""
    is_enabled: bool = True
    tags: tuple[tuple[str, str], ...] = ()
    larger_than: int | None = None
    smaller_than: int | None = None
    excluded: tuple[Exclusion, ...] = ()
    expiration: When | None = None
    removes_expired_markers: bool = False
    transitions: tuple[Transition, ...] = ()
    abort: When | None = None
    noncurrent_expiration: NoncurrentExpiration | None = None
    noncurrent_transitions: tuple[NoncurrentTransition, ...] = ()

    @property
    def has_actions(self) -> bool:
        """Whether it says that anything becomes of anything."""
        return bool(
            self.expiration
            or self.removes_expired_markers
            or self.transitions
            or self.abort
            or self.noncurrent_expiration
            or self.noncurrent_transitions
        )

    @property
    def asks_of_content(self) -> bool:
        """Whether it asks for tags or sizes, which neither delete markers nor uploads have."""
        return bool(self.tags) or self.larger_than is not None or self.smaller_than is not None

    def is_for(self, key: bytes, tags: Mapping[str, str], size: int) -> bool:
        """Whether it is for an object of this key, these tags and so many bytes."""
        return (
            self._is_for_key(key, tags)
            and all(tags.get(name) == value for name, value in self.tags)
            and (self.larger_than is None or size > self.larger_than)
            and (self.smaller_than is None or size < self.smaller_than)
        )

    def is_for_bare(self, key: bytes) -> bool:
        """Whether it is for what has neither tags nor bytes: a delete marker, an upload."""
        return not self.asks_of_content and self._is_for_key(key, {})

    def _is_for_key(self, key: bytes, tags: Mapping[str, str]) -> bool:
        if not key.startswith(self.prefix.encode("utf-8")):
            return False
        return not any(exclusion.covers(key, tags) for exclusion in self.excluded)


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """All rules of a bucket, in the order in which they were given."""

    rules: tuple[LifecycleRule, ...]

    @property
    def in_force(self) -> tuple[LifecycleRule, ...]:
        """Those that are not disabled."""
        return tuple(rule for rule in self.rules if rule.is_enabled)
