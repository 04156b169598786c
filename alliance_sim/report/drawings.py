"""Which figures a study's results can be drawn as: one table that `run`, `plot` and the report share."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from alliance_sim import figures
from alliance_sim.analysis import heterogeneity
from alliance_sim.analysis.behaviours import ALL
from alliance_sim.analysis.summary import keys
from alliance_sim.figures import theme
from alliance_sim.model.instruments import Scale
from alliance_sim.report.opened import Opened

HEADLINE = "change"


class Drawing(NamedTuple):
    """One figure: what it shows, in words for those who cannot see it, the question it belongs to, how it is drawn."""

    caption: str
    draw: Callable[[], Figure]
    question: str = ""


def drawings(opened: Opened) -> dict[str, Drawing]:
    """The figures that the results allow, by name; what a protocol cannot have or a folder lacks is left out."""
    if opened.found.each.count.max(initial=0) == 0:
        return {}
    own = _of_arms(opened) if opened.study.design.of_arms else _of_points(opened)
    return own | _of_answers(opened)


def write(opened: Opened, folder: Path) -> list[Path]:
    """Draw every figure as PNG and SVG; returns the paths written."""
    drawn = drawings(opened).items()
    return [path for name, drawing in drawn for path in theme.write(drawing.draw(), folder, name)]


def _figure(draw: Callable[[], Axes]) -> Callable[[], Figure]:
    return lambda: theme.figure_of(draw())


def _of_arms(opened: Opened) -> dict[str, Drawing]:
    """Bond, outcomes, and the alliance against change: as far as patients and sessions were kept."""
    people, sessions = opened.drawn
    made: dict[str, Drawing] = {}
    if len(sessions) and (sessions["attended"] > 0).any():
        made["bond"] = Drawing(
            "Trust, felt empathy and rapport after each session: mean and spread of the patients, arm by arm",
            functools.partial(_bond, opened, sessions),
        )
    differences = opened.answers.contrasts
    if len(differences) and (differences["measure"] == HEADLINE).any():
        made["contrasts"] = Drawing(
            f"Paired differences between arms in {opened.base.instrument(opened.base.primary).name} change",
            _figure(lambda: figures.arm_contrasts(differences, opened.base)),
        )
    if people.empty:
        return made
    made |= _outcomes(opened, people)
    base = opened.study.base_arm
    if people.loc[people["arm"].astype(str) == base, "wai_early"].notna().any():
        made["alliance_outcome"] = Drawing(
            f"One simulated trial, arm {base}: each patient's early alliance against the symptom change",
            _figure(lambda: figures.alliance_against_change(people, opened.base, base)),
        )
    return made


def _bond(opened: Opened, sessions: pd.DataFrame) -> Figure:
    courses = {
        arm: [step for step in world.course() if step.phase != "assessment"] for arm, world in opened.scenarios.items()
    }
    shaded = next(arm for arm in (opened.study.base_arm, *courses) if courses[arm])
    differ = any(course != courses[shaded] for course in courses.values())
    return figures.bond_figure(sessions, courses[shaded], shaded if differ else "")


def _outcomes(opened: Opened, people: pd.DataFrame) -> dict[str, Drawing]:
    """Arms measured on different scales go into different figures; the base arm's has no suffix."""
    made = {}
    for scale in dict.fromkeys(opened.scenarios[arm].primary for arm in (opened.study.base_arm, *opened.scenarios)):
        shown = people[people["arm"].astype(str).isin(_measured(opened, scale))]
        world = opened.scenarios[_measured(opened, scale)[0]]
        suffix = "" if opened.base.primary is scale else f"_{scale.value}"
        name = world.instrument(scale).name
        made[f"outcomes{suffix}"] = Drawing(
            f"How many patients changed by how many {name} points, arm by arm, with the arms' means",
            _figure(functools.partial(figures.outcome_distribution, shown, world)),
        )
        made[f"outcomes_cumulative{suffix}"] = Drawing(
            f"Share of patients whose {name} changed by at most so many points, arm by arm",
            _figure(functools.partial(figures.outcome_ecdf, shown, world)),
        )
    return made


def _measured(opened: Opened, scale: Scale) -> list[str]:
    return [arm for arm, world in opened.scenarios.items() if world.primary is scale]


def _of_points(opened: Opened) -> dict[str, Drawing]:
    """The primary score along the design's keys, and which keys move it most."""
    design, found = opened.design, opened.answers
    varying = [key for key in keys(design) if design[key].nunique() > 1]
    if not varying:
        return {}
    first = [key for key in found.main_effects.get("key", pd.Series(dtype=str)) if key in varying]
    ordered = first + [key for key in varying if key not in first]
    made = {
        "points": Drawing(
            f"The primary score's mean change along {', '.join(ordered[: figures.MOST_KEYS])}",
            lambda: figures.along_keys(found.by_arm, design, ordered, opened.base),
        )
    }
    if len(first) > 1:
        made["main_effects"] = Drawing(
            "How much the primary score's mean change differs between the upper and the lower half of each key",
            _figure(lambda: figures.key_effects(found.main_effects, opened.base)),
        )
    return made


def _of_answers(opened: Opened) -> dict[str, Drawing]:
    """Figures of the questions that were answered."""
    made: dict[str, Drawing] = {}
    for question, drawn in _ANSWERED.items():
        if question in opened.study.ask and opened.table(question) is not None:
            made |= {name: drawing._replace(question=question) for name, drawing in drawn(opened).items()}
    return made


def _tables(opened: Opened, *names: str) -> list[pd.DataFrame]:
    return [table for table in map(opened.table, names) if table is not None]


def _distributions(opened: Opened) -> dict[str, Drawing]:
    arm, versus = map(str, opened.pair)
    (table,) = _tables(opened, "distributions_quantiles")
    return {
        "quantiles": Drawing(
            f"Difference of arm {arm} and arm {versus} in the quantiles of change",
            _figure(lambda: figures.quantile_differences(table, opened.base, arm, versus)),
        )
    }


def _behaviours(opened: Opened) -> dict[str, Drawing]:
    effects, curve, saturation = _tables(opened, "behaviours", "behaviours_curve", "behaviours_saturation")
    own = effects[effects["arm"].astype(str) == opened.study.base_arm]
    single = own[(own["measure"] == HEADLINE) & (own["kind"] == "effect")]
    strongest = str(single.sort_values("estimate", key=abs, kind="stable")["behaviour"].iloc[-1])
    levels, place = (table[table["behaviour"] == strongest] for table in (curve, saturation))
    made = {
        "behaviours": Drawing(
            f"Effect of one standard deviation more of each behaviour, arm {opened.study.base_arm}",
            _figure(lambda: figures.behaviour_effects(own, opened.base)),
        ),
        "interactions": Drawing(
            "What two behaviours do together beyond the sum of what each does",
            _figure(lambda: figures.behaviour_interactions(own, opened.base)),
        ),
        "dose_response": Drawing(
            f"Gain with the level of {strongest.replace('_', ' ')} that all clinicians share",
            _figure(lambda: figures.dose_response(levels, place, opened.base, strongest)),
        ),
    }
    alike = _measured(opened, opened.base.primary)
    if len(alike) > 1:
        shown = effects[effects["arm"].astype(str).isin(alike) & (effects["behaviour"] != ALL)]
        made["behaviours_by_arm"] = Drawing(
            "Effect of one standard deviation more of each behaviour, arm by arm",
            _figure(lambda: figures.behaviours_by_arm(shown, opened.base)),
        )
    return made


def _mediation(opened: Opened) -> dict[str, Drawing]:
    arm, versus = map(str, opened.pair)
    (table,) = _tables(opened, "mediation")
    return {
        "mediation": Drawing(
            f"Parts of the effect of arm {arm} against arm {versus}: direct, and through each mediator",
            _figure(lambda: figures.effect_parts(table, opened.scenarios[versus])),
        )
    }


def _heterogeneity(opened: Opened) -> dict[str, Drawing]:
    arm, versus = map(str, opened.pair)
    world = opened.scenarios[versus]
    (table,) = _tables(opened, "heterogeneity_moderation")
    made = {
        "who_gains": Drawing(
            f"Mean effect of arm {arm} against arm {versus} in each third of what patients brought",
            _figure(lambda: figures.who_gains(table, world)),
        )
    }
    people, _ = opened.drawn
    if len(people):
        effects = heterogeneity.individual_effects(people, arm, versus)
        made["individual_effects"] = Drawing(
            f"How the effect of arm {arm} against arm {versus} is distributed over patients",
            _figure(lambda: figures.individual_effects(effects, world)),
        )
    return made


def _clinicians(opened: Opened) -> dict[str, Drawing]:
    people, _ = opened.drawn
    (slopes,) = _tables(opened, "clinicians_slopes")
    made = {
        "alliance_slopes": Drawing(
            "Symptom change per point of alliance, within and between clinicians",
            _figure(lambda: figures.alliance_slopes(slopes, opened.base)),
        )
    }
    if len(people):
        made["clinicians_apart"] = Drawing(
            "Each clinician's mean change in one simulated trial, with the patients behind it",
            _figure(lambda: figures.clinicians_apart(people, opened.base, opened.study.base_arm)),
        )
    return made


def _sobol(opened: Opened) -> dict[str, Drawing]:
    indices, settling = _tables(opened, "sobol", "sobol_convergence")
    return {
        "sobol": Drawing(
            "First-order and total Sobol indices of the primary score's mean change",
            _figure(lambda: figures.sobol_indices(indices, "mean change")),
        ),
        "convergence": Drawing(
            "How the total indices settle as the design grows",
            _figure(lambda: figures.sobol_convergence(settling, "mean change")),
        ),
    }


def _morris(opened: Opened) -> dict[str, Drawing]:
    (table,) = _tables(opened, "morris")
    return {
        "morris": Drawing(
            "Mean size of each key's elementary effects against their spread",
            _figure(lambda: figures.elementary_effects(table, opened.base)),
        )
    }


def _power(opened: Opened) -> dict[str, Drawing]:
    found, least = _tables(opened, "power", "power_smallest")
    least = least.assign(note=least["note"].fillna(""))
    return {
        "power": Drawing(
            "Power and type I error of the planned trial, by patients an arm",
            _figure(lambda: figures.power_curve(found, least, opened.study.power)),
        )
    }


_ANSWERED: dict[str, Callable[[Opened], dict[str, Drawing]]] = {
    "distributions": _distributions,
    "behaviours": _behaviours,
    "mediation": _mediation,
    "heterogeneity": _heterogeneity,
    "clinicians": _clinicians,
    "sobol": _sobol,
    "morris": _morris,
    "power": _power,
}
