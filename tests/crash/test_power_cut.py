"""The power fails while uploads run: what was acknowledged is there afterwards.

**How it works.** The data directory lies on an ext4 filesystem of its own, in a file (`image`).
Several connections post forms to a real server (`load`): small objects that the catalog keeps and
large ones that become files, new keys and overwritten ones, keys that several want with
forbid-overwrite, and forms that are cut short; one connection uploads in parts (`parted`), two
change versions in a bucket that keeps them, which in half of the rounds is told again and again to
let that rest and to go on (`versioned`). Every attempt and its answer is noted (`ledger`,
`version_ledger`). At some moment the filesystem is stopped by an ioctl,
the server is killed, the filesystem mounted again, and a new server started on what is left
(`rounds`). Then (`comparison`)

- every acknowledged upload has its exact bytes; an overwritten key those of the last acknowledged
  upload or of a later one that was never answered,
- an upload without an answer is whole or absent, a refused or unfinished one absent,
- acknowledged parts are there and can be completed (`parted_comparison`); an upload whose
  completion was not answered is whole or as it was,
- of each key in the bucket with versions all acknowledged ones are there in their order, byte-exact
  under their ids, and no removed one; what was not answered happened whole or not at all, with what
  it does to the version that was the current one (`version_comparison`),
- nothing else can be read or listed, and the listing agrees with what is read,
- the catalog passes SQLite's integrity check, and the blob files on the disk are those that the
  catalog names: the sweep has removed what the crash left; no row is left that nothing names.

**Why kill -9 cannot show this.** What a killed process has written stays in the kernel's page
cache and reaches the disk in its own time. A server that never syncs passes every kill test; it
loses data when the machine stops. So the second half of this module leaves out each of the three
syncs in turn (`PILLARBOX_TEST_UNSAFE`) and fails unless the same rounds then find a loss: a test
that cannot fail proves nothing. `test_kill` shows what a kill can show.

**The moment.** Half of the rounds stop at a random time. The others stop in the instant in which a
large upload was acknowledged, when nothing else has yet made its name durable by accident
(`AtLargeAnswer` says how that happens).

`make crash` runs it, as root. `PILLARBOX_CRASH_ROUNDS` sets how many rounds, `PILLARBOX_CRASH_SEED`
repeats the random choices of a run, which every failure names.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from tests.crash.conftest import Settings
from tests.crash.image import Image, why_impossible
from tests.crash.load import AfterSeconds, AtLargeAnswer, Moment
from tests.crash.rounds import PowerCut, Rounds, random_moments


@pytest.fixture
def image(tmp_path: Path) -> Iterator[Image]:
    if reason := why_impossible():
        pytest.skip(f"no power can be cut: {reason}")
    with Image(tmp_path) as image:
        yield image


def test_what_was_acknowledged_survives_a_power_cut(image: Image, settings: Settings) -> None:
    rounds = Rounds(image.mount_point / "data", PowerCut(image))
    moments = islice(random_moments(settings.seed), settings.rounds)

    assert rounds.run(moments, seed=settings.seed) == []
    assert rounds.reap_and_compare() == []
    assert rounds.ledger.acknowledged > 0
    assert rounds.versions.acknowledged > 0


#: For each step the moment at which leaving it out shows best.
SHARPEST: dict[str, Moment] = {
    # Nothing but the blob's own sync writes its pages within seconds.
    "no-fdatasync": AtLargeAnswer(1),
    # The name is in the journal's running transaction, and nothing has committed that yet.
    "no-folder-fsync": AtLargeAnswer(1),
    # No sync of another file takes SQLite's log along.
    "no-catalog-sync": AfterSeconds(0.5),
}

#: Rounds in which a loss must show; it nearly always does in the first.
_ROUNDS_TO_LOSE = 5


@pytest.mark.parametrize("left_out", SHARPEST)
def test_without_any_one_of_the_syncs_it_does_not(
    image: Image, settings: Settings, left_out: str
) -> None:
    rounds = Rounds(image.mount_point / "data", PowerCut(image), left_out)

    flaws = rounds.run([SHARPEST[left_out]] * _ROUNDS_TO_LOSE, seed=settings.seed)

    assert any(flaw.is_loss for flaw in flaws), f"{left_out} went unnoticed: {flaws}"
