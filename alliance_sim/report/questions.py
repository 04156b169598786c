"""Which further questions a study can ask, what each needs, and which function answers it.

A question is answered from what is in the study's folder, or from worlds that are simulated for it with the study's
seed and as many replicates. Its tables are `answers/QUESTION.csv` and `answers/QUESTION_PART.csv`; each row has an
estimate, its error and interval, and a unit.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import pandas as pd

from alliance_sim.analysis import behaviours, clinicians, distributions, heterogeneity, mediation, sensitivity
from alliance_sim.analysis.power import planned_trials, power, smallest
from alliance_sim.analysis.screening import morris
from alliance_sim.analysis.summary import pairs
from alliance_sim.engine.recording import Keep
from alliance_sim.errors import AnswerError, ScenarioError
from alliance_sim.model.registry import nearest
from alliance_sim.report.opened import Opened
from alliance_sim.study.config import Study
from alliance_sim.study.designs import Kind
from alliance_sim.study.runner import groups
from alliance_sim.world.scenario import Scenario

HEADLINE = "change"
SHOWN_LEVELS = (0.1, 0.5, 0.9)
Tables = Mapping[str, pd.DataFrame]  # the main one has no name


class Part(NamedTuple):
    """One table of an answer as people read it."""

    caption: str
    named_by: tuple[str, ...]  # columns that say what a row is about
    shown: Callable[[pd.DataFrame], pd.DataFrame] = lambda frame: frame


class Question(NamedTuple):
    """A question that a study can ask."""

    title: str
    lacks: Callable[[Study], str]  # what the study lacks to answer it, as the end of a sentence; empty if nothing
    answer: Callable[[Opened], Tables]
    parts: Mapping[str, Part]


def check(study: Study) -> None:
    """Refuse questions that the study cannot answer, before anything is run.

    Raises:
        ScenarioError: A question is unknown or cannot be answered by this study.
    """
    for name in study.ask:
        if name not in QUESTIONS:
            near = nearest(name, list(QUESTIONS)) or list(QUESTIONS)
            raise ScenarioError(f"ask names {name!r}, which is no question; choose among: {', '.join(near)}.")
        try:
            lack = QUESTIONS[name].lacks(study)
        except AnswerError as error:
            raise ScenarioError(f"ask names {name}: {error}") from error
        if lack:
            raise ScenarioError(f"ask names {name}, which needs {lack}.")


def answer(name: str, opened: Opened) -> dict[str, pd.DataFrame]:
    """Answer one question; returns its tables by the names of their files.

    Raises:
        AnswerError: The results cannot answer it.
    """
    tables = QUESTIONS[name].answer(opened)
    return {f"{name}_{part}" if part else name: frame for part, frame in tables.items()}


# ------------------------------------------------------------------------------------------------ what is lacking


def _arms(study: Study, fewest: int = 1) -> str:
    if not study.design.of_arms:
        return f"arms, and design={study.design.kind.value} has points; leave one of them out"
    if study.posterior.draws:
        return "one value of each parameter, and parameters=posterior takes many; leave one of them out"
    if len(study.arms) < fewest:
        return f"{fewest} arms; add one, such as arms.kind='{{clinicians.empathy.mean: 0.8}}'"
    return ""


def _kept(study: Study) -> str:
    return "every patient; type keep=patients or keep=sessions" if study.keep is Keep.trials else ""


def _pair(study: Study) -> tuple[Scenario, Scenario]:
    """The worlds of the arm and the comparator that a question about one effect is about."""
    scenarios = study.scenarios()
    arm, versus = pairs(list(scenarios), study.base_arm)[0]
    return scenarios[str(arm)], scenarios[str(versus)]


def _lacks_two_arms(study: Study) -> str:
    lack = _arms(study, 2) or _kept(study)
    if lack:
        return lack
    one, two = _pair(study)
    return "" if one.primary is two.primary else "two arms on one scale of symptoms; compare arms of one condition"


def _lacks_behaviours(study: Study) -> str:
    lack = _arms(study)
    if not lack:
        for world in study.scenarios().values():
            behaviours.more(world)
    return lack


def _lacks_mediation(study: Study) -> str:
    lack = _arms(study, 2)
    if lack:
        return lack
    one, two = _pair(study)
    alike = len(groups({"one": one, "two": two})) == 1
    return "" if alike else "two arms with one timetable and the same patients; let arms differ in clinicians"


def _lacks_clinicians(study: Study) -> str:
    lack = _arms(study) or _kept(study)
    if lack:
        return lack
    base = study.scenarios()[study.base_arm]
    if not base.early_codes():
        return "sessions with clinicians; choose a protocol that has some"
    enough = base.clinicians.number > 1 and base.patients.number > base.clinicians.number
    return "" if enough else "2 or more clinicians with several patients; type clinicians.number=2 or more patients"


def _lacks_sobol(study: Study) -> str:
    return "" if study.design.kind is Kind.sobol else "points laid out for it; type design=sobol"


def _lacks_morris(study: Study) -> str:
    if study.design.kind is not Kind.file:
        return "trajectories; make them with screening.trajectories and type design=file"
    roles = study.points()[0].roles
    return "" if {"row", "varied"} <= set(roles) else "trajectories; make the file with screening.trajectories"


def _lacks_power(study: Study) -> str:
    if not study.power.sizes:
        return "a planned trial; say how many patients an arm, such as power.sizes='[24, 48, 96]'"
    base = study.scenarios()[study.base_arm]
    for size in study.power.sizes:
        study.power.arms(base, size)
    return ""


# ------------------------------------------------------------------------------------------------------- answers


def _distributions(opened: Opened) -> Tables:
    people = opened.people(["change", "response", "remission", "patient"])
    reported = [
        pair
        for pair in pairs(list(opened.scenarios), opened.study.base_arm)
        if len({opened.scenarios[str(arm)].primary for arm in pair}) == 1
    ]
    return {
        "": distributions.comparisons(people, reported, opened.base),
        "quantiles": distributions.quantiles(people, opened.base, reported),
    }


def _behaviours(opened: Opened) -> Tables:
    study, frames = opened.study, []
    for arm, world in opened.scenarios.items():
        found = behaviours.behaviour_effects(world, study.replicates, study.seed)
        frames.append(found.dropna(subset=["estimate"]).assign(arm=arm))
    curves, levels = [], []
    for name in behaviours.BEHAVIOURS:
        curve, saturation = behaviours.dose_response(opened.base, name, study.replicates, study.seed)
        curves.append(curve.dropna(subset=["estimate"]).assign(behaviour=name))
        levels.append(saturation.dropna(subset=["estimate"]).assign(behaviour=name))
    whole = (pd.concat(part, ignore_index=True) for part in (frames, curves, levels))
    return dict(zip(("", "curve", "saturation"), whole, strict=True))


def _mediation(opened: Opened) -> Tables:
    treated, base = _pair(opened.study)
    worlds = mediation.mediation_worlds(base, treated, opened.study.replicates, opened.study.seed)
    return {"": mediation.shapley(worlds, base), "natural": mediation.natural_effects(worlds, base)}


def _heterogeneity(opened: Opened) -> Tables:
    arm, versus = map(str, opened.pair)
    columns = ["patient", "change", *heterogeneity.MODERATORS]
    effects = heterogeneity.individual_effects(opened.people(columns, [arm, versus]), arm, versus)
    world = opened.scenarios[versus]
    return {
        "": heterogeneity.spread_of_effects(effects, world),
        "moderation": heterogeneity.moderation(effects, world),
    }


def _clinicians(opened: Opened) -> Tables:
    columns = ["patient", "lead", "change", "baseline", "wai_early"]
    people = opened.people(columns)
    shares = [clinicians.clinician_variance(people, arm).assign(arm=arm) for arm in opened.scenarios]
    base = opened.study.base_arm
    return {
        "": pd.concat(shares, ignore_index=True),
        "slopes": clinicians.alliance_slopes(people, base, opened.base),
    }


def _sobol(opened: Opened) -> Tables:
    trials, design = opened.trials, opened.held.design
    found = {"": sensitivity.sobol(trials, design), "convergence": sensitivity.convergence(trials, design)}
    if opened.study.replicates > 1:
        found["parts"] = sensitivity.variance_parts(trials, design, opened.base)
    return found


def _morris(opened: Opened) -> Tables:
    return {"": morris(opened.trials, opened.held.design, opened.base)}


def _power(opened: Opened) -> Tables:
    study, plan = opened.study, opened.study.power
    trials = planned_trials(plan, opened.base, study.replicates, study.seed)
    return {"": power(trials, plan, opened.base), "smallest": smallest(trials, plan)}


def _headline(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows about the primary score, the effects of single behaviours and of all."""
    own = frame[frame["measure"] == HEADLINE]
    return own if "kind" not in own else own[(own["kind"] == "effect") | (own["behaviour"] == behaviours.ALL)]


QUESTIONS: dict[str, Question] = {
    "distributions": Question(
        "How far apart the arms' patients lie",
        _lacks_two_arms,
        _distributions,
        {
            "": Part("Comparisons of arms", ("arm", "versus", "measure")),
            "quantiles": Part(
                "Quantiles of change, and their differences",
                ("arm", "versus", "level"),
                lambda frame: frame[frame["level"].isin(SHOWN_LEVELS)],
            ),
        },
    ),
    "behaviours": Question(
        "What each clinician behaviour does",
        _lacks_behaviours,
        _behaviours,
        {
            "": Part(
                "One standard deviation more of a behaviour in all clinicians: effect on the primary score, arm by arm",
                ("arm", "behaviour", "kind"),
                _headline,
            ),
            "saturation": Part(
                "Level of a behaviour that brings 90 % of the gain from level 0 to level 1",
                ("behaviour",),
                _headline,
            ),
        },
    ),
    "mediation": Question(
        "Through what the effect runs",
        _lacks_mediation,
        _mediation,
        {
            "": Part("Parts of the effect; direct and the mediators' parts sum to the total", ("effect",)),
            "natural": Part("Natural effects through each mediator alone", ("mediator", "effect")),
        },
    ),
    "heterogeneity": Question(
        "Who gains most",
        _lacks_two_arms,
        _heterogeneity,
        {
            "": Part("Individual effects: the same patient in both arms, with the same luck", ("quantity",)),
            "moderation": Part(
                "How the effect differs with what patients brought",
                ("moderator", "kind"),
                lambda frame: frame[frame["kind"].isin(["alone", "joint"])],
            ),
        },
    ),
    "clinicians": Question(
        "How much lies between clinicians",
        _lacks_clinicians,
        _clinicians,
        {
            "": Part("Share of the outcome's variance between lead clinicians", ("arm", "quantity")),
            "slopes": Part("Outcome per point of alliance, within and between clinicians", ("slope", "view")),
        },
    ),
    "sobol": Question(
        "What the outcome depends on",
        _lacks_sobol,
        _sobol,
        {
            "": Part("Sobol indices of the primary score's mean change", ("key", "index")),
            "parts": Part("Where the variance of one trial's mean change comes from", ("part",)),
        },
    ),
    "morris": Question(
        "Which keys matter at all",
        _lacks_morris,
        _morris,
        {"": Part("Elementary effects on the primary score's mean change", ("key", "statistic"))},
    ),
    "power": Question(
        "How many patients a trial needs",
        _lacks_power,
        _power,
        {
            "": Part("Power and type I error by size", ("size", "clinicians", "quantity")),
            "smallest": Part("Smallest size with the power wanted", ("target",)),
        },
    ),
}
