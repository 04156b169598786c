"""What a comparison of one's own data with simulated trials says: sentences, tables, figures, one page."""

import base64
import dataclasses
import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import alliance_sim
from alliance_sim.analysis import printing
from alliance_sim.calibration.own import summaries
from alliance_sim.calibration.own.compare import Comparison
from alliance_sim.calibration.own.data import ALL, BASELINE, FEWEST
from alliance_sim.calibration.own.joint import FOUND, UNUSUAL, Shift
from alliance_sim.calibration.own.names import INSTRUMENTS, shown
from alliance_sim.calibration.own.source import without_folders
from alliance_sim.errors import FolderError, command
from alliance_sim.figures import comparison as drawn, theme
from alliance_sim.report import templates, wording
from alliance_sim.report.tables import Table
from alliance_sim.study.folders import unwritable, writable
from alliance_sim.study.identity import laws_key
from alliance_sim.world.configuration import as_yaml

PRIVATE = f"No row of the data is in this folder: every number is of {FEWEST} patients or more."
PARAMETERS = (
    "Parameters stand at their defaults; parameters=posterior has the simulated trials vary by what published trials "
    "leave open of them."
)
DRAWS = "Parameters vary over {draws} draws of the posterior; what is assumed and not fitted does not."
HEADS = ["Summary", "Patients", "Yours", "Simulated trials, mean", "95 % of them", "p"]
NUMERIC = [0, 1, 1, 1, 1, 1]
TABLE_FILE, LINES_FILE, PAGE = "comparison.csv", "alliance_lines.csv", "report.html"


class Picture(NamedTuple):
    """A figure, drawn, and the file that holds its numbers."""

    name: str
    caption: str
    figure: Figure
    data: pd.DataFrame

    @property
    def address(self) -> str:
        """It as a data URI."""
        room = io.BytesIO()
        theme.save(self.figure, room, ".svg")
        return f"data:image/svg+xml;base64,{base64.b64encode(room.getvalue()).decode()}"


def answer(found: Comparison) -> list[str]:
    """What was found, in a few sentences."""
    free, unusual = found.table[~found.table["given"] & found.table["p"].notna()], found.unusual
    joint = found.joint
    if joint is None:
        return ["Nothing of the data can be compared that the simulated patients were not given."]
    furthest = found.table.loc[joint.furthest]
    verdict = "are unusual among" if joint.p < UNUSUAL else "lie among"
    near = abs(joint.p - UNUSUAL) < 2 * joint.mcse
    lines = [
        f"Your data {verdict} simulated trials: joint p = {_p(joint.p, joint.mcse)}, over {joint.summaries} summaries "
        f"together. Furthest out is {_called(furthest)}.",
        *([f"That is too near to {UNUSUAL:g} to say: type more replicates."] if near else []),
        f"{len(unusual)} of {len(free)} summaries lie outside 95 % of the simulated trials, where some "
        f"{_outside(found.trials) * len(free):.0f} would by chance.",
    ]
    if joint.shifts:
        each = " or ".join(_shift(found.table.loc[one.row], one) for one in joint.shifts)
        lines.append(
            f"How much that can see: in {100 * FOUND:.0f} of 100 trials of this size the joint check finds a shift of "
            f"{each}, if that one summary alone is shifted. A joint p above {UNUSUAL:g} does not exclude smaller ones."
        )
    row = next((row for _, row in _headlines(found).iterrows() if row["statistic"] == summaries.CHANGE), None)
    if row is not None:
        lines.insert(
            0,
            f"{_called(row)} is {_value(row, 'observed')} points in your data and {_with_error(row)} in simulated "
            f"trials, 95 % of them from {_ends(row)}: p = {_p(row['p'], row['p_mcse'])}.",
        )
    return lines


def _shift(row: Any, shift: Shift) -> str:
    """How far off a summary is found."""
    scale, places, unit = _form(row)
    size = f"{printing.number(shift.distance * scale, places)}{printing.behind(shift.mcse * scale, places + 1)}"
    return f"{size}{unit or ' points'} in {_called(row)}"


def _called(row: Any) -> str:
    """A summary in a sentence."""
    return f"{row['label']}{f' of {row.arm}' if row['arm'] != ALL and not row['versus'] else ''}"


def headline(found: Comparison) -> Table:
    """The few summaries to look at first."""
    return _table("Your data beside simulated trials of their size and schedule", _headlines(found))


def tables(found: Comparison) -> list[Table]:
    """Every summary, a table an arm."""
    made = []
    for arm, rows in found.table.groupby("arm", sort=False):
        made.append(_table(f"Every summary{f' of {arm}' if arm != ALL else ''}", rows))
    return made


def _headlines(found: Comparison) -> pd.DataFrame:
    """Change, its spread and response at the end, first and last alliance, what clinicians and arms make of it."""
    table = found.table
    chosen: list[int] = []
    for arm in found.plan.arms:
        own = table[table["arm"] == arm.name]
        end = summaries.headline(arm.observed)
        alliance = own[(own["instrument"] == summaries.ALLIANCE) & (own["statistic"] == summaries.MEAN)]
        at_end = own[[end is not None and pair == end for pair in zip(own["instrument"], own["occasion"], strict=True)]]
        wanted = (summaries.CHANGE, summaries.CHANGE_SD, summaries.RESPONSE)
        chosen += list(at_end.index[at_end["statistic"].isin(wanted)])
        chosen += list(alliance.index[[0, -1]] if len(alliance) > 1 else alliance.index)
        late = (summaries.CORRELATION, summaries.BETWEEN, summaries.SHARE)
        chosen += list(own.index[own["statistic"].isin(late)])
        chosen += list(at_end.index[at_end["statistic"] == summaries.DIFFERENCE])
    chosen = list(dict.fromkeys(chosen)) or list(table.index[~table["given"]][:8])
    return table.loc[chosen]


def _table(caption: str, rows: pd.DataFrame) -> Table:
    made: list[list[str]] = []
    several = rows["arm"].nunique() > 1
    arm: Any = None
    for _, row in rows.iterrows():
        if several and row["arm"] != arm:
            arm = row["arm"]
            made.append([f"{arm}"])
        p = "given" if row["given"] else _p(row["p"], row["p_mcse"])
        made.append([row["label"], f"{row['patients']}", _value(row, "observed"), _with_error(row), _ends(row), p])
    notes = ["± is the Monte Carlo error; p is two-sided: the share of simulated trials as far out as your data."]
    if rows["given"].any():
        notes.append("given: the simulated patients were given your mean and SD, so it is no test.")
    met = set(rows["statistic"]) & {summaries.CORRELATION, summaries.BETWEEN}
    notes += summaries.defined(met)
    signs = printing.signs(cell for row in made for cell in row[1:])
    return Table(caption, HEADS, NUMERIC, made, "\n".join(filter(None, [*notes, signs])))


def _form(row: Any) -> tuple[float, int, str]:
    """Scale, digits behind the point and unit of a summary."""
    if row["statistic"] in summaries.SHARES:
        return 100.0, 0, " %"
    wide = INSTRUMENTS[row["instrument"]]
    fine = row["statistic"] == summaries.CORRELATION or wide.highest - wide.lowest < 10
    return 1.0, 2 if fine else 1, ""


def _value(row: Any, name: str) -> str:
    scale, places, unit = _form(row)
    value = row[name]
    return f"{printing.number(value * scale, places)}{unit}" if math.isfinite(value) else "–"


def _with_error(row: Any) -> str:
    scale, places, unit = _form(row)
    if not math.isfinite(row["simulated"]):
        return "–"
    return (
        f"{printing.number(row['simulated'] * scale, places)}{printing.behind(row['mcse'] * scale, places + 1)}{unit}"
    )


def _ends(row: Any) -> str:
    return f"{_value(row, 'lower')} to {_value(row, 'upper')}"


def _outside(trials: int) -> float:
    """Share of summaries that lie outside an interval read from so many trials, where data are like them.

    The interval's ends lie at .025 and .975 of the way through the trials by rank, so that few trials make it short.
    """
    return min(1.0, 2 * (0.025 * (trials - 1) + 1) / (trials + 1))


def _p(p: float, error: float) -> str:
    if not math.isfinite(p):
        return "–"
    places = 3 if p < 0.1 or error < 0.005 else 2
    return f"{p:.{places}f} ± {error:.{places}f}"


# ------------------------------------------------------------------------------------------------------- figures


def pictures(found: Comparison) -> list[Picture]:
    """Courses, falls and the line of alliance and change, as far as the data have them."""
    made = []
    table = found.table
    means = table[table["statistic"] == summaries.MEAN]
    order = sorted(set(means["instrument"]), key=list(INSTRUMENTS).index)
    for instrument in order:
        own = means[(means["instrument"] == instrument) & means["lower"].notna()].copy()
        if own["day"].nunique() < 2:
            continue
        own["day"] = own["day"].where(own["occasion"] != BASELINE, 0.0)
        label = shown(instrument)
        course = found.plan.arms[0].scenario.course()
        figure = _figure(drawn.course(own, label, course))
        made.append(Picture(f"course_{instrument}", f"{label} by day: your data over simulated trials", figure, own))
    falls = table[table["statistic"].isin(summaries.FALLS) & table["lower"].notna()]
    if len(falls):
        own = falls.assign(share=falls["statistic"].map(summaries.FALLS))
        label = f"{shown(own['instrument'].iloc[0])}, {own['occasion'].iloc[0]}"
        figure = _figure(drawn.falls(own, list(summaries.FALLS.values()), label))
        made.append(Picture("falls", f"How many patients fell how far, {label}", figure, own))
    if len(found.lines):
        measure = summaries.headline(found.plan.arms[0].observed)
        label = f"{shown(measure.instrument)} change, {measure.occasion}" if measure else "Change"
        figure = _figure(drawn.alliance_line(found.lines, label))
        caption = "Early alliance and change: the line through your patients over those of simulated trials"
        made.append(Picture("alliance_outcome", caption, figure, found.lines))
    return made


def _figure(ax: Axes) -> Figure:
    return theme.figure_of(ax)


# ---------------------------------------------------------------------------------------------------------- page


def page(found: Comparison, drawings: Sequence[Picture], words: Sequence[str]) -> str:
    """The page of a comparison, complete in itself."""
    plan, study = found.plan, found.study
    count = plan.patients
    arms = [f"{arm.name} {len(arm.patients)}" for arm in plan.arms if arm.name != ALL]
    of_data = f"A trial of {count} patients{f' ({", ".join(arms)})' if arms else ''}"
    return templates.read("comparison.html.j2").render(
        style=Markup(templates.text("page.css")),
        size=of_data,
        trials=found.trials,
        answer=answer(found),
        advice=wording.ADVICE,
        private=PRIVATE,
        pictures=drawings,
        headline=headline(found),
        tables=tables(found),
        defined=summaries.defined(found.table["statistic"]),
        unused=plan.unused,
        made=made(found),
        command=command("compare", *without_folders(words)),
        study=study,
        version=alliance_sim.__version__,
        laws=laws_key(),
        config=as_yaml(dataclasses.replace(study, out=Path(study.out).name)),
        parameters=DRAWS.format(draws=found.draws) if found.draws else PARAMETERS,
    )


def made(found: Comparison) -> list[str]:
    """How the simulated trials were laid out, a sentence each."""
    plan, lines = found.plan, []
    for arm in plan.arms:
        world = arm.scenario
        of = f"arm {arm.of}" if arm.name in (ALL, arm.of) else f"{arm.name}: arm {arm.of}"
        lines.append(
            f"{of[0].upper()}{of[1:]}, {world.protocol.name}, {len(arm.patients)} patients; in each simulated trial "
            f"{world.clinicians.number} clinicians."
        )
    return [*lines, *plan.notes]


def write(found: Comparison, out: str, words: Sequence[str], figures: bool) -> Path:
    """Write tables, figures and the page into a folder; everything is made before anything is written.

    Returns:
        The page's path.

    Raises:
        FolderError: The folder cannot be written.
    """
    folder = writable(out)
    drawings = pictures(found)
    text = page(found, drawings, words)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        found.table.to_csv(folder / TABLE_FILE, index=False)
        (folder / "figures").mkdir(exist_ok=True)
        for picture in drawings:
            picture.data.to_csv(folder / "figures" / f"{picture.name}.csv", index=False)
            if figures:
                theme.write(picture.figure, folder / "figures", picture.name)
        (folder / PAGE).write_text(text, encoding="utf-8")
    except OSError as error:
        raise FolderError(unwritable(folder, error)) from error
    return folder / PAGE
