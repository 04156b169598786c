"""Who gains most."""

from alliance_sim import figures as draw
from alliance_sim.analysis.heterogeneity import MODERATORS, individual_effects, moderation, spread_of_effects
from alliance_sim.analysis.opened import Opened, Tables
from alliance_sim.analysis.summary import pairs
from alliance_sim.figures import data, shown
from alliance_sim.figures.drawing import Drawing
from alliance_sim.questions import SHARE, Part, _needs, _wording
from alliance_sim.study.config import Study

MOST = 2  # moderators that the sentence names
PARTS = {
    "": Part(
        "Individual effects: the same patient in both arms, with the same random draws",
        ("quantity",),
        possible={"share": SHARE},
    ),
    "moderation": Part(
        "How the effect differs with what patients brought",
        ("moderator", "kind"),
        lambda frame: frame[frame["kind"].isin(["alone", "joint"])],
    ),
}


def lacks(study: Study) -> str:
    """Two arms with more patients than there are moderators."""
    lack = _needs.two_arms(study)
    if lack:
        return lack
    number = _needs.pair(study)[1].patients.number
    fewest = len(MODERATORS) + 2
    if number * study.replicates >= fewest:
        return ""
    return f"{fewest} patients in all trials of an arm; type patients.number={fewest} or replicates={fewest}"


def answer(opened: Opened) -> Tables:
    """Compare each patient of the first pair of arms with the same patient in the other."""
    arm, versus = map(str, opened.pair)
    people = _needs.in_every_arm(opened.people(["patient", "change", *MODERATORS], [arm, versus]))
    effects, world = individual_effects(people, arm, versus), opened.scenarios[versus]
    varying = [name for name in MODERATORS if effects[name].nunique() > 1]
    return {"": spread_of_effects(effects, world), "moderation": moderation(effects, world, varying)}


def method(opened: Opened) -> str:
    """What was computed, for whom and by which estimator."""
    arm, versus = opened.pair
    return (
        f"each patient's change in {arm} less that of the same patient with the same draws in {versus}: the mean, the "
        "standard deviation over patients and the shares better and worse off. Moderation is the least-squares slope "
        "of that effect on one standard deviation of what the patient brought, alone and with all others in the "
        "model, over the patients of all replicates; errors take the replicate as the unit (delete-one jackknife)"
    )


def sentence(opened: Opened, tables: Tables) -> str:
    """How different individual effects are, and who gains most."""
    arm, versus = map(str, opened.pair)
    rows = {name: _wording.only(tables[""], quantity=name) for name in ("mean effect", "SD of individual effects")}
    mean, spread = rows.values()
    better = _wording.only(tables[""], quantity="share better off")
    if mean is None or spread is None or better is None:
        return f"Individual effects of {arm} against {versus} are not known."
    said = (
        f"The same patient's {_wording.SCORE} changes by {_wording.number(mean)} more in {arm} than in "
        f"{versus} on average, with a standard deviation between patients of {_wording.number(spread)}; "
        f"{_wording.number(better, share=True)} are better off."
    )
    joint = tables["moderation"]
    ranked = _wording.strongest(joint[joint["kind"] == "joint"]).to_dict("records")
    sure = [row for row in ranked if _wording.clear(row)][:MOST]
    if not sure:
        return f"{said} Nothing that patients brought moves the effect beyond Monte Carlo error, all else equal."
    listed = ", ".join(f"{_wording.plain(row['moderator'])} ({_wording.number(row)})" for row in sure)
    return f"{said} All else equal, it differs most with {listed}; negative: those with more of it gain more."


def figures(opened: Opened, tables: Tables) -> dict[str, Drawing]:
    """Effects in thirds of what patients brought, and patient by patient where patients were kept."""
    arm, versus = map(str, opened.pair)
    world, people = opened.scenarios[versus], opened.drawn[0]
    made = {}
    if len(tables["moderation"]):
        made["who_gains"] = Drawing(
            f"Mean effect of arm {arm} against arm {versus} in each third of what patients brought",
            lambda ax: draw.who_gains(tables["moderation"], world, ax=ax),
            data=lambda: tables["moderation"],
        )
    if len(people):
        people = _needs.in_every_arm(people[people["arm"].isin([arm, versus])])
        made["individual_effects"] = Drawing(
            f"How the effect of arm {arm} against arm {versus} is distributed over patients",
            lambda ax: draw.individual_effects(individual_effects(people, arm, versus), world, ax=ax),
            data=lambda: data.effects(individual_effects(people, arm, versus), world),
            summed="patients in bins",
            parts=(
                shown.replicates(opened, "patients", [arm, versus], whole=True),
                shown.Part("first", 1, len(pairs(list(opened.scenarios), opened.study.base_arm)), "pairs of arms"),
            ),
        )
    return made
