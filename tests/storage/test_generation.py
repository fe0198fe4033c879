from __future__ import annotations

import errno
import mmap
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pillarbox.storage.generation import Generation, GenerationCache


def change(generation: Generation) -> None:
    with generation.changing():
        pass


def test_a_cache_forgets_when_another_process_changes_something(tmp_path: Path) -> None:
    ours, theirs = Generation(tmp_path / "generation"), Generation(tmp_path / "generation")
    cache: GenerationCache[str, int] = GenerationCache(ours)
    cache.put("a", 1, ours.current())
    assert cache.get("a") == 1
    assert cache.get("b") is None
    change(theirs)
    assert ours.current() == theirs.current() == 2
    assert cache.get("a") is None
    cache.put("b", 2, ours.current())
    assert cache.get("b") == 2
    assert cache.get("a") is None


def test_what_was_looked_up_before_a_change_is_not_believed_after_it(tmp_path: Path) -> None:
    generation = Generation(tmp_path / "generation")
    cache: GenerationCache[str, int] = GenerationCache(generation)
    before = generation.current()
    change(generation)
    cache.put("a", 1, before)
    assert cache.get("a") is None


def test_nothing_is_kept_or_believed_during_a_change(tmp_path: Path) -> None:
    ours, theirs = Generation(tmp_path / "generation"), Generation(tmp_path / "generation")
    cache: GenerationCache[str, int] = GenerationCache(ours)
    cache.put("a", 1, ours.current())
    with theirs.changing():
        assert cache.get("a") is None
        during = ours.current()
        cache.put("a", 2, during)
        assert cache.get("a") is None
    cache.put("a", 3, during)
    assert cache.get("a") is None
    cache.put("a", 4, ours.current())
    assert cache.get("a") == 4


def test_a_change_that_fails_empties_the_caches_as_well(tmp_path: Path) -> None:
    generation = Generation(tmp_path / "generation")
    cache: GenerationCache[str, int] = GenerationCache(generation)
    cache.put("a", 1, generation.current())
    with pytest.raises(RuntimeError), generation.changing():
        raise RuntimeError
    assert generation.current() == 2
    assert cache.get("a") is None


def test_the_next_change_ends_one_that_was_cut_off(tmp_path: Path) -> None:
    killed, ours = Generation(tmp_path / "generation"), Generation(tmp_path / "generation")
    cache: GenerationCache[str, int] = GenerationCache(ours)
    cut_off = killed.changing()
    cut_off.__enter__()  # and never leaves
    assert ours.current() == 1
    cache.put("a", 1, ours.current())
    assert cache.get("a") is None
    change(ours)
    assert ours.current() == 2
    cache.put("a", 2, ours.current())
    assert cache.get("a") == 2


def test_a_cache_is_bounded(tmp_path: Path) -> None:
    generation = Generation(tmp_path / "generation")
    cache: GenerationCache[int, int] = GenerationCache(generation, max_entries=10)
    for number in range(1000):
        cache.put(number, number, 0)
        assert sum(cache.get(n) is not None for n in range(1000)) <= 10
    assert cache.get(999) == 999


def test_the_count_outlives_a_process(tmp_path: Path) -> None:
    first = Generation(tmp_path / "generation")
    change(first)
    first.close()
    assert Generation(tmp_path / "generation").current() == 2


def test_its_page_is_on_the_disk_before_anyone_writes_to_it(tmp_path: Path) -> None:
    path = tmp_path / "generation"
    Generation(path).close()
    assert path.stat().st_blocks * 512 >= mmap.PAGESIZE


@pytest.mark.parametrize("code", [errno.EOPNOTSUPP, errno.EINVAL])
def test_a_file_system_that_reserves_nothing_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    change(Generation(tmp_path / "generation"))
    assert Generation(tmp_path / "generation").current() == 2


def test_no_room_for_the_page_is_told_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    with pytest.raises(OSError, match="No space left"):
        Generation(tmp_path / "generation")


def test_a_page_without_a_block_gets_one_and_the_count_stays(tmp_path: Path) -> None:
    path = tmp_path / "generation"
    path.touch()
    os.truncate(path, mmap.PAGESIZE)
    first = Generation(path)
    assert path.stat().st_blocks * 512 >= mmap.PAGESIZE
    change(first)
    assert Generation(path).current() == 2


_COUNTS = """
import sys
from pathlib import Path
from pillarbox.storage.generation import Generation
generation = Generation(Path(sys.argv[1]))
for _ in range(200_000):
    with generation.changing():
        pass
"""


def test_another_process_never_reads_half_of_a_change(tmp_path: Path) -> None:
    generation = Generation(tmp_path / "generation")
    seen = 0
    with subprocess.Popen([sys.executable, "-c", _COUNTS, tmp_path / "generation"]) as counting:
        while counting.poll() is None:
            for _ in range(1000):
                now = generation.current()
                assert now >= seen
                seen = now
    assert (counting.returncode, generation.current()) == (0, 400_000)
