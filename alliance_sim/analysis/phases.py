"""Which behaviour matters when: one standard deviation more of it in one phase alone, or after ruptures alone.

The clinicians' skills stay as they are. What they deliver is raised in the sessions of one phase, or in those sessions
that follow one with a rupture, and nowhere else. Where effort is limited, or skill near an end of [0, 1], less than
that is delivered. Each interval is that of one effect: of twenty effects that are none, one would seem to be one.
"""

from typing import NamedTuple

import pandas as pd

from alliance_sim.analysis import paired
from alliance_sim.analysis.behaviours import BASE, BEHAVIOURS, Changes, effects, shifted, worlds
from alliance_sim.analysis.monte_carlo import Found
from alliance_sim.world.scenario import SESSION_PHASES, Scenario

AFTER = "after a rupture"
IN = " | "  # between behaviour and phase in an arm's name
COLUMNS = ["behaviour", "phase", "measure", *Found._fields, "unit", "sessions", "hours"]
NOT_PLANNED = float("nan")


class Length(NamedTuple):
    """How much of a patient's course a phase is, as the protocol plans it; NaN after ruptures, which nobody plans."""

    sessions: float
    hours: float


def lengths(scenario: Scenario) -> dict[str, Length]:
    """The phases of a world in the order of treatment, and last what comes after ruptures.

    Phases without sessions are left out, and `AFTER` where no session follows another.

    Examples:
        >>> from alliance_sim import Scenario
        >>> found = lengths(Scenario())
        >>> list(found)
        ['preparation', 'dosing', 'integration', 'after a rupture']
        >>> found["preparation"]
        Length(sessions=3, hours=4.5)
    """
    held = [step for step in scenario.course() if step.phase in SESSION_PHASES]
    made = {}
    for phase in SESSION_PHASES:
        own = [step.hours for step in held if step.phase == phase]
        if own:
            made[phase] = Length(len(own), sum(own))
    return made | ({AFTER: Length(NOT_PLANNED, NOT_PLANNED)} if len(held) > 1 else {})


def more(scenario: Scenario, amount: float = 1.0) -> Changes:
    """Arms in which all clinicians deliver more of one behaviour in one phase, or after ruptures.

    Args:
        scenario: The world that arms change.
        amount: How much more, in standard deviations of the clinician population.

    Returns:
        Dotted keys that each arm sets, by the arm's name: as `arms` of a study. What the world itself asks of its
        clinicians in that phase is added to.

    Raises:
        AnswerError: A behaviour does not vary between clinicians.
        ScenarioError: The shift is outside [-1, 1].

    Examples:
        >>> from alliance_sim import Scenario
        >>> more(Scenario())["empathy | dosing"]
        {'clinicians.phases.dosing.empathy': 0.166}
    """
    staff = scenario.clinicians
    arms: Changes = {BASE: {}}
    shifted(scenario, BEHAVIOURS, amount)  # refuses behaviours that do not vary
    for name in BEHAVIOURS:
        for phase in lengths(scenario):
            own = staff.after_rupture if phase == AFTER else getattr(staff.phases, phase)
            part = "after_rupture" if phase == AFTER else f"phases.{phase}"
            shift = getattr(own, name) + amount * getattr(staff, name).spread
            arms[f"{name}{IN}{phase}"] = {f"clinicians.{part}.{name}": shift}
    worlds(scenario, arms)
    return arms


def phase_effects(scenario: Scenario, replicates: int, seed: int, amount: float = 1.0) -> pd.DataFrame:
    """Simulate the arms of `more` with the same patients and random draws, and what each differs by from the world.

    Args:
        scenario: The world that arms change.
        replicates: Simulated trials of each.
        seed: Seed of every draw.
        amount: How much more, in standard deviations of the clinician population.

    Returns:
        Columns behaviour, phase (`AFTER` too), measure, estimate, mcse, lower, upper, unit, sessions and hours of the
        phase in a patient's course (NaN for `AFTER`). A world without sessions has no rows.

    Raises:
        AnswerError: A behaviour does not vary between clinicians, or no replicate was run in every arm.
        ScenarioError: The shift, the seed or the number of replicates is not allowed.
    """
    arms = more(scenario, amount)
    found = effects(paired.trials(worlds(scenario, arms), replicates, seed), scenario)
    names = found["behaviour"].str.split(IN, expand=True, regex=False).reindex(columns=[0, 1])
    held = lengths(scenario)
    about = {"behaviour": names[0], "phase": names[1]}
    about |= {part: names[1].map({phase: getattr(own, part) for phase, own in held.items()}) for part in Length._fields}
    return found.assign(**about)[COLUMNS]


def per_hour(found: pd.DataFrame) -> pd.DataFrame:
    """Effects of `phase_effects` divided by the hours of their phase; those after ruptures are left out.

    Phases differ in length: an effect per hour says where more of a behaviour does most for the time it takes.

    Examples:
        >>> whole = {"estimate": -1.5, "mcse": 0.3, "lower": -2.1, "upper": -0.9, "unit": "MADRS points", "hours": 3.0}
        >>> print(*per_hour(pd.DataFrame([whole]))[["estimate", "unit"]].iloc[0])
        -0.5 MADRS points an hour
    """
    own = found.dropna(subset=["hours"])
    parts = {name: own[name] / own["hours"] for name in Found._fields}
    return own.assign(**parts, unit=own["unit"] + " an hour")
