"""One simulated patient under A and under B: where the dot lies, what happened, and how it felt."""

import shlex
from collections.abc import Mapping
from typing import Any

import numpy as np

# The parts of a story, which `tell` joins into a text of its own: a page lays them out otherwise.
from alliance_sim.analysis.story import difference, lasted, timeline, who
from alliance_sim.analysis.wording import listed, plain, sentences, word
from alliance_sim.analysis.worlds import Row, World
from alliance_sim.app import experiment
from alliance_sim.app.compare import phases
from alliance_sim.app.experiment import ARMS, Met
from alliance_sim.app.narration import says
from alliance_sim.app.state import State
from alliance_sim.engine.recording import STATES, Recorded
from alliance_sim.model.behaviours import Behaviours
from alliance_sim.model.timetable import Event
from alliance_sim.study import tables

SHOWN = ("trust", "felt_empathy", "rapport", "fear")


def person(state: State) -> dict[str, Any]:
    """Everything the second page shows of one patient of one trial.

    Raises:
        ScenarioError: The settings contradict one another.
    """
    met = experiment.meet(experiment.scenarios(state), state.seed, [state.trial])
    worlds = lived(met, state.patient, state.trial)
    change = {arm: one.recorded.outcomes["change"][:, one.place, 0].tolist() for arm, one in met.items()}
    scenario = met["a"].scenario
    return {
        "patient": state.patient,
        "trial": state.trial,
        "scale": scenario.instrument(scenario.primary).name,
        "change": change,
        "who": who(worlds["a"]),
        "treats": {arm: treats(world) for arm, world in worlds.items()},
        "visits": visits(worlds),
        "lasted": {arm: lasted(world) for arm, world in worlds.items()},
        "difference": difference(worlds["a"], worlds["b"]),
        "states": {arm: states(world) for arm, world in worlds.items()},
        "phases": phases(scenario),
        "line": f"The same story on the command line: {line(state)}",
    }


def lived(met: Mapping[str, Met], patient: int, replicate: int) -> dict[str, World]:
    """One patient's world in each arm, as a story needs it."""
    made = {}
    for arm, one in met.items():
        recorded, place = alone(one.recorded, one.place, patient), one.place
        people = tables.patients(recorded, [one.scenario], [arm], [replicate])
        start = {name: float(recorded.patients[name][0, 0, 0]) for name in STATES}
        staff = {name: one.recorded.clinicians[name][:, place, 0] for name in Behaviours._fields}
        rows = tables.visits(recorded, [arm], [replicate])
        endpoints = one.recorded.outcomes["endpoint"][:, one.place, 0]
        made[arm] = World(arm, one.scenario, people.to_dict("records")[0], start, rows, staff, endpoints)
    return made


def alone(recorded: Recorded, place: int, patient: int) -> Recorded:
    """What was recorded of one patient in one arm, as if nobody else had been there."""

    def events(of_all: list[Event]) -> tuple[list[int], list[Event]]:
        own = [at for at, event in enumerate(of_all) if event.patient == patient]
        return own, [of_all[at]._replace(patient=0) for at in own]

    def part(columns: dict[str, Any], rows: list[int]) -> dict[str, Any]:
        return {name: values[rows][:, place : place + 1] for name, values in columns.items()}

    talks, met = events(recorded.session_events)
    asked, seen = events(recorded.assessment_events)
    return recorded._replace(
        sessions=part(recorded.sessions, talks),
        assessments=part(recorded.assessments, asked),
        patients=part(recorded.patients, [patient]),
        outcomes=part(recorded.outcomes, [patient]),
        session_events=met,
        assessment_events=seen,
    )


def treats(world: World) -> str:
    """Who treats in this arm: the arm's clinician, and the fit with this patient."""
    steps = world.held()
    if not steps:
        return "Nobody: the protocol has assessments and no sessions."
    lead, co = world.person["lead"], world.person["co"]
    skills = {name: float(values[lead]) for name, values in world.staff.items()}
    best, least = max(skills, key=lambda name: skills[name]), min(skills, key=lambda name: skills[name])
    even = skills[best] == skills[least]
    pairs = list(dict.fromkeys(step.phase for step in steps if step.clinicians > 1))
    return sentences(
        f"number {lead} of the team leads, a copy of clinician {world.arm.upper()}: "
        + ("alike in all behaviours" if even else f"strongest in {plain(best)} and weakest in {plain(least)}"),
        word("dyad_effect", world.person["dyad_effect"]),
        f"number {co} joins in the {listed(pairs)} sessions" if pairs else "",
    )


def visits(worlds: Mapping[str, World]) -> list[dict[str, Any]]:
    """Each session and assessment in order of time: what happened under A and B, and what the patient says."""
    lines = {arm: timeline(world) for arm, world in worlds.items()}
    said = {arm: remarks(world) for arm, world in worlds.items()}
    made = []
    for visit in sorted(lines["a"], key=lambda visit: visit[:2]):
        day, is_session, title = visit
        name = title.replace(" ", ".", 1) if is_session else ""
        sides = {arm: {"text": lines[arm][visit], "says": said[arm].get(name, "")} for arm in ARMS}
        made.append({"day": day, "title": title, **sides})
    return made


def remarks(world: World) -> dict[str, str]:
    """What the patient says after each session attended, by the session's name."""
    said: dict[str, str] = {}
    before: Row = world.start
    ruptures = 0
    for place, row in enumerate(world.rows[world.rows["phase"] != "assessment"].to_dict("records")):
        if row["attended"] > 0:
            said[str(row["session"])] = says(row, before, ruptures, place)
            ruptures += int(row["rupture"])
            before = row
    return said


def states(world: World) -> dict[str, Any]:
    """Trust, felt empathy, rapport and fear on arrival and after each session attended."""
    seen = world.rows[(world.rows["phase"] != "assessment") & (world.rows["attended"] > 0)]
    made: dict[str, Any] = {"day": [-1, *seen["patient_day"].tolist()] if len(seen) else []}
    for name in SHOWN:
        values = [world.start[name], *seen[name].tolist()] if len(seen) else []
        made[name] = [round(float(value), 4) for value in np.asarray(values)]
    return made


def line(state: State) -> str:
    """The command that writes this story on the command line."""
    words = shlex.split(experiment.run_line(state))[2:]
    kept = [word for word in words if not word.startswith(("replicates=", "out="))]
    own = [f"patient={state.patient}", f"replicate={state.trial}", "arm=a", "counterfactual=b"]
    return f"alliance-sim story {shlex.join([*own, *kept])}"
