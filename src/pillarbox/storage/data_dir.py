"""The data directory itself, made so that no power cut takes it away with all that is in it."""

from __future__ import annotations

from pathlib import Path

from pillarbox.storage.blobs.durability import WHOLE, Durability
from pillarbox.storage.blobs.run_folder import sync_folder
from pillarbox.storage.layout import FOLDER_MODE


def make_data_dir(root: Path, durability: Durability = WHOLE) -> None:
    """Make the data directory if it is not there, and force its name to the disk.

    Its missing parents are made and forced to the disk as well. Whoever needs the directory makes
    it here and nowhere else: of a folder that is there nobody can tell whether its name is safe.

    Raises OSError if it can't be made, FileExistsError or NotADirectoryError if it is no directory.
    """
    root = root.absolute()
    missing = [folder for folder in (root, *root.parents) if not folder.exists()]
    root.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
    for folder in reversed(missing):
        sync_folder(folder.parent, durability)
