"""One simulated patient's way through treatment, session by session in plain words."""

import numpy as np

from alliance_sim.analysis import wording
from alliance_sim.analysis.wording import against, grouped, listed, plain, points, sentences, word
from alliance_sim.analysis.worlds import Row, World, worlds
from alliance_sim.study.config import Study
from alliance_sim.world.protocol import DrugName

DISCLAIMER = "This is a simulated person; nothing here is clinical advice."
BONDS = ("trust", "felt_empathy", "rapport")
TRAITS = ("attachment_anxiety", "attachment_avoidance", "expectancy", "resistance")
Key = tuple[int, bool, str]  # day, session or not, title: assessments come first on a day


def tell(study: Study, patient: int, replicate: int = 0, arm: str = "", counterfactual: str = "") -> str:
    """Tell one simulated patient's way through treatment as a timeline.

    Args:
        study: The study whose worlds are simulated.
        patient: Number of the patient in the trial, from 0.
        replicate: Which simulated trial, from 0.
        arm: Which arm; the base arm if empty.
        counterfactual: An arm, or a file of `conf/clinicians`, beside it, all other draws equal.

    Raises:
        ScenarioError: There is no such patient, arm or clinician file.
    """
    reported = worlds(study, patient, replicate, arm, counterfactual)
    plan = reported[0].scenario.protocol.name
    beside = f", beside the same patient in arm {reported[1].arm}" if len(reported) > 1 else ""
    where = f"trial {replicate}, {plan}, arm {reported[0].arm}{beside}"
    lines = [f"Patient {patient} of simulated {where}", DISCLAIMER, "", "Who comes"]
    lines += [wording.wrapped(who(reported[0]), "  "), "", "Who treats"]
    lines += [_line(world, _clinicians(world), reported) for world in reported]
    parts = [timeline(world) for world in reported]
    visits = sorted({key: None for part in parts for key in part}, key=lambda key: key[:2])
    for key in visits:
        lines += ["", f"Day {key[0]}, {key[2]}"]
        both = zip(reported, parts, strict=True)
        lines += [_line(world, part[key], reported) for world, part in both if key in part]
    lines += ["", "What lasted", *(_line(world, lasted(world), reported) for world in reported)]
    if len(reported) > 1:
        lines += ["", "The difference", wording.wrapped(difference(*reported), "  ")]
    return "\n".join(lines) + "\n"


def _line(world: World, text: str, reported: list[World]) -> str:
    room = max(len(other.arm) for other in reported)
    return wording.wrapped(text, f"  {world.arm:<{room}}  " if len(reported) > 1 else "  ")


# ------------------------------------------------------------------------------------------------ who they are


def who(world: World) -> str:
    """Who the patient is: condition, severity at entry, what the patient brings."""
    person, scale = world.person, world.scenario.instrument(world.scenario.primary)
    condition = world.scenario.patients.condition.value.replace("ptsd", "PTSD")
    own = {name: word(name, person[name]) for name in TRAITS}
    levels = grouped({name: word("bond", world.start[name]) for name in BONDS})
    arrival = [f"{listed(who)} {'is' if len(who) == 1 else 'are'} {how}" for how, who in levels.items()]
    fear = f"fear is {word('fear', world.start['fear'])}"
    return sentences(
        f"the patient comes for {condition}, with {person['baseline']:g} of {scale.highest:g} points on the "
        f"{scale.name}",
        f"this is someone who {own['attachment_anxiety']} and {own['attachment_avoidance']}",
        f"the patient {own['expectancy']} and {own['resistance']}",
        f"on arrival {', '.join(arrival)}, and {fear}" if world.held() else "",
    )


def _clinicians(world: World) -> str:
    staff, steps = world.scenario.clinicians, world.held()
    if not steps:
        return "Nobody: the protocol has assessments and no sessions."
    lead, co = world.person["lead"], world.person["co"]
    skills = {name: float(values[lead]) for name, values in world.staff.items()}
    means = [getattr(staff, name).mean for name in skills]
    spread = np.mean([getattr(staff, name).spread for name in skills])
    spread *= np.sqrt(staff.loading**2 + (1 - staff.loading**2) / len(skills))
    above = (np.mean(list(skills.values())) - np.mean(means)) / spread if spread else 0.0
    best, least = max(skills, key=lambda name: skills[name]), min(skills, key=lambda name: skills[name])
    shared = list(dict.fromkeys(step.phase for step in steps if step.group > 1))
    own = [step for step in steps if step.group == 1] or steps
    pairs = dict.fromkeys(step.phase for step in own if step.clinicians > 1)
    everywhere = own is steps and all(step.clinicians > 1 for step in steps)
    joins = "every session" if everywhere else f"the {listed(list(pairs))} sessions" if pairs else ""
    leads = f"leads the {listed(list(dict.fromkeys(step.phase for step in own)))} sessions" if shared else "leads"
    return sentences(
        f"clinician {lead} {leads}: {word('skill', above)}, strongest in {plain(best)} and weakest in {plain(least)}",
        word("dyad_effect", world.person["dyad_effect"]),
        f"clinician {co} joins in {joins}" if joins else "",
        _group(world, shared) if shared else "",
    )


def _group(world: World, shared: list[str]) -> str:
    """Who shares sessions with the patient, and who leads these."""
    held = world.rows[world.rows["phase"].isin(shared) & (world.rows["attended"] > 0)]
    size = max(step.group for step in world.held())
    who = f"the {listed(shared)} sessions are shared by a group of up to {size} patients"
    leads = f", led by clinician {int(held['lead'].iloc[0])}" if len(held) else ""
    felt = held["cohesion"].dropna()
    close = f"; its cohesion goes from {felt.iloc[0]:.2f} to {felt.iloc[-1]:.2f} of 1" if len(felt) > 1 else ""
    return who + leads + close


# --------------------------------------------------------------------------------------------- what happened


def timeline(world: World) -> dict[Key, str]:
    """What is said of each session and assessment, in order of time."""
    reported, before, place, torn, seen = {}, world.start, 0, 0, 0
    asked: Row = {}
    primary = f"assessment.{world.scenario.protocol.assessments.primary_day}"
    doses = {step.name: step.dose for step in world.held() if step.phase == "dosing"}
    for row in world.rows.to_dict("records"):
        name, day = str(row["session"]), int(row["patient_day"])
        if row["phase"] == "assessment":
            title = "primary assessment" if name == primary else "assessment"
            reported[day, False, title] = _assessed(world, row, asked, seen, name == primary)
            seen, asked = seen + 1, row
            continue
        text = "Not attended."
        if row["attended"] > 0:
            dosed = _dosed(world, row, doses[name]) if name in doses else ""
            parted = "After this session the patient left treatment." if row["left"] else ""
            text = " ".join(filter(None, (dosed, _met(row, before, place, torn), parted)))
            torn += int(row["rupture"])
            before = row
        reported[day, True, name.replace(".", " ", 1)] = text
        place += 1
    return reported


def _met(row: Row, before: Row, place: int, torn: int) -> str:
    ways = wording.MENDED if row["repaired"] else wording.TORN
    rupture = ways[torn if torn < len(ways) else 1 + torn % (len(ways) - 1)] if row["rupture"] else ""
    moves = {name: word("move", row[name] - before[name]) for name in BONDS}
    rising = sum(row[name] - before[name] for name in BONDS) > 0
    fell = any(how.startswith("-") for how in moves.values())
    even_so = "even so, " if rupture and rising and not fell and not row["repaired"] else ""
    fear = _fear(row["fear"], before["fear"], place)
    return sentences(rupture, even_so + _bond(row, moves, place, rising), fear, _worked(row, place))


def _worked(row: Row, place: int) -> str:
    there = row["integrated_now"] + row["insight"]  # what there was to turn, log units
    if row["phase"] == "dosing" or there < wording.LEAST_INSIGHT:
        return ""
    return wording.WORKED[place % len(wording.WORKED)].format(word("insight", row["integrated_now"] / there))


def _bond(row: Row, moves: dict[str, str], place: int, rising: bool) -> str:
    groups = grouped(moves)
    perceived = {name: (row[f"perceived_{name}"], row[f"delivered_{name}"]) for name in wording.SHOWN_AS}
    shown = (max if rising else min)(perceived, key=lambda name: perceived[name])
    ways = wording.SEEN if rising else wording.MISSED
    why = ways[place % len(ways)].format(wording.SHOWN_AS[shown])
    if list(groups) == ["="]:
        return f"{wording.STEADY[place % len(wording.STEADY)]}; {why}"
    clauses = []
    for how, names in groups.items():
        verb = {"+": wording.UP, "-": wording.DOWN}.get(how[0], wording.LEVEL)[place % len(wording.UP)]
        both = " all" if len(names) == len(BONDS) else ""
        clauses.append(f"{listed(names)}{both} {verb} {how[1:]}".strip())
    return f"{', '.join(clauses)}; {why}"


def _fear(now: float, before: float, place: int) -> str:
    same = word("fear", now) == word("fear", before)
    if abs(now - before) < wording.FEAR_MOVE and (same or place > 0):
        return f"fear stayed {word('fear', now)}" if place == 0 else ""
    move = "rose" if now > before else "eased"
    return f"fear {move}{' but stayed' if same else ' and was now'} {word('fear', now)}"


def _dosed(world: World, row: Row, dose: float) -> str:
    plan, scales = world.scenario.protocol, world.scenario.parameters.instruments
    if plan.drug is DrugName.none or not dose:
        return "No drug was given; the day was one long session."
    drug = plan.drug.value.replace("mdma", "MDMA")
    amount = f"{dose:g} mg{'/kg' if plan.dose_per_kg else ''} of {drug}"
    hard = wording.difficult(row["challenge"], row["resolved"])
    share = word("resolved", row["resolved"] / row["challenge"]) if row["challenge"] else "none of it"
    ebi, meq = (word("experience", row[name] / getattr(scales, name).highest) for name in ("ebi", "meq30"))
    return sentences(
        f"the effect of {amount} was {word('intensity', row['intensity'])}",
        f"the day brought {word('challenge', row['challenge'])} challenging experience (CEQ {row['ceq']:g} of "
        f"{scales.ceq.highest:g}), and {share} was worked through",
        f"emotional breakthrough was {ebi} (EBI {row['ebi']:g} of {scales.ebi.highest:g}) and mystical-type "
        f"experience {meq} (MEQ30 {row['meq30']:g} of {scales.meq30.highest:g})",
        "it was a difficult day" if hard else "",
        "an adverse event followed" if row["adverse"] else "",
    )


def _assessed(world: World, row: Row, last: Row, seen: int, primary: bool) -> str:
    person, name = world.person, world.scenario.instrument(world.scenario.primary).name
    since = against(row["score_primary"], person["baseline"], "entry")
    score = wording.ASSESSED[seen % len(wording.ASSESSED)].format(name, row["score_primary"], since)
    moved = _moved(world, row, last) if last else ""
    if not primary:
        return sentences(score, moved)
    verdict = wording.VERDICTS[bool(person["response"]), bool(person["remission"])]
    wellbeing = against(row["score_wellbeing"], person["wellbeing_baseline"], "entry")
    wellbeing = f"wellbeing was {row['score_wellbeing']:g} on the WEMWBS ({wellbeing})"
    return sentences(f"{score}: {verdict}", moved, wellbeing)


def _moved(world: World, row: Row, last: Row) -> str:
    """Why a score moved since the last assessment: the largest of what moved it so; empty where it hardly did."""
    scale = world.scenario.instrument(world.scenario.primary)
    gap = row["score_primary"] - last["score_primary"]
    if abs(gap) < scale.important:
        return ""
    left, was_left = (np.exp(-(one["relief"] + one["hope"] + one["belief_relief"])) for one in (row, last))
    why = {
        "relief": scale.slope * last["set_point"] * (left - was_left),
        "level": scale.slope * (row["set_point"] - last["set_point"]) * left,
    }
    why["chance"] = gap - sum(why.values())
    most = max(why, key=lambda name: why[name] * np.sign(gap))
    return wording.MOVED[most, bool(gap > 0)].format(points(abs(gap)))


# ---------------------------------------------------------------------------------------------- what it came to


def lasted(world: World) -> str:
    """What lasted: the outcome on the primary day and what it rests on."""
    person, rows = world.person, world.rows
    scale = world.scenario.instrument(world.scenario.primary)
    first, last = (scale.slope * level for level in (world.start["set_point"], rows["set_point"].iloc[-1]))
    insight = 100 * (1 - np.exp(-rows["integrated"].iloc[-1]))
    final = rows[rows["phase"] == "assessment"].iloc[-1]
    went = f"went from {first:.0f} to {last:.0f}" if round(first) != round(last) else f"stayed at {last:.0f}"
    share = f"insight turned into lasting change lowered that level by {insight:.0f} %"
    share += ", but what else happened outweighed it" if last > first else ""
    share = share if insight >= wording.LEAST_PERCENT else "hardly any insight turned into lasting change"
    held = len(world.held())
    return sentences(
        f"the level to which symptoms tend to return {went} points on the {scale.name}",
        share if (rows["intensity"] > 0).any() else "",
        f"on day {final['patient_day']}, the last assessment, the score was {final['score_primary']:g} ("
        + against(final["score_primary"], person["baseline"], "entry")
        + ")",
        f"the patient attended {person['sessions']:g} of {held} sessions" if held else "",
        wording.ruptures(int(person["ruptures"]), int(person["repairs"])),
    )


def difference(reported: World, other: World) -> str:
    """How the patient fared in one world beside another."""
    scales = [world.scenario.instrument(world.scenario.primary) for world in (reported, other)]
    if scales[0].name != scales[1].name:
        return "The two are measured on different scales, so no difference in points is given."
    one, two = reported.person, other.person
    gap = abs(two["endpoint"] - one["endpoint"])
    way = "lower" if two["endpoint"] < one["endpoint"] else "higher"
    apart = f"{points(gap)} {way} than" if gap else "the same as"
    size = "less than" if gap < scales[0].important else "at least"
    early = ""
    if not np.isnan([one["wai_early"], two["wai_early"]]).any():
        early = (
            f"early in treatment this patient rated the alliance {two['wai_early']:.1f} in arm {other.arm} "
            f"and {one['wai_early']:.1f} in arm {reported.arm} (WAI-SR, 1 to 5)"
        )
    return sentences(
        f"at the primary assessment the {scales[0].name} was {two['endpoint']:g} in arm {other.arm}, "
        f"{apart} the {one['endpoint']:g} in arm {reported.arm}; that is {size} the "
        f"{scales[0].important:g} points taken as the smallest difference that matters",
        early,
        "all draws of chance were the same, so inside this simulation the two differ only by what the arms change",
        _others(reported, other, scales[0].name),
    )


def _others(reported: World, other: World, scale: str) -> str:
    """For how many patients of the same trial the difference goes which way."""
    moved = other.endpoints - reported.endpoints if len(other.endpoints) == len(reported.endpoints) else np.empty(0)
    moved = moved[~np.isnan(moved)]
    if moved.size < 2:
        return ""
    ways = {"lower": int((moved < 0).sum()), "the same": int((moved == 0).sum()), "higher": int((moved > 0).sum())}
    first, *rest = [f"{number}{{}} {way}" for way, number in ways.items() if number]
    counted = listed([first.format(f" had a {scale} that was"), *(one.format("") for one in rest)])
    return f"of the {moved.size} patients of this simulated trial {counted} in arm {other.arm}"
