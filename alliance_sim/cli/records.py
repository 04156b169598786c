"""`alliance-sim records`: what a journal asks for, written from a results folder."""

from pathlib import Path

from alliance_sim.analysis.opened import opened
from alliance_sim.cli import folders
from alliance_sim.errors import ScenarioError
from alliance_sim.report.records.given import KEYS, given
from alliance_sim.report.records.writing import write

USAGE = (
    "records takes one folder, and author=, license=, date=, code=, out= or overwrite=true if wished; type "
    "alliance-sim records outputs/alliance."
)
ADVICE = {
    "license": "No license is stated: license=CC-BY-4.0 says under which others may use the results.",
    "author": "No author is named: author='NAME ORCID' does.",
}


def main(words: list[str]) -> int:
    """Write the records.

    Raises:
        ScenarioError: A word cannot be read.
        FolderError: The folder holds no results, is damaged, or cannot be written.
    """
    folder, values = folders.read(words, USAGE, *KEYS, "out", "overwrite")
    over = values.get("overwrite", "false")
    if over not in ("true", "false"):
        raise ScenarioError(f"overwrite={over[:40]!a} is neither true nor false; type overwrite=true.")
    said = given({key: value for key, value in values.items() if key in KEYS})
    made = write(opened(folder), said, values.get("out", ""), over == "true")
    print(f"Crate: {made.crate} (Process Run Crate 0.5: the folder is the crate)")
    print(f"Records: {made.folder} ({', '.join(made.names)})")
    if made.folder.resolve() != (Path(folder) / "records").resolve():
        print("They lie outside of the crate, which does not list them.")
    if made.missing:
        print(f"Incomplete: {made.missing} trials are not there, and the records say so.")
    for key, advice in ADVICE.items():
        if key not in values:
            print(advice)
    return 0
