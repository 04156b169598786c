"""Parts of sentences that several records need: protocol, population, clinicians, design, precision."""

import math
from typing import Any

import numpy as np

from alliance_sim import questions
from alliance_sim.analysis import printing
from alliance_sim.analysis.precision import needed
from alliance_sim.model.registry import plain
from alliance_sim.report import people as of_people, precise, wording
from alliance_sim.report.records import layout
from alliance_sim.report.records.facts import Facts
from alliance_sim.study.config import Estimand
from alliance_sim.study.identity import flat
from alliance_sim.world import shown
from alliance_sim.world.protocol import Anchor, Baseline
from alliance_sim.world.scenario import Scenario

PHASES = ("preparation", "therapy", "dosing", "integration")
NO_ERROR = "none by construction"
NOT_ANSWERED = "not answered yet (run the study's command again)"
MOST_SAID = 4  # worlds that a paragraph describes
SHARES = {"tenth": 10, "twentieth": 20}  # of the smallest difference that matters: errors that may be wished for


def aims(facts: Facts) -> list[str]:
    """What the study asks: its question, then each further question."""
    study = facts.study
    own = wording.question(study) or ("" if study.ask else f"{wording.title(facts.opened)}.")
    return [*filter(None, [own]), *(f"{questions.about(name).title} ({name})." for name in study.ask)]


def protocol(world: Scenario) -> str:
    """What is done, when, and when it is measured."""
    plan = world.protocol
    course = world.course()
    counts = {phase: sum(step.phase == phase for step in course) for phase in PHASES}
    sessions = ", ".join(f"{count} of {phase}" for phase, count in counts.items() if count) or "no sessions"
    last = max((step.day for step in course), default=0)
    days = ", ".join(map(str, plan.assessments.days)) or "none"
    taken = "the day before the first dose" if plan.assessments.baseline is Baseline.before_dosing else "at enrolment"
    anchor = "the last dose" if plan.assessments.anchor is Anchor.last_dose else "enrolment"
    return (
        f"{shown.summary(world)['protocol']}; sessions: {sessions}; {last} days; assessed on days {days} after "
        f"{anchor}, primary day {plan.assessments.primary_day}; "
        f"baseline: {taken}"
    )


def population(world: Scenario) -> str:
    """Who is treated."""
    people = world.patients
    lowest, highest = world.entry_bounds
    mean, spread = world.referred if people.entry.sd else (people.severity_mean, people.severity_spread)
    return (
        f"{people.number} patients a trial with {people.condition.value}; severity of those referred {mean:.3g} "
        f"(SD {spread:.3g}, share of the scale's range); admitted with {lowest:g} to {highest:g} on "
        f"{world.instrument(world.primary).name}; treatment resistance {people.resistance:g} SD"
    )


def staff(world: Scenario) -> str:
    """Who treats, and whom."""
    people = world.clinicians
    followed = ", ".join(dict.fromkeys(name for name, _ in world.policy.of(people.number)))
    return (
        f"{people.number} clinicians a trial, at most {people.max_caseload} patients each; patients assigned "
        f"{wording.ASSIGNED[world.assignment.rule]}, one enrolled every {world.assignment.enrolment_spacing} days; "
        f"clinicians decide by the policy {followed}"
    )


PARTS = {protocol: ("protocol",), population: ("patients",), staff: ("clinicians", "assignment", "policy")}


def worlds(facts: Facts, say: Any) -> list[str]:
    """A sentence of each world, one for all arms that share it; then what the design varies of what it says."""
    said: dict[str, list[str]] = {}
    for arm, world in facts.worlds.items():
        said.setdefault(say(world), []).append(arm)
    made = [text if len(said) == 1 else f"{', '.join(arms)}: {text}" for text, arms in said.items()]
    own = [f"{key} ({levels})" for key, levels in facts.varied.items() if key.split(".")[0] in PARTS.get(say, ())]
    return [*made, f"What the design varies of this: {', '.join(own)}"] if own else made


def short(facts: Facts, say: Any) -> str:
    """The same in a paragraph: where arms differ much, where it stands."""
    said = worlds(facts, say)
    return ". ".join(said) if len(said) <= MOST_SAID else "it differs between arms (ademp.md says how)"


def protocol_source(world: Scenario) -> str:
    """What a protocol says of where it is from."""
    return world.protocol.source or "none is stated"


def population_source(world: Scenario) -> str:
    """What a population says of where it is from."""
    return world.patients.source or "none is stated"


def patients(facts: Facts) -> str:
    """How many patients a trial has."""
    return " or ".join(dict.fromkeys(str(world.patients.number) for world in facts.worlds.values()))


def asked(facts: Facts) -> list[str]:
    """How each further question was answered, on how many replicates."""
    made = []
    for name in facts.study.ask:
        about = facts.opened.about_answers.get(name)
        done = f"from {layout.counted(about['replicates'], 'replicate')}" if about else NOT_ANSWERED
        made.append(f"{questions.about(name).title} ({name}), {done}: {questions.question(name).method(facts.opened)}")
    return made


def plan(facts: Facts) -> list[list[str]]:
    """Every key of a planned trial and its value; empty where no trial is planned."""
    held = plain(facts.study.power)
    if "power" not in facts.study.ask:
        return []
    return [[f"power.{key}", ", ".join(map(str, value)) if isinstance(value, list) else str(value)]
            for key, value in flat(held).items()]  # fmt: skip


def shared(facts: Facts) -> str:
    """What arms or points share, and so how they are compared."""
    return of_people.shared(facts.opened)


def unpaired(facts: Facts) -> str:
    """The pairs of arms or points that are compared as independent means; empty where there are none."""
    table = facts.opened.answers.contrasts
    if "paired" not in table:
        return ""
    own = table[~table["paired"].astype(bool)]
    first = "arm" if "arm" in own else "point"
    pairs = dict.fromkeys(f"{one} − {two}" for one, two in zip(own[first], own["versus"], strict=True))
    return f"{'' if first == 'arm' else 'points '}{', '.join(pairs)}" if pairs else ""


def precision(facts: Facts) -> list[list[str]]:
    """Largest Monte Carlo errors of means and of differences, by measure."""
    return precise.largest_errors(facts.opened, NO_ERROR)


def wished(facts: Facts) -> list[list[str]]:
    """How many replicates errors of the primary change would need: half of the present, and shares of what matters."""
    found = facts.opened.found
    matters = facts.base.instrument(facts.base.primary).important
    estimand = Estimand.difference if found.pairs else Estimand.mean
    now = facts.opened.largest_error("change", estimand)
    if facts.opened.headline != "change" or not math.isfinite(now):
        return []
    targets = {now / 2: "half of the present largest error"}
    targets |= {matters / share: f"a {word} of the smallest difference that matters" for word, share in SHARES.items()}
    made = []
    for target, why in targets.items():
        of = needed(found, "change", target)
        own = of[of["versus"].notna()] if found.pairs else of
        most = own["needed"].max()
        counted = "not known" if not np.isfinite(most) else f"{max(int(most), 1):,}"
        made.append([f"{target:.2g} points", why, counted])
    return made


def why_so_many(facts: Facts) -> str:
    """Why as many replicates as there are."""
    study, wanted = facts.study, facts.study.precision
    if wanted.target:
        held = facts.opened.largest_error(wanted.measure, wanted.estimand)
        reached = f"{held:.2g}" if math.isfinite(held) else "not known"
        return (
            f"Replicates were added until the largest Monte Carlo standard error of a {wanted.estimand.value} in "
            f"{wanted.measure} was at most {wanted.target:g}, and to at most {wanted.max_replicates} replicates; it is "
            f"{reached} with {layout.counted(study.replicates, 'replicate')}"
        )
    matters = facts.base.instrument(facts.base.primary).important
    estimand = Estimand.difference if facts.opened.found.pairs else Estimand.mean
    chosen = f"Each arm or point has {layout.counted(study.replicates, 'replicate')}, a choice of the study"
    if facts.opened.headline != "change":  # on several scales
        left = precise.error(facts.opened.largest_error("response", estimand), "percentage points", NO_ERROR)
        return (
            f"{chosen}: no precision was asked for. The largest Monte Carlo standard error of a {estimand.value} in "
            f"response that they leave is {left}"
        )
    held = facts.opened.largest_error("change", estimand)
    if not math.isfinite(held):
        return f"{chosen}; the error that they leave is not known"
    share = f", {100 * held / matters:.0f} % of the smallest difference that matters" if matters else ""
    return (
        f"{chosen}: no precision was asked for. They leave a largest Monte Carlo standard error of a {estimand.value} "
        f"in the primary change of {held:.2g} points{share}"
    )


def gain(facts: Facts) -> str:
    """What common random numbers brought; empty where nothing is compared or nothing is known."""
    return precise.gain(facts.opened)


def software(facts: Facts) -> list[str]:
    """Versions that computed the results, once each."""
    said = []
    for run in facts.runs:
        version, commit = run.software
        machine = run.held["machine"]
        own = f"alliance_sim {version or 'of unknown version'}" + (f" (commit {commit})" if commit else "")
        arrow = f", Apache Arrow {machine['pyarrow']}" if machine.get("pyarrow") else ""
        own += f"; Python {machine['python']}, NumPy {machine['numpy']}{arrow}"
        said.append(f"{own}; {machine['system']} {machine['processor']}")
    return list(dict.fromkeys(said)) or [f"alliance_sim {facts.version}; no run has ended, so that no machine is known"]


def machines(facts: Facts) -> str:
    """On what kinds of machine; no name of one."""
    held = [run.held["machine"] for run in facts.runs]
    said = (f"{one['system']} {one['processor']}, {one.get('cores') or 'an unknown number of'} cores" for one in held)
    return "; ".join(dict.fromkeys(said)) or "a machine not known"


def time(facts: Facts) -> str:
    """When the study was run and how long that took."""
    days = list(dict.fromkeys(run.began.date().isoformat() for run in facts.runs if run.began))
    seconds = sum(run.held["seconds"] for run in facts.runs)
    count = len(facts.runs)
    if not count:
        return "no run has ended"
    said = (
        f"{layout.counted(count, 'run')} on {', '.join(days) or 'a day not known'}: {printing.duration(seconds)} to "
        "simulate the trials"
    )
    answers = {name: float(about["seconds"]) for name, about in facts.opened.about_answers.items()}
    if answers:
        each = ", ".join(f"{name} {printing.duration(own)}" for name, own in answers.items())
        said += f", and {printing.duration(sum(answers.values()))} to answer further questions ({each})"
    return f"{said}; tables and figures are not counted"


def state(facts: Facts) -> str:
    """What a reader must know first of a folder that is not whole; empty where it is."""
    said = []
    if facts.missing:
        said.append(
            f"Incomplete: {facts.verdict.trials} of {facts.verdict.wanted} trials are there; every number is of these"
        )
    if not facts.of_these_laws:
        said.append(
            f"The results were computed by other sources of the model ({facts.laws}, alliance_sim {facts.version}) "
            "than those of the version that writes this, from which what is said of sources and calibration is taken"
        )
    return ". ".join(said)
