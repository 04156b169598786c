"""`alliance-sim export`: the tables of a results folder for R, Excel and other programs."""

from alliance_sim.analysis.export import export
from alliance_sim.analysis.opened import opened
from alliance_sim.cli import folders
from alliance_sim.errors import ScenarioError
from alliance_sim.study.describing import ANSWERS
from alliance_sim.study.sheets import DICTIONARY, WRITERS

USAGE = (
    "export takes one folder, to=, and out= and tables= if wished; type alliance-sim export outputs/alliance to=csv."
)


def main(words: list[str]) -> int:
    """Write the tables.

    Raises:
        ScenarioError: The words are none that it takes.
        AnswerError: There is no such table, or a workbook cannot hold it.
        FolderError: The folder holds no results, is damaged, or `out` cannot be written or holds something else.
    """
    folder, given = folders.read(words, USAGE, "to", "out", "tables")
    if "to" not in given:
        raise ScenarioError(f"export needs to=, one of: {', '.join(WRITERS)}.")
    if given.get("out") == "":
        raise ScenarioError("out is empty; leave it out, or name where the tables go.")
    study = opened(folder)
    names = _listed(given["tables"]) if "tables" in given else None
    done = export(study, given["to"], given.get("out", ""), names, progress=True)
    if study.held.missing:
        print(f"{study.held.missing} trials of the study are not there yet; the others are exported.")
    said = [f"{name} {count:,} rows" for name, count in done.rows.items() if name != DICTIONARY and ANSWERS not in name]
    answers = sum(ANSWERS in name for name in done.rows)
    said += [f"{answers} tables of answers"] * bool(answers)
    print(f"Export: {done.place} ({', '.join(said)}; {DICTIONARY} says what each column is)")
    return 0


def _listed(text: str) -> list[str]:
    """The names in `[A, B]`, or in `A`."""
    inner = text.strip().removeprefix("[").removesuffix("]")
    return [name.strip().strip("'\"") for name in inner.split(",") if name.strip()]
