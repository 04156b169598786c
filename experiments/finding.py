"""Where a study's finding stands in its README, and how tables are written there."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from alliance_sim.analysis import printing
from alliance_sim.analysis.estimates import Pair, contrasts as paired_contrasts, mean_and_error, taken
from alliance_sim.analysis.monte_carlo import Found
from alliance_sim.analysis.opened import Opened
from alliance_sim.analysis.running import STANDARDISED
from alliance_sim.figures import parts
from alliance_sim.report import tables
from alliance_sim.study.identity import laws_key

PLACE = Path(__file__).parent
BEGIN, END = "<!-- finding: written by python -m experiments {} -->", "<!-- /finding -->"
BLOCK = re.compile(r"<!-- finding: written by python -m experiments (\w+) -->\n(.*?)<!-- /finding -->", re.DOTALL)
OUTCOMES = ("change", "response", "dropout", "adverse", "wai_final")


def text(name: str) -> str:
    """The finding as it stands in a study's README.

    Raises:
        ValueError: The README has no such block, or several.
    """
    found = BLOCK.findall((PLACE / name / "README.md").read_text(encoding="utf-8"))
    if [whose for whose, _ in found] != [name]:
        raise ValueError(f"experiments/{name}/README.md needs one block between {BEGIN.format(name)} and {END}.")
    return str(found[0][1])


def put(name: str, said: str) -> None:
    """Write a finding into a study's README."""
    text(name)
    page = PLACE / name / "README.md"
    block = f"{BEGIN.format(name)}\n{said}{END}"
    page.write_text(BLOCK.sub(lambda _: block, page.read_text(encoding="utf-8")), encoding="utf-8")


def opening(opened: Opened) -> str:
    """What the numbers rest on, in a sentence."""
    study = opened.study
    each = "an arm" if study.design.of_arms else "a point"
    return (
        f"From {study.replicates:,} trials of {opened.base.patients.number} patients {each}, seed {study.seed}, "
        f"model sources `{laws_key()}`; ± Monte Carlo standard error."
    )


def markdown(table: tables.Table) -> str:
    """A table of the report as Markdown."""
    line = [" --- " if not numeric else " ---: " for numeric in table.numeric]
    rows = [table.heads, *table.rows]
    made = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    made.insert(1, f"|{'|'.join(line)}|")
    return "\n".join([*([f"{table.caption}:", ""] if table.caption else []), *made])


def outcomes(
    opened: Opened, measures: Sequence[str] = OUTCOMES, pairs: Sequence[tuple[str, str]] = (), arms: Sequence[str] = ()
) -> str:
    """Outcomes of arms, and some of their paired contrasts beside them."""
    named = printing.labels(opened.base) | {STANDARDISED: "standardised change"}
    arms = arms or list(opened.scenarios)
    means = opened.answers.by_arm.set_index(["measure", "arm"])
    contrasts = opened.answers.contrasts.set_index(["measure", "arm", "versus"])
    rows = []
    for measure in measures:
        row = [named[measure].strip()]
        for arm in arms:
            found = means.loc[(measure, arm)]
            row.append(printing.estimate(measure, found["estimate"], found["mcse"]))
        for pair in pairs:
            found = contrasts.loc[(measure, *pair)]
            row.append(printing.estimate(measure, found["difference"], found["mcse"], "pp"))
        rows.append(row)
    heads = ["", *arms, *(f"{arm} − {versus}" for arm, versus in pairs)]
    return markdown(tables.Table("", [head.replace("_", " ") for head in heads], [0, *[1] * (len(heads) - 1)], rows))


def contrasts(opened: Opened, measures: Sequence[str] = OUTCOMES) -> str:
    """Paired contrasts of all arms with the base, an arm a row."""
    named = printing.labels(opened.base) | {STANDARDISED: "standardised change"}
    held = opened.answers.contrasts.set_index(["measure", "arm", "versus"])
    pairs = list(dict.fromkeys(zip(opened.answers.contrasts["arm"], opened.answers.contrasts["versus"], strict=True)))
    rows = []
    for arm, versus in pairs:
        found = [held.loc[(measure, arm, versus)] for measure in measures]
        cells = [
            printing.estimate(measure, row["difference"], row["mcse"], "pp")
            for measure, row in zip(measures, found, strict=True)
        ]
        rows.append([f"{arm} − {versus}".replace("_", " "), *cells])
    heads = ["", *(printing.short(named[measure]) for measure in measures)]
    return markdown(tables.Table("", heads, [0, *[1] * len(measures)], rows))


def differences(opened: Opened, pairs: Sequence[Pair]) -> pd.DataFrame:
    """Differences of any pairs of arms, paired by replicate: tidy rows as of an answer, shares in percentage points."""
    frame = paired_contrasts(taken(opened.trials, pairs)).rename(columns={"difference": "estimate"})
    shares = frame["measure"].isin(printing.SHARES)
    return frame.assign(**{name: frame[name].where(~shares, 100 * frame[name]) for name in Found._fields})


def ranked(frame: pd.DataFrame, named: Mapping[str, str], caption: str) -> str:
    """Differences of one arm a row, the lowest of the first measure first; where an interval holds 0 it is said.

    Args:
        frame: Columns name, measure, estimate, mcse, lower and upper.
        named: The measures, with their heads.
        caption: What the table shows.
    """
    held = frame.set_index(["measure", "name"])
    first = next(iter(named))
    names = held.loc[first]["estimate"].sort_values(kind="stable").index.tolist()
    columns = []
    for measure in named:
        own = held.loc[[(measure, name) for name in names]]
        said = parts.numbers(own["estimate"].tolist(), own["mcse"].tolist())
        zero = (own["lower"] <= 0) & (own["upper"] >= 0)
        columns.append([_error(cell) + ", holds 0" * holds for cell, holds in zip(said, zero, strict=True)])
    rows = [
        [str(place), _read(name), *cells]
        for place, (name, *cells) in enumerate(zip(names, *columns, strict=True), start=1)
    ]
    return markdown(tables.Table(caption, ["", "", *named.values()], [0, 0, *[1] * len(named)], rows))


def grid(opened: Opened, measure: str, down: str, across: str) -> str:
    """A measure at every point of a design of two keys."""
    named = printing.labels(opened.base) | {STANDARDISED: "standardised change"}
    held = opened.answers.by_arm.merge(opened.design, on="point")
    own = held[held["measure"] == measure].set_index([down, across])
    columns = sorted(opened.design[across].unique())
    rows = []
    for level in sorted(opened.design[down].unique()):
        found = [own.loc[(level, column)] for column in columns]
        rows.append([f"{level:g}", *(printing.estimate(measure, row["estimate"], row["mcse"]) for row in found)])
    heads = [f"{down} ↓ {across} →", *(f"{column:g}".replace("-", "−") for column in columns)]
    return markdown(tables.Table(named[measure].strip(), heads, [0, *[1] * len(columns)], rows))


def answer(
    opened: Opened,
    name: str,
    named_by: Sequence[str],
    caption: str = "",
    only: Callable[[pd.DataFrame], "pd.Series[bool]"] | None = None,
) -> str:
    """A table of an answer, or some of its rows.

    Raises:
        ValueError: The study has no such answer.
    """
    frame = opened.table(name)
    if frame is None:
        raise ValueError(f"{opened.study.experiment} has no answers/{name}.csv; run it with ask naming it.")
    return markdown(tables.estimates_table(frame if only is None else frame[only(frame)], caption, named_by))


def crossed(frame: pd.DataFrame, down: str, across: str, caption: str) -> str:
    """Estimates of a tidy table laid out over two of its columns."""
    columns = list(dict.fromkeys(frame[across]))
    held = frame.set_index([down, across])
    rows = []
    for name in dict.fromkeys(frame[down]):
        found = held.loc[[(name, column) for column in columns]]
        cells = parts.numbers(found["estimate"].tolist(), found["mcse"].tolist())
        rows.append([_read(name), *map(_error, cells)])
    heads = ["", *map(_read, columns)]
    return markdown(tables.Table(caption, heads, [0, *[1] * len(columns)], rows))


def _error(cell: str) -> str:
    """A number with its error behind ±."""
    return cell.replace(" (", " ± ").rstrip(")")


def _read(name: object) -> str:
    """A word without underscores, a dotted key as code."""
    return f"`{name}`" if "." in str(name) else str(name).replace("_", " ")


def correlations(opened: Opened, one: str, two: str) -> dict[str, tuple[float, float]]:
    """Mean over trials of the correlation of two columns of patients, and its error, by arm."""
    people = opened.people([one, two]).dropna()
    made = {}
    for arm, own in people.groupby("arm", observed=True):
        each = [
            float(np.corrcoef(trial[one], trial[two])[0, 1]) for _, trial in own.groupby("replicate") if len(trial) > 1
        ]
        made[str(arm)] = mean_and_error(pd.Series(each))
    return made
