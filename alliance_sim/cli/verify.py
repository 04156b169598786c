"""`alliance-sim verify`: whether a results folder is as it was written, and one digest of its content."""

import sys
from pathlib import Path

from alliance_sim.cli import folders
from alliance_sim.cli.entry import FAILED
from alliance_sim.report.records.stale import stale
from alliance_sim.study.verify import verify

USAGE = "verify takes one folder; type alliance-sim verify outputs/alliance."


def main(words: list[str]) -> int:
    """Check a results folder and print its digest.

    Returns:
        Exit code: 0, 1 if a file is damaged.

    Raises:
        FolderError: The folder holds no results, or was written by another version.
    """
    folder, _ = folders.read(words, USAGE)
    found = verify(folder)
    for said in found.damaged:
        print(f"damaged: {said}", file=sys.stderr)
    if found.damaged:
        print(f"Damaged files: {len(found.damaged)}; {found.advice}.", file=sys.stderr)
        return FAILED
    print(f"{folder}: every batch ({found.batches}) is as it was written; {found.trials} of {found.wanted} trials.")
    print(f"content {found.digest}")
    other = stale(Path(folder))
    if other:
        print(f"Note: {other}")
    return 0
