"""The study behind a page: the same worlds that `alliance-sim run` simulates, and the line that says so."""

import functools
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from alliance_sim.app.clinics import Clinic
from alliance_sim.app.state import TRIALS, State
from alliance_sim.engine.recording import Keep, Recorded
from alliance_sim.engine.worlds import simulate
from alliance_sim.model.behaviours import Behaviours
from alliance_sim.study.config import Study
from alliance_sim.study.engines import EngineName
from alliance_sim.study.identity import hashed
from alliance_sim.study.runner import groups
from alliance_sim.world.clinicians import Skill
from alliance_sim.world.configuration import changed
from alliance_sim.world.protocol import Protocol, used_phases
from alliance_sim.world.scenario import Scenario, load_patients, load_protocol

ARMS = ("a", "b")
CASE_STUDY = ("weak", "typical", "strong")  # arms of the study that the command line runs unless arms are given
DIGITS = 4  # of a dose

protocol = functools.cache(load_protocol)
population = functools.cache(load_patients)


class Met(NamedTuple):
    """What one arm's worlds recorded: its place among the arms that ran together."""

    scenario: Scenario
    recorded: Recorded
    place: int


def doses(plan: Protocol, percent: int) -> list[float]:
    """The doses of a protocol at a percentage of what was published, mg or mg/kg."""
    return [round(dose * percent / 100, DIGITS) for dose in plan.doses]


def present(plan: Protocol) -> int:
    """Most clinicians in one room."""
    return max((getattr(plan, phase).clinicians for phase in used_phases(plan)), default=1)


def common(state: State) -> dict[str, Any]:
    """Dotted keys that both arms share."""
    plan = protocol(state.protocol)
    values: dict[str, Any] = {"patients.number": state.patients, "assignment.enrolment_spacing": state.spacing}
    if state.dose != State.dose and plan.doses:
        values["protocol.doses"] = doses(plan, state.dose)
    # One clinician an arm: colleagues are copies, so that a slider means what it says.
    return values | {f"clinicians.{name}.spread": 0.0 for name in (*Behaviours._fields, "responsiveness")}


def arms(state: State) -> dict[str, dict[str, Any]]:
    """Dotted keys in which the two arms differ."""
    needed = present(protocol(state.protocol))
    return {
        arm: {f"clinicians.{name}.mean": level for name, level in clinic.skills().items()}
        | {"clinicians.number": clinic.team(state.patients, needed)}
        for arm, clinic in zip(ARMS, (state.a, state.b), strict=True)
    }


@functools.lru_cache(maxsize=64)
def _base(state: State) -> Scenario:
    """The world that both arms change, of a state whose clinicians are the default's."""
    return changed(Scenario(protocol(state.protocol), population(people(state))), common(state))


def base(state: State) -> Scenario:
    """The world that both arms change.

    Raises:
        ScenarioError: The settings contradict one another.
    """
    return _base(replace(state.world(), seed=State.seed, a=Clinic(), b=Clinic()))


def scenarios(state: State) -> dict[str, Scenario]:
    """Each arm's world: what `study` runs, made without looking at keys that no slider moves.

    Raises:
        ScenarioError: The settings contradict one another.
    """
    shared = base(state)
    made = {}
    for arm, clinic in zip(ARMS, (state.a, state.b), strict=True):
        own: dict[str, Any] = {name: Skill(mean=level, spread=0.0) for name, level in clinic.skills().items()}
        own["number"] = clinic.team(state.patients, present(shared.protocol))
        made[arm] = replace(shared, clinicians=replace(shared.clinicians, **own))
    return made


def study(state: State) -> Study:
    """The study of a page as the command line composes it: sixteen simulated trials an arm.

    Raises:
        ScenarioError: The settings contradict one another.
    """
    shared = base(state)
    return Study(
        protocol=shared.protocol,
        patients=shared.patients,
        clinicians=shared.clinicians,
        assignment=shared.assignment,
        arms=arms(state),
        base_arm=ARMS[0],
        replicates=TRIALS,
        seed=state.seed,
        engine=EngineName.lanes,
    )


def meet(
    scenarios: Mapping[str, Scenario], seed: int, replicates: Sequence[int], keep: Keep = Keep.sessions
) -> dict[str, Met]:
    """Let the same patients meet the clinicians of each arm; arms with one timetable run together."""
    found: dict[str, Met] = {}
    for together in groups({label: scenario for label, scenario in scenarios.items()}):  # noqa: C416  (wider keys)
        labels = [str(label) for label in together]
        recorded = simulate([scenarios[label] for label in labels], replicates, seed, keep)
        found |= {label: Met(scenarios[label], recorded, place) for place, label in enumerate(labels)}
    return {label: found[label] for label in scenarios}


def people(state: State) -> str:
    """The population of a page: the protocol's own where it has the condition chosen, else the condition's."""
    own = protocol(state.protocol).patients
    return own if population(own).condition.value == state.condition else state.condition


def run_line(state: State) -> str:
    """The command that repeats a page's numbers on the command line."""
    words = [f"protocol={state.protocol}", f"patients={people(state)}"]
    words += [f"{key}={_written(value)}" for key, value in common(state).items()]
    words += [f"seed={state.seed}", f"replicates={TRIALS}", *(f"~arms.{name}" for name in CASE_STUDY)]
    for arm, values in arms(state).items():
        own = ", ".join(f"{key}: {_written(value)}" for key, value in values.items())
        words.append(f"arms.{arm}={{{own}}}")
    words += [f"base_arm={ARMS[0]}", f"out=outputs/classroom-{hashed(state.world().query())}"]
    return f"alliance-sim run {shlex.join(words)}"


def _written(value: Any) -> str:
    """A value as the command line reads it; every digit of a number."""
    return f"[{', '.join(map(repr, value))}]" if isinstance(value, list) else repr(value)
