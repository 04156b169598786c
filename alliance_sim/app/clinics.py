"""Who treats in one arm of the classroom: the level of each behaviour, a caseload, and ready-made examples."""

from typing import Annotated

from pydantic.dataclasses import dataclass

from alliance_sim.model.behaviours import DECLARED, NAMES, one_field_each
from alliance_sim.model.registry import Quantity as Q, hints, quantity
from alliance_sim.world.clinicians import Clinicians, Skill

LEVEL = quantity(hints(Skill)["mean"])  # range and unit of a behaviour stand in the registry
MOST_CASELOAD = Clinicians().max_caseload
USUAL_CASELOAD = 5


@dataclass(frozen=True)
@one_field_each(Annotated[float, LEVEL], lambda name: DECLARED[name].mean, before="caseload")
class Clinic:
    """The clinician of one arm: every colleague of that arm is a copy with the same skills."""

    caseload: Annotated[
        int,
        Q("n_p", "patients", 1, MOST_CASELOAD, "a choice of the teacher", "Patients that one clinician leads."),
    ] = USUAL_CASELOAD

    def skills(self) -> dict[str, float]:
        """Level of each behaviour by its name, behaviour points."""
        return {name: getattr(self, name) for name in NAMES}

    def team(self, patients: int, present: int) -> int:
        """How many such clinicians a trial needs, `present` at least, so that nobody leads more than `caseload`."""
        return max(present, -(-patients // self.caseload))


# Teaching examples, no types of real clinicians: the levels are assumptions. What is not named is typical.
# fmt: off
_EXAMPLES: dict[str, dict[str, float]] = {
    "attentive": {
        "boundaries": 0.75, "active_listening": 0.85, "authenticity": 0.75, "empathy": 0.85, "collaboration": 0.80},
    "typical": {},
    "distant": {
        "boundaries": 0.70, "active_listening": 0.40, "authenticity": 0.45, "empathy": 0.35, "collaboration": 0.40},
    "warm but without boundaries": {
        "boundaries": 0.20, "active_listening": 0.80, "authenticity": 0.70, "empathy": 0.90, "collaboration": 0.65},
    "by the book": {
        "boundaries": 0.90, "active_listening": 0.50, "authenticity": 0.40, "empathy": 0.45, "collaboration": 0.30},
    "tired with a full caseload": {"caseload": MOST_CASELOAD},
}
# fmt: on
PRESETS = {name: Clinic(**levels) for name, levels in _EXAMPLES.items()}  # type: ignore[arg-type]
