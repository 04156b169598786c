"""Who gains most."""

from alliance_sim import figures as draw
from alliance_sim.analysis.heterogeneity import MODERATORS, individual_effects, moderation, spread_of_effects
from alliance_sim.analysis.opened import Opened, Tables
from alliance_sim.figures.drawing import Drawing
from alliance_sim.questions import Part, _needs

PARTS = {
    "": Part("Individual effects: the same patient in both arms, with the same random draws", ("quantity",)),
    "moderation": Part(
        "How the effect differs with what patients brought",
        ("moderator", "kind"),
        lambda frame: frame[frame["kind"].isin(["alone", "joint"])],
    ),
}

lacks = _needs.two_arms


def answer(opened: Opened) -> Tables:
    """Compare each patient of the first pair of arms with the same patient in the other."""
    arm, versus = map(str, opened.pair)
    effects = individual_effects(opened.people(["patient", "change", *MODERATORS], [arm, versus]), arm, versus)
    world = opened.scenarios[versus]
    return {"": spread_of_effects(effects, world), "moderation": moderation(effects, world)}


def figures(opened: Opened, tables: Tables) -> dict[str, Drawing]:
    """Effects in thirds of what patients brought, and patient by patient where patients were kept."""
    arm, versus = map(str, opened.pair)
    world, people = opened.scenarios[versus], opened.drawn[0]
    made = {
        "who_gains": Drawing(
            f"Mean effect of arm {arm} against arm {versus} in each third of what patients brought",
            lambda ax: draw.who_gains(tables["moderation"], world, ax=ax),
        )
    }
    if len(people):
        made["individual_effects"] = Drawing(
            f"How the effect of arm {arm} against arm {versus} is distributed over patients",
            lambda ax: draw.individual_effects(individual_effects(people, arm, versus), world, ax=ax),
        )
    return made
