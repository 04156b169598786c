"""Who treats in one arm of the classroom: five behaviours, a caseload, and ready-made examples."""

from typing import Annotated

from pydantic.dataclasses import dataclass

from alliance_sim.model.behaviours import Behaviours
from alliance_sim.model.registry import Quantity as Q, hints, quantity
from alliance_sim.world.scenario import Clinicians, Skill

LEVEL = quantity(hints(Skill)["mean"])  # range and unit of a behaviour stand in the registry
TYPICAL = Skill().mean
MOST_CASELOAD = Clinicians().max_caseload
USUAL_CASELOAD = 5
# What a slider moves, in words of the clinic.
MEANING = {
    "boundaries": "Clear roles, structure and safety.",
    "active_listening": "Listens without judging and lets the patient feel heard.",
    "authenticity": "Is genuine, honest and open about what happens.",
    "empathy": "Understands and cares, and shows it.",
    "collaboration": "Invites feedback and shares decisions.",
}


@dataclass(frozen=True)
class Clinic:
    """The clinician of one arm: every colleague of that arm is a copy with the same skills."""

    boundaries: Annotated[float, LEVEL] = TYPICAL
    active_listening: Annotated[float, LEVEL] = TYPICAL
    authenticity: Annotated[float, LEVEL] = TYPICAL
    empathy: Annotated[float, LEVEL] = TYPICAL
    collaboration: Annotated[float, LEVEL] = TYPICAL
    caseload: Annotated[
        int,
        Q("n_p", "patients", 1, MOST_CASELOAD, "a choice of the teacher", "Patients that one clinician leads."),
    ] = USUAL_CASELOAD

    def skills(self) -> dict[str, float]:
        """The five behaviours by name."""
        return {name: getattr(self, name) for name in Behaviours._fields}

    def team(self, patients: int, present: int) -> int:
        """How many such clinicians a trial needs, `present` at least, so that nobody leads more than `caseload`."""
        return max(present, -(-patients // self.caseload))


# Teaching examples, no types of real clinicians: the levels are assumptions.
PRESETS = {
    "attentive": Clinic(0.75, 0.85, 0.75, 0.85, 0.80),
    "typical": Clinic(),
    "distant": Clinic(0.70, 0.40, 0.45, 0.35, 0.40),
    "warm but without boundaries": Clinic(0.20, 0.80, 0.70, 0.90, 0.65),
    "by the book": Clinic(0.90, 0.50, 0.40, 0.45, 0.30),
    "tired with a full caseload": Clinic(caseload=MOST_CASELOAD),
}
