"""`python -m experiments NAME|all [key=value …]`: run worked studies whole, write their findings and figures.

With key=value words, such as replicates=2, the study is run so and nothing is written into the README.
"""

import sys
import tempfile
from pathlib import Path

from alliance_sim.analysis.opened import Opened, opened
from alliance_sim.cli.entry import main as alliance_sim
from alliance_sim.figures import theme
from alliance_sim.report.drawings import drawings
from experiments.finding import PLACE, put
from experiments.studies import STUDIES, said


def ran(name: str, place: Path, words: list[str]) -> str:
    """Run a study, and what its finding needs besides, into folders of a place; returns the finding.

    Raises:
        RuntimeError: A run ended with another exit code than 0.
    """
    worked = STUDIES[name]
    runs = [(name, [f"experiment={name}", *worked.words])]
    if worked.beside:
        runs.append((worked.beside[0], [f"experiment={name}", *worked.beside[1:]]))
    for folder, own in runs:
        command = ["run", *own, *words, f"out={place / folder}", "figures=false"]
        code = alliance_sim(command)
        if code:
            raise RuntimeError(f"alliance-sim {' '.join(command)} ended with exit code {code}.")
    return said(name, lambda folder: opened(place / folder))


def draw(name: str, held: Opened) -> list[Path]:
    """Draw the figures that a study's README shows, beside it."""
    known = drawings(held) | STUDIES[name].draws(held)
    paths = []
    for figure in STUDIES[name].figures:
        path = PLACE / name / f"{figure}.png"
        theme.save(known[figure].draw(), path)
        paths.append(path)
    return paths


def main(arguments: list[str]) -> int:
    """Run the studies named and write what they found."""
    names = [word for word in arguments if "=" not in word]
    words = [word for word in arguments if "=" in word]
    unknown = [name for name in names if name not in (*STUDIES, "all")]
    if unknown or not names:
        print(f"name one of: all, {', '.join(STUDIES)}.", file=sys.stderr)
        return 2
    for name in STUDIES if "all" in names else names:
        with tempfile.TemporaryDirectory() as spare:
            place = Path("outputs") if not words else Path(spare)
            finding = ran(name, place, words)
            if words:
                print(finding)
                continue
            put(name, finding)
            print(f"{name}: written, with {', '.join(path.name for path in draw(name, opened(place / name)))}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
