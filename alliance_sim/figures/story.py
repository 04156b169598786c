"""One simulated patient's way through treatment, as a picture."""

from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from alliance_sim.analysis.worlds import worlds
from alliance_sim.figures import theme
from alliance_sim.study.config import Study
from alliance_sim.world.scenario import Scenario

STATES = ("trust", "felt_empathy", "rapport", "fear")
COLOURS = dict(zip(STATES, ("#0072B2", "#009E73", "#E69F00", "#D55E00"), strict=True))
SIGNS = dict(zip(STATES, ("o", "s", "^", "D"), strict=True))
HEIGHT = 4.6  # inches
LOWER = 0.5  # height of the lower panel, in heights of the upper
GAP = 0.3  # the same of the space between them, where the axes stand in no grid
FAR = 1.2  # panels share their days unless the last assessment is this many times later than the last session
LEVELS = (1.06, 1.14)  # where ruptures of the patient and of the counterfactual are marked
BESIDE = (0, (3, 1.5))  # dashes of the counterfactual
ROOM = 0.03  # of the days, left and right
ARRIVAL = 0.05  # of the days, how far left of day 0 the state on arrival stands


def patient_story(visit_rows: pd.DataFrame, scenario: Scenario, ax: Axes | None = None) -> Axes:
    """Draw one patient's trust, felt empathy, rapport and fear, ruptures and dosing days; the score below.

    Args:
        visit_rows: One patient's sessions and assessments in one replicate; a second arm, in order of
            appearance or of the categories, is the counterfactual and drawn dashed. A row of phase
            `arrival` holds what the patient came with and is drawn first, left of day 0.
        scenario: The world of the first arm.
        ax: Where to draw the states, with the score below; a new one-column figure if None.

    Returns:
        The upper axes; the lower ones are the last of its figure.
    """
    with theme.axes(ax, HEIGHT) as ax:
        treated = bool((visit_rows["attended"] > 0.5).any())
        below = _split(ax) if treated else ax
        arms = [arm for arm in theme.arms(visit_rows) if (visit_rows["arm"].astype(str) == arm).any()]
        theme.phases(ax, scenario.course())
        for place, arm in enumerate(arms[:2]):
            own = visit_rows[visit_rows["arm"].astype(str) == arm]
            if treated:
                _states(ax, own, place, ARRIVAL * _last_shown(visit_rows))
            _score(below, own, place)
        patient = int(visit_rows["patient"].iloc[0])
        beside = f" (dashed: {arms[1]})" if len(arms) > 1 else ""
        if treated:
            top = LEVELS[-1] + LEVELS[0] - 1 if (visit_rows["rupture"] > 0.5).any() else 1
            ax.set(ylabel="State (0-1)", ylim=(0, top), yticks=(0, 0.25, 0.5, 0.75, 1))
        title = f"Simulated patient {patient}, {scenario.protocol.name}\narm {arms[0]}{beside}"
        theme.heading(ax, title, _handles(visit_rows) if treated else [], low=theme.PHASE_ROOM)
        scale = scenario.instrument(scenario.primary)
        below.set(xlabel="Day from enrolment", ylabel=f"{scale.name} (points)")
        below.set_ylim(bottom=scale.lowest)
        below.yaxis.set_major_locator(MaxNLocator("auto", integer=True))
        if treated:
            _days(ax, below, visit_rows)
        theme.tidy(below)
        return theme.tidy(ax)


def save(study: Study, patient: int, replicate: int, arm: str, counterfactual: str, folder: Path) -> list[Path]:
    """Simulate one patient's story and write its picture as PNG and SVG.

    Raises:
        ScenarioError: There is no such patient, arm or clinician file.
    """
    reported = worlds(study, patient, replicate, arm, counterfactual)
    parts = []
    for world in reported:
        entry = {"arm": world.arm, "patient": patient, "patient_day": 0, "phase": "arrival"}
        entry |= {"score_primary": world.person["baseline"], **{state: world.start[state] for state in STATES}}
        parts += [pd.DataFrame([entry]), world.rows.assign(arm=world.arm)]
    rows = pd.concat(parts, ignore_index=True)
    figure = theme.figure_of(patient_story(rows, reported[0].scenario))
    return theme.write(figure, folder, f"story_{patient}")


def _split(ax: Axes) -> Axes:
    """Leave the upper part of its place to the axes and return new ones below."""
    figure, spec = ax.figure, ax.get_subplotspec()
    if spec is not None:
        parts = spec.subgridspec(2, 1, height_ratios=(1, LOWER))
        ax.set_subplotspec(parts[0])
        return figure.add_subplot(parts[1])
    box = ax.get_position()
    unit = box.height / (1 + LOWER + GAP)
    ax.set_position((box.x0, box.y1 - unit, box.width, unit))
    return figure.add_axes((box.x0, box.y0, box.width, LOWER * unit))


def _states(ax: Axes, own: pd.DataFrame, place: int, early: float) -> None:
    came, met = own[own["phase"] == "arrival"], own[own["attended"] > 0.5]
    course = [-early] * len(came) + met["patient_day"].tolist()
    dashes, alpha = (theme.DASHES[0], 1.0) if place == 0 else (BESIDE, 0.8)
    for state in STATES:
        look = theme.Look(COLOURS[state], SIGNS[state] if place == 0 else "", dashes)
        ax.plot(course, [*came[state], *met[state]], **look.line, markersize=3, alpha=alpha)
        if place == 0 and len(came):
            face: Any = {"markerfacecolor": "white", "markeredgecolor": COLOURS[state], "zorder": 3}
            ax.plot(course[:1], came[state], linestyle="", marker=SIGNS[state], markersize=3, **face)
    torn = met[met["rupture"] > 0.5]
    colour = theme.INK if place == 0 else theme.GREY
    for mended, marker in ((True, "o"), (False, "x")):
        days = torn.loc[(torn["repaired"] > 0.5) == mended, "patient_day"]
        level = [LEVELS[place]] * len(days)
        ax.plot(days, level, linestyle="", marker=marker, markersize=4, color=colour, fillstyle="none")


def _score(below: Axes, own: pd.DataFrame, place: int) -> None:
    seen = own[own["score_primary"].notna()]
    look = theme.Look(theme.INK, "o", theme.DASHES[0]) if place == 0 else theme.Look(theme.GREY, "", BESIDE)
    below.plot(seen["patient_day"], seen["score_primary"], **look.line, markersize=3)


def _last_shown(rows: pd.DataFrame) -> int:
    """Last day of the upper panel."""
    last = int(rows["patient_day"].max())
    sessions = int(rows.loc[rows["phase"] != "assessment", "patient_day"].max())
    return sessions if last > FAR * sessions else last


def _days(ax: Axes, below: Axes, rows: pd.DataFrame) -> None:
    last, shown = int(rows["patient_day"].max()), _last_shown(rows)
    before = ROOM + ARRIVAL * bool((rows["phase"] == "arrival").any())
    below.set_xlim(-before * last, (1 + ROOM) * last)
    ax.set_xlim(-before * shown, (1 + ROOM) * shown)
    if shown < last:
        below.axvspan(0, shown, color=theme.SHADE, linewidth=0, zorder=0)
        ax.set_xlabel("Day from enrolment (shaded below)")


def _handles(rows: pd.DataFrame) -> list[Line2D]:
    made = [
        Line2D([], [], color=COLOURS[state], marker=SIGNS[state], markersize=3, label=state.replace("_", " "))
        for state in STATES
    ]
    if (rows["phase"] == "arrival").any():
        hollow: Any = {"color": theme.INK, "markerfacecolor": "white", "markersize": 3}
        made.append(Line2D([], [], linestyle="", marker="s", label="hollow: on arrival", **hollow))
    torn = rows[rows["rupture"] > 0.5]
    for mended, marker, label in ((True, "o", "mended rupture"), (False, "x", "open rupture")):
        if ((torn["repaired"] > 0.5) == mended).any():
            look: Any = {"linestyle": "", "marker": marker, "markersize": 4, "fillstyle": "none"}
            made.append(Line2D([], [], color=theme.INK, label=label, **look))
    if (rows["phase"] == "dosing").any():
        made.append(theme.dosing_handle())
    return made
