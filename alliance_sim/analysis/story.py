"""One simulated patient's way through treatment, told session by session in plain words."""

import textwrap
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

import numpy as np
import pandas as pd
from omegaconf import OmegaConf

from alliance_sim import configuration
from alliance_sim.engine.arrays import simulate
from alliance_sim.engine.recording import STATES
from alliance_sim.model.state import Behaviours
from alliance_sim.model.timetable import Planned
from alliance_sim.protocol import DrugName, ScenarioError
from alliance_sim.scenario import Scenario, with_values
from alliance_sim.study import tables
from alliance_sim.study.config import Study

Row = Mapping[Any, Any]
DISCLAIMER = "This is a simulated person; nothing here is clinical advice."
BONDS = ("trust", "felt_empathy", "rapport")
WIDTH = 96  # characters a line
TOP = float("inf")
# What is said up to which value: states and experiences in [0, 1], traits in standard scores.
WORDS = {
    "bond": ((0.35, "low"), (0.5, "guarded"), (0.65, "fair"), (0.8, "good"), (TOP, "high")),
    "fear": ((0.2, "slight"), (0.35, "mild"), (0.5, "noticeable"), (0.65, "strong"), (TOP, "very strong")),
    "move": ((-0.05, "-clearly"), (-0.012, "-a little"), (0.012, "="), (0.05, "+a little"),
             (TOP, "+clearly")),
    "intensity": ((0.1, "barely felt"), (0.4, "mild"), (0.7, "moderate"), (0.85, "strong"),
                  (TOP, "very strong")),
    "challenge": ((0.15, "little"), (0.35, "some"), (0.55, "much"), (TOP, "very much")),
    "resolved": ((0.25, "hardly any of it"), (0.45, "less than half of it"), (0.6, "about half of it"),
                 (0.8, "most of it"), (TOP, "nearly all of it")),
    "experience": ((0.15, "hardly present"), (0.35, "slight"), (0.55, "moderate"), (0.75, "strong"),
                   (TOP, "very strong")),
    "attachment_anxiety": ((-0.7, "rarely worries about being let down"),
                           (0.7, "worries about being let down about as often as most"),
                           (TOP, "often worries about being let down")),
    "attachment_avoidance": ((-0.7, "lets others come close easily"), (0.7, "lets others come fairly close"),
                             (TOP, "keeps others at a distance")),
    "expectancy": ((-0.7, "expects little of the treatment"), (0.7, "has middling hopes for the treatment"),
                   (TOP, "expects much of the treatment")),
    "resistance": ((-0.7, "tends to respond to treatment more readily than most"),
                   (0.7, "responds to treatment about as readily as most"),
                   (TOP, "has symptoms that are harder to treat than most")),
    "skill": ((-0.7, "less skilled than most clinicians"), (0.7, "about as skilled as most clinicians"),
              (TOP, "more skilled than most clinicians")),
    "match": ((-0.7, "The two are not a natural fit"), (0.7, "The fit between the two is ordinary"),
              (TOP, "The two are a good fit from the start")),
    "insight": ((0.01, "none"), (0.04, "some"), (TOP, "much")),
}  # fmt: skip
TRAITS = ("attachment_anxiety", "attachment_avoidance", "expectancy", "resistance")
LEAST_PERCENT = 0.5  # smallest lasting change by insight that is told, percent
DIFFICULT = {"challenge": 0.4, "unresolved": 0.2}  # a dosing day is called difficult where both are exceeded
FEAR_MOVE = 0.04  # smallest change of fear that is told
DEEDS = {
    "boundaries": "a clear and safe frame",
    "active_listening": "close listening",
    "authenticity": "honesty",
    "empathy": "compassion",
    "collaboration": "having a say in decisions",
}
# Ways of saying the same, taken in turn.
UP, DOWN = ("grew", "rose"), ("slipped", "weakened")
SEEN = ("{} came across most", "{} stood out", "the patient was most aware of {}")
MISSED = ("the patient missed {} most", "{} came across least", "there was least sign of {}")
STEADY = ("The bond stayed much as it was", "Between the two little moved", "The bond held its level")
MENDED = ("there was a rupture, and it was mended within the session", "a rupture came and was repaired",
          "the contact tore once more and was mended")  # fmt: skip
TORN = ("there was a rupture that was not mended", "a rupture came and was left open",
        "the contact tore again, without repair")  # fmt: skip
WORKED = {
    "none": ("", "", ""),
    "some": ("some insight was turned into lasting change", "a little of the insight took hold",
             "some more of the insight was worked in"),
    "much": ("a good part of the insight was turned into lasting change", "much of the insight took hold",
             "the two worked a good deal of the insight into daily life"),
}  # fmt: skip
ASSESSED = ("{} {:g}, {}", "The {} stood at {:g}, {}", "A {} of {:g}, {}")


class World(NamedTuple):
    """The patient in one arm."""

    arm: str
    scenario: Scenario
    person: Row  # traits, clinicians and outcomes
    start: Row  # the states on arrival
    rows: pd.DataFrame  # sessions and assessments in order of time
    staff: dict[str, Any]  # each behaviour's skill by clinician


def worlds(study: Study, patient: int, replicate: int = 0, arm: str = "", counterfactual: str = "") -> list[World]:
    """Simulate the trial and return the patient's world, and the counterfactual's where one is named.

    Raises:
        ScenarioError: There is no such patient, arm or clinician file.
    """
    scenarios, told = study.scenarios(), arm or study.base_arm
    if told not in scenarios:
        raise ScenarioError(f"arm={told!r} is not an arm; choose one of: {', '.join(scenarios)}.")
    chosen = {told: scenarios[told]}
    if counterfactual == told:
        raise ScenarioError(f"counterfactual={told!r} is the arm already told; name another.")
    if counterfactual:
        chosen[counterfactual] = _other(scenarios, told, counterfactual)
    most = min(scenario.patients.number for scenario in chosen.values()) - 1
    if not 0 <= patient <= most:
        raise ScenarioError(f"patient={patient} is not in this trial; choose one of 0 to {most}.")
    if replicate < 0:
        raise ScenarioError(f"replicate={replicate} is negative; use 0 or more.")
    together = len({str(s.events()) + str(s.protocol.dose_per_kg) for s in chosen.values()}) == 1
    groups = [chosen] if together else [{name: scenario} for name, scenario in chosen.items()]
    return [world for group in groups for world in _lived(group, patient, replicate, study.seed)]


def _other(scenarios: dict[str, Scenario], told: str, name: str) -> Scenario:
    if name in scenarios:
        return scenarios[name]
    files = configuration.names("clinicians")
    file = name if name in files else f"{name}_bond"
    if file not in files:
        raise ScenarioError(
            f"counterfactual={name!r} is neither an arm ({', '.join(scenarios)}) "
            f"nor a file of conf/clinicians ({', '.join(files)}); choose one of these."
        )
    tree = OmegaConf.to_object(OmegaConf.load(configuration.folder() / "clinicians" / f"{file}.yaml"))
    values = pd.json_normalize(cast("dict[str, Any]", tree)).iloc[0].to_dict()
    return with_values(scenarios[told], {f"clinicians.{key}": value for key, value in values.items()})


def _lived(group: dict[str, Scenario], patient: int, replicate: int, seed: int) -> list[World]:
    arms = list(group)
    recorded = simulate(list(group.values()), [replicate], seed)
    people = tables.patients(recorded, list(group.values()), arms, [replicate])
    contacts = tables.contacts(recorded, arms, [replicate])
    made = []
    for place, arm in enumerate(arms):
        person = people[(people["arm"] == arm) & (people["patient"] == patient)].to_dict("records")[0]
        rows = contacts[(contacts["arm"] == arm) & (contacts["patient"] == patient)]
        rows = rows.assign(later=rows["phase"] != "assessment")  # on one day assessments come before sessions
        rows = rows.sort_values(["patient_day", "later"], kind="stable").drop(columns="later")
        start = {name: float(recorded.patients[name][patient, place, 0]) for name in STATES}
        staff = {name: recorded.clinicians[name][:, place, 0] for name in Behaviours._fields}
        made.append(World(arm, group[arm], person, start, rows, staff))
    return made


def tell(study: Study, patient: int, replicate: int = 0, arm: str = "", counterfactual: str = "") -> str:
    """Tell one simulated patient's way through treatment as a timeline.

    Args:
        study: The study whose worlds are simulated.
        patient: Number of the patient in the trial, from 0.
        replicate: Which simulated trial.
        arm: Which arm; the base arm if empty.
        counterfactual: An arm, or a file of `conf/clinicians`, told beside it with all other draws equal.

    Raises:
        ScenarioError: There is no such patient, arm or clinician file.
    """
    told = worlds(study, patient, replicate, arm, counterfactual)
    plan = told[0].scenario.protocol.name
    beside = f", beside the same patient in {told[1].arm}" if len(told) > 1 else ""
    where = f"trial {replicate}, {plan}, arm {told[0].arm}{beside}"
    lines = [f"Patient {patient} of simulated {where}", DISCLAIMER, "", "Who comes"]
    lines += [_wrapped(_who(told[0]), "  "), "", "Who treats"]
    lines += [_line(world, _clinicians(world), told) for world in told]
    parts = [_timeline(world) for world in told]
    contacts = sorted({key: None for part in parts for key in part}, key=lambda key: (key[0], key[1]))
    for key in contacts:
        lines += ["", f"Day {key[0]}, {key[2]}"]
        both = zip(told, parts, strict=True)
        lines += [_line(world, part[key], told) for world, part in both if key in part]
    lines += ["", "What lasted", *(_line(world, _lasted(world), told) for world in told)]
    if len(told) > 1:
        lines += ["", "The difference", _wrapped(_difference(*told), "  ")]
    return "\n".join(lines) + "\n"


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _held(world: World) -> list[Planned]:
    return [step for step in world.scenario.course() if step.phase != "assessment"]


def word(kind: str, value: float) -> str:
    """Return the word of `WORDS` for a value."""
    return next(name for limit, name in WORDS[kind] if value <= limit)


def _wrapped(text: str, first: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=first, subsequent_indent=" " * len(first))


def _line(world: World, text: str, told: list[World]) -> str:
    room = max(len(other.arm) for other in told)
    return _wrapped(text, f"  {world.arm:<{room}}  " if len(told) > 1 else "  ")


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _grouped(levels: dict[str, str]) -> dict[str, list[str]]:
    """Names by the word said of them, both in order."""
    grouped: dict[str, list[str]] = {}
    for name, how in levels.items():
        grouped.setdefault(how, []).append(_plain(name))
    return grouped


def _sentences(*parts: str) -> str:
    return " ".join(f"{part[0].upper()}{part[1:]}." for part in parts if part)


def _against(now: float, before: float, then: str) -> str:
    points = f"{abs(now - before):g} point{'' if abs(now - before) == 1 else 's'}"
    return f"as at {then}" if now == before else f"{points} {'below' if now < before else 'above'} {then}"


def _who(world: World) -> str:
    person, scale = world.person, world.scenario.instrument(world.scenario.primary)
    condition = world.scenario.patients.condition.value.replace("ptsd", "PTSD")
    own = {name: word(name, person[name]) for name in TRAITS}
    levels = _grouped({name: word("bond", world.start[name]) for name in BONDS})
    arrival = [f"{_listed(who)} {'is' if len(who) == 1 else 'are'} {how}" for how, who in levels.items()]
    return _sentences(
        f"the patient comes for {condition}, with {person['baseline']:g} of {scale.highest:g} points on the "
        f"{scale.name}",
        f"this is someone who {own['attachment_anxiety']} and {own['attachment_avoidance']}, "
        f"{own['expectancy']} and {own['resistance']}",
        f"on arrival {', '.join(arrival)}, and fear is {word('fear', world.start['fear'])}",
    )


def _clinicians(world: World) -> str:
    staff, steps = world.scenario.clinicians, _held(world)
    if not steps:
        return "Nobody: the protocol has assessments and no sessions."
    lead, co = world.person["lead"], world.person["co"]
    skills = {name: float(values[lead]) for name, values in world.staff.items()}
    means = [getattr(staff, name).mean for name in skills]
    spread = np.mean([getattr(staff, name).spread for name in skills])
    spread *= np.sqrt(staff.loading**2 + (1 - staff.loading**2) / len(skills))
    above = (np.mean(list(skills.values())) - np.mean(means)) / spread if spread else 0.0
    best, least = max(skills, key=lambda name: skills[name]), min(skills, key=lambda name: skills[name])
    pairs = dict.fromkeys(step.phase for step in steps if step.clinicians > 1)
    everywhere = all(step.clinicians > 1 for step in steps)
    joins = "every session" if everywhere else f"the {_listed(list(pairs))} sessions" if pairs else ""
    return _sentences(
        f"clinician {lead} leads, {word('skill', above)}, strongest in {_plain(best)} and weakest in {_plain(least)}",
        word("match", world.person["match"]),
        f"clinician {co} joins in {joins}" if joins else "",
    )


def _timeline(world: World) -> dict[tuple[int, bool, str], str]:
    """What is told of each contact, by day, kind (session or not) and title, in order of time."""
    told, before, place, torn, seen = {}, world.start, 0, 0, 0
    primary = f"assessment.{world.scenario.protocol.assessments.primary_day}"
    doses = {step.name: step.dose for step in _held(world) if step.phase == "dosing"}
    for row in world.rows.to_dict("records"):
        name, day = str(row["session"]), int(row["patient_day"])
        if row["phase"] == "assessment":
            title = "primary assessment" if name == primary else "assessment"
            told[day, False, title] = _assessed(world, row, seen, name == primary)
            seen += 1
            continue
        text = "Not attended."
        if row["attended"] > 0:
            dosed = _dosed(world, row, doses[name]) if name in doses else ""
            text = " ".join(filter(None, (dosed, _met(row, before, place, torn))))
            torn += int(row["rupture"])
            before = row
        told[day, True, name.replace(".", " ")] = text
        place += 1
    return told


def _met(row: Row, before: Row, place: int, torn: int) -> str:
    said = torn if torn < len(TORN) else 1 + torn % (len(TORN) - 1)
    rupture = (MENDED if row["repaired"] else TORN)[said] if row["rupture"] else ""
    gained = 0.0 if row["phase"] == "dosing" else row["integrated"] - before["integrated"]
    worked = WORKED[word("insight", gained)][place % len(SEEN)]
    left = "after this session the patient left treatment" if row["left"] else ""
    fear = _fear(row["fear"], before["fear"], place)
    return _sentences(rupture, _bond(row, before, place), fear, worked, left)


def _bond(row: Row, before: Row, place: int) -> str:
    moves = {name: row[name] - before[name] for name in BONDS}
    groups = _grouped({name: word("move", move) for name, move in moves.items()})
    perceived = {name: (row[f"perceived_{name}"], row[f"delivered_{name}"]) for name in DEEDS}
    rising = sum(moves.values()) > 0
    deed = (max if rising else min)(perceived, key=lambda name: perceived[name])
    why = (SEEN if rising else MISSED)[place % len(SEEN)].format(DEEDS[deed])
    if list(groups) == ["="]:
        return f"{STEADY[place % len(STEADY)]}; {why}"
    clauses = []
    for how, names in groups.items():
        verb = {"+": UP, "-": DOWN}.get(how[0], ("held", "stayed level"))[place % len(UP)]
        both = " all" if len(names) == len(BONDS) else ""
        clauses.append(f"{_listed(names)}{both} {verb} {how[1:]}".strip())
    return f"{', '.join(clauses)}; {why}"


def _fear(now: float, before: float, place: int) -> str:
    if abs(now - before) < FEAR_MOVE:
        return f"fear was {word('fear', now)}" if place == 0 else ""
    move = "rose" if now > before else "eased"
    same = word("fear", now) == word("fear", before)
    return f"fear {move}{' but stayed' if same else ' and was now'} {word('fear', now)}"


def _dosed(world: World, row: Row, dose: float) -> str:
    plan, scales = world.scenario.protocol, world.scenario.parameters.instruments
    if plan.drug is DrugName.none or not dose:
        return "No drug was given; the day was one long session."
    drug = plan.drug.value.replace("mdma", "MDMA")
    amount = f"{dose:g} mg{'/kg' if plan.dose_per_kg else ''} of {drug}"
    unresolved = row["challenge"] - row["resolved"]
    hard = row["challenge"] > DIFFICULT["challenge"] and unresolved > DIFFICULT["unresolved"]
    share = word("resolved", row["resolved"] / row["challenge"]) if row["challenge"] else "none of it"
    ebi, meq = (word("experience", row[name] / getattr(scales, name).highest) for name in ("ebi", "meq30"))
    return _sentences(
        f"the effect of {amount} was {word('intensity', row['intensity'])}",
        f"the day brought {word('challenge', row['challenge'])} that was hard (CEQ {row['ceq']:g} of "
        f"{scales.ceq.highest:g}), and {share} was worked through",
        f"emotional breakthrough was {ebi} (EBI {row['ebi']:g} of {scales.ebi.highest:g}), mystical-type "
        f"experience {meq} (MEQ30 {row['meq30']:g} of {scales.meq30.highest:g})",
        "it was a difficult day" if hard else "",
        "an adverse event followed" if row["adverse"] else "",
    )


def _assessed(world: World, row: Row, seen: int, primary: bool) -> str:
    person, name = world.person, world.scenario.instrument(world.scenario.primary).name
    since = _against(row["score_primary"], person["baseline"], "entry")
    score = ASSESSED[seen % len(ASSESSED)].format(name, row["score_primary"], since)
    if not primary:
        return _sentences(score)
    response = "a response" if person["response"] else "no response"
    wellbeing = _against(row["score_wellbeing"], person["wellbeing_baseline"], "entry")
    return _sentences(
        f"{score}: {response} and {'' if person['remission'] else 'no '}remission",
        f"wellbeing (WEMWBS) was {row['score_wellbeing']:g}, {wellbeing}",
    )


def _lasted(world: World) -> str:
    person, rows = world.person, world.rows
    scale = world.scenario.instrument(world.scenario.primary)
    first, last = (scale.slope * level for level in (world.start["set_point"], rows["set_point"].iloc[-1]))
    insight = 100 * (1 - np.exp(-rows["integrated"].iloc[-1]))
    final = rows[rows["phase"] == "assessment"].iloc[-1]
    went = f"went from {first:.0f} to {last:.0f}" if round(first) != round(last) else f"stayed at {last:.0f}"
    share = f"insight turned into lasting change lowered that level by {insight:.0f} %"
    share = share if insight >= LEAST_PERCENT else "hardly any insight turned into lasting change"
    torn, mended = person["ruptures"], f"{person['repairs']:g}" if person["repairs"] else "none"
    were = "was" if mended == "1" else "were"
    held = len(_held(world))
    return _sentences(
        f"the level that symptoms settle to {went} points on the {scale.name}",
        share if (rows["intensity"] > 0).any() else "",
        f"on day {final['patient_day']}, the last assessment, the score was {final['score_primary']:g}, "
        + _against(final["score_primary"], person["baseline"], "entry"),
        f"the patient attended {person['sessions']:g} of {held} sessions" if held else "",
        f"{mended} of {torn:g} rupture{'' if torn == 1 else 's'} {were} mended" if torn else "",
    )


def _difference(told: World, other: World) -> str:
    scales = [world.scenario.instrument(world.scenario.primary) for world in (told, other)]
    if scales[0].name != scales[1].name:
        return "The two are measured on different scales, so no difference in points is given."
    one, two = told.person, other.person
    gap = abs(two["endpoint"] - one["endpoint"])
    way = "lower" if two["endpoint"] < one["endpoint"] else "higher"
    apart = f"{gap:g} point{'' if gap == 1 else 's'} {way} than" if gap else "the same as"
    size = "less than" if gap < scales[0].important else "at least"
    early = ""
    if not np.isnan([one["wai_early"], two["wai_early"]]).any():
        early = (
            f"early in treatment this patient rated the alliance {two['wai_early']:.1f} with {other.arm} "
            f"and {one['wai_early']:.1f} with {told.arm} (WAI-SR, 1 to 5)"
        )
    name = scales[0].name
    return _sentences(
        f"at the primary assessment the {name} was {two['endpoint']:g} with {other.arm}, "
        f"{apart} the {one['endpoint']:g} with {told.arm}; that is {size} the "
        f"{scales[0].important:g} points taken as the smallest difference that matters",
        early,
        "all draws of chance were the same, so inside this simulation the two differ only by what the arms "
        "change; another simulated patient could differ the other way",
    )
