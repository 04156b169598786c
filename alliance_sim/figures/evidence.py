"""Published against simulated: every target as a forest, the courses of the trials, and the clinicians' behaviours."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from alliance_sim.analysis.monte_carlo import Array
from alliance_sim.figures import theme

Z95 = 1.96
NOTE = "Points: published ± 1.96 SE. Lines and bands:\nsimulated mean and 95 % prediction interval."
FOREST_COLUMN, FOREST_ROW = 5.2, 0.155  # inches
REACH = 6.0  # published errors beyond which a forest is cut
INSIDE, OUTSIDE, BAND = theme.PALETTE[1], theme.PALETTE[0], "#DDDDDD"
COURSES = {
    "comp001": ("COMP001: MADRS change", ("25", "10", "1"), "change", "days after the dose", " mg"),
    "mapp1": ("MAPP1: CAPS-5, those in treatment", ("mdma", "none"), "score", "days from enrolment", ""),
}
ARM_WORDS = {"mdma": "MDMA", "none": "no drug"}
PUBLISHED_BEHAVIOURS = {  # what papers report of each behaviour as patients perceive it
    "boundaries": "PT011",
    "authenticity": "PT008",
    "empathy": "PT010",
    "collaboration": "PT012",
}
HOW = ("skill", "delivered", "perceived")


def forest(table: pd.DataFrame, title: str, ax: Axes | None = None) -> Axes:
    """Draw every target of a table: published ± 1.96 errors, simulated mean and 95 % prediction interval.

    All in published errors from the published value, on the row's own unit, so that rows can be read together. The
    table is that of `calibration.prediction.table`, as in all figures of this module.
    """
    rows = table[np.isfinite(table["lower"])].reset_index(drop=True)
    with theme.axes(ax, FOREST_ROW * len(rows) + 1.0) as ax:
        for place, row in rows.iterrows():
            unit = (row["high"] - row["low"]) / (2 * Z95)
            middle, lower, upper = ((row[name] - row["published"]) / unit for name in ("simulated", "lower", "upper"))
            colour = INSIDE if row["within"] else OUTSIDE
            ends = np.clip([lower, upper], -REACH, REACH)
            low, high = (row["low"] - row["published"]) / unit, (row["high"] - row["published"]) / unit
            ax.plot([low, high], [place, place], color=BAND, linewidth=6, solid_capstyle="butt", zorder=0)
            ax.plot(ends, [place, place], color=colour, linewidth=1.1)
            ax.plot(
                np.clip(middle, -REACH, REACH), place, marker="o" if row["within"] else "D", markersize=3, color=colour
            )
            for end, mark in ((lower, "<"), (upper, ">")):
                if abs(end) > REACH:
                    ax.plot(np.sign(end) * REACH, place, marker=mark, markersize=3, color=colour)
        ax.axvline(0, color=theme.INK, linewidth=0.8)
        labels = [f"{row['key']}  {_words(row)}" for _, row in rows.iterrows()]
        ax.set_yticks(range(len(rows)), labels, fontsize=5.6)
        ax.set_ylim(len(rows) - 0.4, -0.6)
        ax.set_title(title)
        ends = (-REACH - 0.2, REACH + 0.2)
        return theme.finished(ax, "", xlim=ends, xlabel="from published, in its standard errors")


def _words(row: pd.Series) -> str:
    """A target in few words."""
    of = str(row["of"]).replace("|", " × ").replace("_", " ")
    how = str(row["statistic"]).replace("_", " ")
    return f"{row['study']} {row['arm']}: {how} {of}".replace("psychotherapy usual", "psychotherapy")


def forest_figure(table: pd.DataFrame) -> Figure:
    """All targets in three columns: fitted trials, fitted rest, predicted; predicted is kept apart."""
    fitted = table[table["role"] == "fitted"]
    first = fitted[fitted["study"] == "comp001"]
    rest = fitted[fitted["study"] != "comp001"]
    predicted = table[table["role"] == "predicted"]
    parts = [("Fitted: COMP001", first), ("Fitted: the rest", rest), ("Predicted, never fitted", predicted)]
    longest = max(len(part) for _, part in parts)
    with theme.applied():
        figure = Figure(figsize=(3 * FOREST_COLUMN, FOREST_ROW * longest + 1.2), layout="constrained")
        for ax, (title, part) in zip(figure.subplots(1, 3), parts, strict=True):
            inside = int(part["within"].sum())
            forest(part, f"{title}: {inside} of {len(part)} within", ax)
        handles = [
            Line2D([], [], color=INSIDE, marker="o", markersize=3, label="simulated mean, 95 % prediction interval"),
            Line2D([], [], color=OUTSIDE, marker="D", markersize=3, label="the same, published value outside"),
            Patch(color=BAND, label="published ± 1.96 standard errors"),
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=3)
        return figure


def course(table: pd.DataFrame, study: str, ax: Axes | None = None) -> Axes:
    """Draw the course of a trial of `COURSES`: published means ± 1.96 errors over simulated 95 % prediction bands."""
    title, arms, of, unit, ending = COURSES[study]
    with theme.axes(ax) as ax:
        handles = []
        for place, arm in enumerate(arms):
            rows = table[(table["study"] == study) & (table["arm"] == arm) & (table["statistic"] == "mean")]
            rows = rows[rows["of"].str.startswith(f"{of}.")]
            days = rows["of"].str.partition(".")[2].astype(int).to_numpy()
            look = theme.look(place)
            apart = (place - (len(arms) - 1) / 2) * 0.012 * (days.max() - days.min())
            _over_band(ax, days, rows, look, look, apart)
            handles.append(theme.handle(look, f"{ARM_WORDS.get(arm, arm)}{ending}", 4, linestyle=look.dashes))
        return theme.finished(ax, title, NOTE, handles, xlabel=unit, ylabel="points")


def _over_band(
    ax: Axes, x: Array, rows: pd.DataFrame, look: theme.Look, published: theme.Look, apart: float = 0.0
) -> None:
    """Draw published means ± 1.96 errors over the simulated mean and 95 % prediction band."""
    ax.fill_between(x, rows["lower"], rows["upper"], color=look.colour, alpha=0.12, linewidth=0)
    ax.plot(x, rows["simulated"], color=look.colour, linestyle=look.dashes, linewidth=1.1)
    errors = [rows["published"] - rows["low"], rows["high"] - rows["published"]]
    mark: Any = {"color": published.colour, "marker": published.marker, "markersize": 4, "linestyle": "none"}
    ax.errorbar(x + apart, rows["published"], yerr=errors, elinewidth=0.9, **mark)


def dose_response(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw COMP001's change three weeks after the dose against the dose, published over simulated."""
    with theme.axes(ax) as ax:
        rows = table[(table["study"] == "comp001") & (table["of"] == "change.21") & (table["statistic"] == "mean")]
        rows = rows.assign(dose=rows["arm"].astype(float)).sort_values("dose")
        look = theme.look(1)._replace(dashes="-")
        _over_band(ax, rows["dose"].to_numpy(), rows, look, theme.Look(theme.INK, "o", "-"))
        ax.set_title("COMP001: dose and change after three weeks")
        return theme.finished(ax, "", NOTE, xlabel="psilocybin (mg)", ylabel="MADRS change (points)")


def courses_figure(table: pd.DataFrame) -> Figure:
    """Dose response and both courses side by side."""
    with theme.applied():
        figure = Figure(figsize=(3 * theme.COLUMN, theme.ROW + 0.5), layout="constrained")
        first, second, third = figure.subplots(1, 3)
        dose_response(table, first)
        course(table, "comp001", second)
        course(table, "mapp1", third)
        return figure


def behaviours(reported: pd.DataFrame, table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw each behaviour's correlation with gain as skill, delivered and perceived, beside what was published.

    Simulated ones are those of `calibration.behaviours.associations`.
    """
    found = {row["what"]: (row["estimate"], row["mcse"]) for _, row in reported.iterrows()}
    names = [what.partition(",")[0] for what in found if what.endswith(", skill")]
    published = table.set_index("key")
    with theme.axes(ax, theme.ROW + 0.3) as ax:
        handles = []
        for place, how in enumerate(HOW):
            look = theme.look(place)
            values = np.array([found[f"{name}, {how}"] for name in names])
            at = np.arange(len(names)) + (place - 1) * 0.2
            ax.errorbar(values[:, 0], at, xerr=Z95 * values[:, 1], color=look.colour, marker=look.marker,
                        markersize=4, linestyle="none", elinewidth=0.9)  # fmt: skip
            handles.append(Line2D([], [], color=look.colour, marker=look.marker, linestyle="none", label=how))
        for place, name in enumerate(names):
            key = PUBLISHED_BEHAVIOURS.get(name)
            if key in published.index:
                row = published.loc[key]
                ax.plot([row["low"], row["high"]], [place + 0.36] * 2, color=theme.INK, linewidth=1.1)
                ax.plot(row["published"], place + 0.36, color=theme.INK, marker="|", markersize=7)
        handles.append(Line2D([], [], color=theme.INK, marker="|", label="published, perceived"))
        ax.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
        ax.set_ylim(len(names) - 0.4, -0.6)
        ax.set_xlim(left=0)
        title, label = "Behaviours and outcome, ordinary psychotherapy", "correlation with residual gain"
        said = "Lines: ± 1.96 standard errors (Monte Carlo, or published)."
        return theme.finished(ax, title, said, handles, xlabel=label)
