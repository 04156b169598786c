"""What each worked study runs beyond its configuration, which figures its README shows, and what its finding says."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from alliance_sim.analysis import printing
from alliance_sim.analysis.behaviours import ALL
from alliance_sim.analysis.monte_carlo import Found, around, averaged, jackknifed
from alliance_sim.analysis.opened import Opened
from alliance_sim.analysis.phases import per_hour
from alliance_sim.analysis.running import HEADLINE, STANDARDISED
from alliance_sim.engine.recording import HOURS
from alliance_sim.figures import policy_differences
from alliance_sim.figures.drawing import Drawing
from alliance_sim.model.policies import BUILT_IN, USUAL
from alliance_sim.questions import power
from alliance_sim.report import tables
from experiments import finding
from experiments.finding import answer, contrasts, correlations, crossed, differences, grid, outcomes, ranked

SKILLS = ("boundaries", "active_listening", "authenticity", "empathy", "collaboration")
SITUATIONS = {  # of the study of policies, by how its arms end
    "drug": "with the drug",
    "no_drug": "without the drug",
    "insecure": "insecurely attached patients",
    "weak": "clinicians of the lower tenth",
}


class Worked(NamedTuple):
    """One study as its README tells it."""

    figures: tuple[str, ...]
    say: Callable[[Opened], list[str]]  # paragraphs and tables
    words: tuple[str, ...] = ()  # beyond experiment=NAME
    small: tuple[str, ...] = ()  # what makes it quick, beside few replicates and patients
    # A further run whose results the finding needs: its name and words.
    beside: tuple[str, ...] = ()
    # Figures of its own, by name, beside those that every study of its kind has.
    draws: Callable[[Opened], dict[str, Drawing]] = lambda opened: {}


def _alliance(opened: Opened) -> list[str]:
    measures = [
        *("change", "change_sd", "response", "remission", "dropout", "adverse", "wellbeing_change", "wai_early"),
        *("ebi", "ceq", "ruptures"),
    ]
    split = opened.answers.median_split.set_index(["measure", "half"]).loc["change"]
    seen = {half: printing.estimate("change", row["estimate"], row["mcse"]) for half, row in split.iterrows()}
    return [
        outcomes(opened, measures, [("strong", "weak")]),
        "**How far apart.** "
        "Superiority is the chance that a patient of the first arm improves more than another patient of the second in "
        "the same trial, ties counted half; individual effects compare the same patient with the same random draws.",
        answer(
            opened, "distributions", ("measure",), "Strong against weak",
            lambda frame: (frame["arm"] == "strong") & (frame["versus"] == "weak"),
        ),
        answer(opened, "heterogeneity", ("quantity",), "Individual effects, strong against weak"),
        "**What a study that only watches would report.** The typical arm, split at its median WAI-SR before dosing: "
        f"{seen['low']} in the low half, {seen['high']} in the high half, a difference of {seen['difference']}.",
    ]  # fmt: skip


def _alike(opened: Opened) -> list[str]:
    split = opened.answers.median_split.set_index(["measure", "half"]).loc[("change", "difference")]
    number = printing.estimate("change", split["estimate"], split["mcse"])
    return [
        f"With all clinicians alike, so that no difference between them can cause anything, the same split: {number}."
    ]


def _behaviours(opened: Opened) -> list[str]:
    frame = opened.table("behaviours")
    assert frame is not None
    shown = frame[(frame["kind"] == "effect") | ((frame["kind"] == "joint") & (frame["behaviour"] == ALL))]
    tables = [
        crossed(shown[shown["measure"] == measure], "behaviour", "arm", caption)
        for measure, caption in (
            ("change", "Effect of one population SD more on the change in MADRS (points)"),
            ("wai_final", "The same on the alliance at the end (WAI-SR points)"),
        )
    ]
    return [
        *tables,
        answer(
            opened, "behaviours_saturation", ("behaviour",), "Level that brings 90 % of the gain from 0 to 1 (usual)",
            lambda rows: rows["measure"] == "change",
        ),
    ]  # fmt: skip


def _phases(opened: Opened) -> list[str]:
    frame, base = opened.table("phases"), opened.study.base_arm
    assert frame is not None
    shares = frame["measure"].isin(printing.SHARES)
    percent = {name: frame[name].where(~shares, 100 * frame[name]) for name in Found._fields}
    held = {arm: frame.assign(**percent)[frame["arm"] == arm].set_index("measure") for arm in opened.scenarios}
    lengths = held[base].dropna(subset=["hours"]).drop_duplicates("phase")
    said = "; ".join(f"{row.phase} {row.sessions:g} × {row.hours / row.sessions:g} h" for row in lengths.itertuples())
    tables = [
        crossed(own.loc[measure], "behaviour", "phase", f"{caption}, arm {arm}".replace("_", " "))
        for measure, caption in (
            ("change", "Effect of one population SD more on the change in MADRS (points)"),
            ("wai_final", "The same on the alliance at the end (WAI-SR points)"),
            ("adverse", "On patients with an adverse event (percentage points)"),
            ("dropout", "On dropout (percentage points)"),
        )
        for arm, own in held.items()
        if measure != "adverse" or arm == base
    ]
    hourly = per_hour(held[base])
    return [
        f"Sessions of a patient: {said}.",
        *tables,
        *(
            crossed(hourly.loc[measure], "behaviour", "phase", f"{caption} for each hour of the phase, arm {base}")
            for measure, caption in (("change", "Effect on the change"), ("wai_final", "Effect on the alliance"))
        ),
    ]


def against_usual(opened: Opened) -> pd.DataFrame:
    """How each policy differs from the usual one of the same situation, with columns situation and name."""
    others = [(place, name) for place in SITUATIONS for name in BUILT_IN if name != USUAL]
    found = differences(opened, [(f"{name}_{place}", f"{USUAL}_{place}") for place, name in others])
    whose = pd.DataFrame([(f"{name}_{place}", SITUATIONS[place], name) for place, name in others])
    return found.merge(whose.set_axis(["arm", "situation", "name"], axis="columns"), on="arm")


def _policies(opened: Opened) -> list[str]:
    measures = {
        "change": "change in MADRS (points)",
        "dropout": "dropout (pp)",
        "ruptures": "ruptures a patient",
        "wai_final": "WAI-SR at the end",
        HOURS: "clinician hours a patient",
    }
    frame = against_usual(opened)
    tables = [
        ranked(own, measures, f"Less usual, {situation}") for situation, own in frame.groupby("situation", sort=False)
    ]
    change = opened.trials.pivot(index="replicate", columns="arm", values="change")
    base, *others = SITUATIONS
    moved = [
        (name, SITUATIONS[place], *map(float, averaged((own - with_drug).to_numpy())))
        for name in BUILT_IN
        if name != USUAL
        for with_drug in [change[f"{name}_{base}"] - change[f"{USUAL}_{base}"]]
        for place in others
        for own in [change[f"{name}_{place}"] - change[f"{USUAL}_{place}"]]
    ]
    columns = ["name", "situation", *Found._fields]
    return [
        "What the usual way reaches:",
        outcomes(opened, ("change", "response", "dropout", "wai_final", "ruptures", HOURS),
                 arms=[f"{USUAL}_{place}" for place in SITUATIONS]),
        "How other policies differ from it, the best for symptoms first. *holds 0*: the 95 % interval does.",
        *tables,
        crossed(pd.DataFrame(moved, columns=columns), "name", "situation",
                "How far the difference in the change in MADRS departs from that with the drug (points)"),
    ]  # fmt: skip


def _policies_drawn(opened: Opened) -> dict[str, Drawing]:
    frame = against_usual(opened)
    own = frame[frame["measure"] == HEADLINE]
    return {"policies": Drawing("Policies less the usual one", lambda _: policy_differences(own, opened.base))}


def _tired(opened: Opened) -> list[str]:
    met = opened.held.read("sessions", ["fatigue"]).dropna()
    each = met.groupby(["replicate", "arm"], observed=True)["fatigue"].mean().unstack()
    rows = [
        (name, said, *map(float, averaged(each[f"{name}_{place}"].to_numpy())))
        for name in BUILT_IN
        for place, said in SITUATIONS.items()
    ]
    frame = pd.DataFrame(rows, columns=["name", "situation", *Found._fields])
    caption = "Mean fatigue of the lead clinician after a session, from 0 to 1"
    return [crossed(frame, "name", "situation", f"{caption}; the first {opened.study.replicates} of these trials")]


def _returns(opened: Opened) -> str:
    """What an hour of clinicians a patient more returns, and what a further response takes of them."""
    trials, base = opened.trials.pivot(index="replicate", columns="arm"), opened.study.base_arm
    taken = opened.answers.effect_sizes.set_index("arm")
    per_hour = {"change": "change in MADRS (points an hour)", "wai_final": "WAI-SR at the end (points an hour)"}
    rows = []
    for arm in opened.scenarios:
        if arm == base:
            continue
        more = {name: (trials[name][arm] - trials[name][base]).to_numpy() for name in (*per_hour, HOURS)}
        for name in per_hour:
            both = np.stack([more[name], more[HOURS]], axis=1)
            rows.append((arm, name, *map(float, jackknifed(both, lambda means: means[..., 0] / means[..., 1]))))
        hours, error = taken.loc[arm, "hours"], taken.loc[arm, "hours_mcse"]
        rows.append((arm, HOURS, *map(float, around(hours, error, len(trials)))))
    frame = pd.DataFrame(rows, columns=["name", "measure", *Found._fields])
    measures = per_hour | {HOURS: "hours for a further response"}
    return ranked(frame, measures, f"What one clinician hour a patient more returns, against {base}")


def _supervision(opened: Opened) -> list[str]:
    frame = opened.table("cases")
    assert frame is not None
    ends = frame[frame["case"].isin([1, 4, 8, 12])].assign(case=lambda rows: rows["case"].map("case {}".format))
    return [
        outcomes(opened, ("change", "response", "dropout", "wai_final", "ruptures", HOURS)),
        contrasts(opened, ("change", "response", "dropout", "wai_final", HOURS)),
        _returns(opened),
        *(
            crossed(ends[ends["measure"] == measure], "arm", "case", caption)
            for measure, caption in (
                ("skill", "Mean skill that a clinician's first, fourth, eighth and twelfth patient meet"),
                ("change", "Their change in MADRS (points)"),
            )
        ),
    ]


def _groups(opened: Opened) -> list[str]:
    measures = ("change", "response", "dropout", "adverse", "wai_final", "ruptures", HOURS)
    return [
        outcomes(opened, measures),
        contrasts(opened, measures),
        "Without the drug, for the same hours:",
        ranked(
            differences(opened, [("group_same_hours_no_drug", "alone_no_drug")]).assign(name="group, same hours"),
            {
                "change": "change in MADRS (points)",
                "dropout": "dropout (pp)",
                "ruptures": "ruptures a patient",
                "wai_final": "WAI-SR at the end",
            },
            "Difference from alone",
        ),
    ]


def _conditions(opened: Opened) -> list[str]:
    frame = opened.table("behaviours")
    assert frame is not None
    shown = frame[(frame["measure"] == "change") & ((frame["kind"] == "effect") | (frame["behaviour"] == ALL))]
    shown = shown[shown["kind"] != "interaction"]
    scales = {arm: world.instrument(world.primary) for arm, world in opened.scenarios.items()}
    said = ", ".join(f"{arm} {scale.name} ({scale.important:g})" for arm, scale in scales.items())
    return [
        outcomes(opened, ("response", "remission", "dropout", "adverse", "wai_final")),
        crossed(shown, "behaviour", "arm", "Effect of one population SD more, in points of each condition's own scale"),
        f"Scales, with the least difference that matters on each: {said}.",
    ]


def _support(opened: Opened) -> list[str]:
    found = correlations(opened, "ceq", "change")
    row = "; ".join(
        f"{arm.replace('_', ' ')} {r:.3f} ± {error:.3f}".replace("-", "−") for arm, (r, error) in found.items()
    )
    return [
        outcomes(opened, ("ceq", "adverse", "dropout", "change", "response", "ebi")),
        contrasts(opened, ("ceq", "adverse", "dropout", "change")),
        f"Correlation of challenge (CEQ) and change in MADRS between patients of one trial: {row}.",
    ]


def _preparation(opened: Opened) -> list[str]:
    keys = ("protocol.preparation.sessions", "clinicians.factor_shift")
    return [grid(opened, measure, *keys) for measure in ("change", "adverse", "dropout")]


def _caseload(opened: Opened) -> list[str]:
    keys = ("clinicians.number", "assignment.enrolment_spacing")
    return [grid(opened, measure, *keys) for measure in ("change", "dropout", "wai_final")]


def _interaction(opened: Opened) -> list[str]:
    named = printing.labels(opened.base)
    measures = ("change", "response", "dropout", "wai_final")
    rows: dict[str, list[str]] = {}
    for row in opened.answers.effects.to_dict("records"):
        if row["measure"] in measures:
            what = f"{row['level']} − {row['reference']}, {_at(row)}"
            rows.setdefault(what, [what]).append(printing.estimate(row["measure"], row["estimate"], row["mcse"], "pp"))
    heads = ["Boundaries", *(printing.short(named[name]) for name in measures)]
    caption = "The effect of boundaries at each dose, and differences between effects"
    return [finding.markdown(tables.Table(caption, heads, [0, *[1] * len(measures)], list(rows.values())))]


def _at(row: dict[str, str]) -> str:
    """Where an effect is taken, in mg."""
    doses = [str(row[name]).partition("=")[2].strip("[]") for name in ("by", "by_reference")]
    return f"at {doses[0]} mg less at {doses[1]} mg" if row["by_reference"] else f"at {doses[0]} mg"


def _repair(opened: Opened) -> list[str]:
    return [
        outcomes(opened, ("change", "response", "dropout", "wai_final", "ruptures")),
        contrasts(opened, ("change", "dropout", "wai_final")),
    ]


def _protocols(opened: Opened) -> list[str]:
    measures = (STANDARDISED, "response", "dropout", "adverse", "wai_final", "ruptures", HOURS)
    same = ("mdma_same_patients", "psilocybin")
    named = {arm: printing.labels(world)["change"] for arm, world in opened.scenarios.items()}
    listed = "; ".join(f"{arm.replace('_', ' ')} {name}" for arm, name in named.items())
    return [
        f"Primary assessments: {listed}. The standardised change is that change over its SD over patients.",
        outcomes(opened, measures),
        "Against psilocybin; with PTSD unpaired, with the same patients paired:",
        contrasts(opened, measures),
        "With the same patients, in points of their scale:",
        outcomes(opened, ("change",), [same], same[::-1]),
    ]


def _matching(opened: Opened) -> list[str]:
    return [
        outcomes(opened, pairs=[("matched", "in_turn")]),
        answer(
            opened, "heterogeneity_moderation", ("moderator", "kind"), "Effect of matching on the change in MADRS",
            lambda frame: frame["moderator"].str.startswith("attachment") & frame["kind"].str.contains("third"),
        ),
    ]  # fmt: skip


def _pairs(opened: Opened) -> list[str]:
    return [
        outcomes(opened, pairs=[("two_on_the_day", "one"), ("two_throughout", "one")]),
        answer(
            opened, "clinicians", ("arm", "quantity"), "Share of the outcome's variance between lead clinicians",
            lambda frame: frame["quantity"] != "trials that find none",
        ),
    ]  # fmt: skip


def _mediation(opened: Opened) -> list[str]:
    frame = opened.table("mediation")
    assert frame is not None
    parts = frame[frame["effect"] != "total"]["estimate"].sum()
    total = float(frame.loc[frame["effect"] == "total", "estimate"].iloc[0])
    shares = "; ".join(
        f"{row.effect} {100 * row.share:.1f} ± {100 * row.share_mcse:.1f} %".replace("_", " ")
        for row in frame.itertuples()
        if row.effect != "total"
    )
    return [
        answer(opened, "mediation", ("effect",)),
        f"Shares of the total: {shares}. The parts sum to {parts:.6f}, the total is {total:.6f}.".replace("-", "−"),
    ]


def _blinding(opened: Opened) -> list[str]:
    effects, shares, guesses = (opened.table(f"blinding{part}") for part in ("", "_share", "_guesses"))
    assert effects is not None
    assert shares is not None
    assert guesses is not None
    effects, shares = (
        frame.assign(pair=frame["arm"].astype(str) + " − " + frame["versus"].astype(str)) for frame in (effects, shares)
    )
    shares = shares[shares["measure"] == "change"]
    return [
        *(
            crossed(effects[effects["measure"] == measure], "pair", "blinding", caption)
            for measure, caption in (("change", "Effect on the change in MADRS (points)"), ("response", "On response"))
        ),
        crossed(shares, "pair", "blinding", "Share of the effect on the change that belief makes"),
        crossed(guesses, "arm", "quantity", "Guesses, as the trial is run"),
        answer(opened, "blinding_james", ("arm", "versus"), "James's index: 0 all guess rightly, 0.5 chance"),
    ]


def _sensitivity(opened: Opened) -> list[str]:
    frame, settling = opened.table("sobol"), opened.table("sobol_convergence")
    assert frame is not None
    assert settling is not None
    total = settling[settling["index"] == "total"].assign(base_points=lambda rows: rows["rows"])
    largest = frame[frame["index"] == "total"].nlargest(4, "estimate")["key"].tolist()
    return [
        crossed(frame, "key", "index", "Sobol indices of a trial's mean change"),
        crossed(total[total["key"].isin(largest)], "key", "base_points", "Total index from so many base points"),
        answer(opened, "sobol_parts", ("part",), "Where the variance of one trial's mean change comes from"),
    ]


PLANNED = {
    "Power and type I error": ("power", "type I error"),
    "What the analysis estimates, MADRS points; coverage of its 95 % interval": (
        *("true effect", "estimated effect", "bias", "coverage"),
    ),
    "Its standard error, as it is and as the model says, and what clinicians do to it": (
        *("standard error (empirical)", "standard error (model)", "ICC", "design effect", "design effect by ICC"),
    ),
}


def _power(opened: Opened) -> list[str]:
    about, found = opened.about_answers["power"], opened.table("power")
    assert found is not None
    closed = found[found["quantity"] == "power"].set_index("size")["formula"]
    said = ", ".join(f"{size} patients an arm {value:.2f}" for size, value in closed.items())
    return [
        f"{power.sentence(opened, opened.answered('power'))}",
        *(
            crossed(found[found["quantity"].isin(quantities)], "size", "quantity", caption)
            for caption, quantities in PLANNED.items()
        ),
        f"Power by the closed formula, with the same effect, variance and ICC: {said}.",
        f"The curve took {printing.duration(about['seconds'])} on one machine with two cores.",
    ]


def _no_effect(opened: Opened) -> list[str]:
    table = opened.answers.contrasts.dropna(subset=["difference"])
    equal = bool((table["difference"] == 0).all() and (table["mcse"].fillna(0) == 0).all())
    trials = f"all {opened.study.replicates:,} trials"
    return [
        outcomes(opened, ("change", "response", "wellbeing_change"), [("trained", "untrained")]),
        f"The arms are equal in {trials}, to the last digit, in each of {len(table)} measures."
        if equal
        else f"The arms are NOT equal in {trials}: something acts on those who only wait.",
        answer(
            opened, "power", ("size", "quantity"), "A planned trial of the same training",
            lambda frame: frame["quantity"].isin(["power", "type I error", "estimated effect", "true effect"]),
        ),
    ]  # fmt: skip


STUDIES: dict[str, Worked] = {
    "alliance": Worked(
        ("bond", "outcomes", "alliance_outcome"),
        _alliance,
        ("ask=[distributions,heterogeneity]",),
        beside=("alliance-alike", *(f"clinicians.{skill}.spread=0" for skill in SKILLS)),
    ),
    "behaviours": Worked(("behaviours_by_arm", "dose_response"), _behaviours),
    "phases": Worked(("phases", "phases_other_arms"), _phases),
    "policies": Worked(
        ("policies",),
        _policies,
        beside=("policies-tired", "keep=sessions", "replicates=40"),
        draws=_policies_drawn,
    ),
    "supervision": Worked(("cases", "contrasts"), _supervision, small=("patients.number=8", "clinicians.number=2")),
    "groups": Worked(("contrasts",), _groups),
    "preparation": Worked(("points",), _preparation),
    "support": Worked(("contrasts",), _support),
    "repair": Worked(("contrasts",), _repair),
    "protocols": Worked(("contrasts_standardised", "bond"), _protocols),
    "caseload": Worked(("points",), _caseload),
    "interaction": Worked(("interaction",), _interaction),
    "matching": Worked(("who_gains",), _matching),
    "pairs": Worked(("contrasts", "clinicians_apart"), _pairs, small=("clinicians.number=4",)),
    "training": Worked(
        ("contrasts",), lambda opened: [contrasts(opened, ("change", "adverse", "dropout", "ruptures", "wai_final"))]
    ),
    "conditions": Worked(("behaviours",), _conditions),
    "mediation": Worked(("mediation",), _mediation),
    "blinding": Worked(("blinding",), _blinding),
    "sensitivity": Worked(("sobol", "convergence"), _sensitivity, small=("design.points=4",)),
    "power": Worked(("power",), _power, small=("power.sizes=[24]",)),
    "no_effect": Worked(("power",), _no_effect, small=("power.sizes=[16]",)),
}
FURTHER: dict[str, Callable[[Opened], list[str]]] = {"alliance-alike": _alike, "policies-tired": _tired}


def said(name: str, folder: Callable[[str], Opened]) -> str:
    """The finding of a study as Markdown.

    Args:
        name: The study.
        folder: Opens the results of a run by its name.
    """
    worked = STUDIES[name]
    opened = folder(name)
    paragraphs = [finding.opening(opened), *worked.say(opened)]
    if worked.beside:
        paragraphs += FURTHER[worked.beside[0]](folder(worked.beside[0]))
    return "\n\n".join(paragraphs) + "\n"
