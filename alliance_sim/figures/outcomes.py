"""How the change of the primary score is distributed, arm over arm."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from alliance_sim.analysis.estimates import mean_and_error
from alliance_sim.analysis.monte_carlo import known
from alliance_sim.figures import parts, theme
from alliance_sim.model.instruments import SymptomScale
from alliance_sim.world.scenario import Scenario

BINS = 40  # most bins over the range of the data
PERCENT = 100.0


def bin_edges(values: pd.Series, step: float) -> list[float]:
    """Common bin edges that fall between possible scores, so that every bin holds equally many of them."""
    low, high = float(values.min()), float(values.max())
    width = step * max(1, int(np.ceil((high - low + step) / step / BINS)))
    start = np.floor(low / width) * width - step / 2
    return [float(start + width * place) for place in range(int(np.floor((high - start) / width)) + 2)]


def outcome_distribution(patients: pd.DataFrame, scenario: Scenario, ax: Axes | None = None) -> Axes:
    """Draw how many patients changed by how much, arm over arm, with the means and what matters to a patient.

    All patients are measured on the scenario's primary scale.
    """
    scale = scenario.instrument(scenario.primary)
    with theme.axes(ax) as ax:
        edges = bin_edges(patients["change"].dropna(), scale.step)
        handles = _important(ax, scale)
        for arm, look, own in _arms(patients):
            percent = np.full(len(own), PERCENT / len(own))
            shares, _ = np.histogram(own["change"], bins=edges, weights=percent)
            ax.stairs(shares, edges, color=look.colour, linestyle=look.dashes, linewidth=1.3)
            handles += _mean(ax, arm, look, own)
        width = edges[1] - edges[0]
        points = "point" if width == 1 else f"{width:g} points"
        ax.set_ylabel(f"Patients per {points} (%)")
        return _finish(ax, scale, handles, "Distribution of symptom change by arm")


def outcome_ecdf(patients: pd.DataFrame, scenario: Scenario, ax: Axes | None = None) -> Axes:
    """Draw the share of patients whose score changed by at most so many points."""
    scale = scenario.instrument(scenario.primary)
    with theme.axes(ax) as ax:
        handles = _important(ax, scale)
        for arm, look, own in _arms(patients):
            changes, shares = np.sort(own["change"]), np.linspace(0.0, PERCENT, len(own) + 1)
            line: Any = {"color": look.colour, "linestyle": look.dashes, "linewidth": 1.3}
            ax.plot([changes[0], *changes], shares, drawstyle="steps-post", **line)
            handles += _mean(ax, arm, look, own)
        ax.set_ylim(bottom=0.0)
        ax.set_ylabel("Patients with this change or lower (%)")
        return _finish(ax, scale, handles, "Cumulative distribution of symptom change by arm")


def _arms(patients: pd.DataFrame) -> list[tuple[str, theme.Look, pd.DataFrame]]:
    known = patients[patients["change"].notna()]
    owns = [known[known["arm"].astype(str) == arm] for arm in theme.arms(patients)]
    named = zip(theme.arms(patients), owns, strict=True)
    return [(arm, theme.look(place), own) for place, (arm, own) in enumerate(named) if len(own)]


def _important(ax: Axes, scale: SymptomScale) -> list[Line2D | Patch]:
    if not scale.important:
        return []
    ax.axvspan(-scale.important, scale.important, color="#DDDDDD", linewidth=0, zorder=0)
    return [Patch(color="#DDDDDD", label=f"smaller than the least\nimportant change ({scale.important:g})")]


def _mean(ax: Axes, arm: str, look: theme.Look, own: pd.DataFrame) -> list[Line2D | Patch]:
    means = own.groupby("replicate")["change"].mean()
    mean, error = mean_and_error(means)
    ax.plot(
        mean, 0.0, marker="^", markersize=6, color=look.colour, markeredgecolor="white", markeredgewidth=0.5,
        transform=ax.get_xaxis_transform(), clip_on=False, zorder=5, linestyle="none",
    )  # fmt: skip
    number = f"{mean:.1f}".replace("-", "\N{MINUS SIGN}")
    label = f"{arm}: {number} ({f'{error:.2f}' if known(error, len(means)) > 0 else parts.UNKNOWN})"
    return [Line2D([], [], color=look.colour, linestyle=look.dashes, label=label)]


def _finish(ax: Axes, scale: SymptomScale, handles: list[Line2D | Patch], title: str) -> Axes:
    said, label = "Negative: fewer symptoms. Triangles: arm means.", "change to the primary assessment (points)"
    if any(str(handle.get_label()).endswith(f"({parts.UNKNOWN})") for handle in handles):
        said += f"\n{parts.UNKNOWN}: its error is not known."
    ordered = sorted(handles, key=lambda handle: isinstance(handle, Patch))
    return theme.finished(
        ax, title, said, ordered, "Arm: mean (Monte Carlo standard error)", xlabel=f"{scale.name} {label}"
    )
