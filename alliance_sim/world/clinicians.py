"""Who treats: how many clinicians, how skilled, what they are asked to do and what they do to learn."""

from dataclasses import field
from enum import Enum
from typing import Any

from alliance_sim.model.acting import NO_LIMIT
from alliance_sim.model.behaviours import DECLARED, MEAN, SPREAD, one_field_each
from alliance_sim.model.configurable import configurable
from alliance_sim.model.registry import ASSUMPTION, parameter


class Whom(Enum):
    """Which clinicians are supervised, where not all of them are."""

    evenly = "evenly"  # regardless of skill
    least_skilled = "least_skilled"
    most_skilled = "most_skilled"


# fmt: off
@configurable
class Skill:
    """One behaviour in the clinician population."""

    mean: float = parameter(MEAN, "μ_b", "behaviour points", 0, 1, ASSUMPTION, "Population mean.")
    spread: float = parameter(SPREAD, "σ_b", "behaviour points", 0, 0.4,
        "calibrated to PT033, clinicians' share of outcome variance", "Population spread.", "normal(0.145, 0.03)")
# fmt: on


@configurable
class Responsiveness(Skill):
    """How far clinicians let feedback correct the next session, in their population."""

    mean: float = parameter(0.5, "μ_b", "behaviour points", 0, 1, ASSUMPTION, "Population mean.")
    spread: float = parameter(0.15, "σ_b", "behaviour points", 0, 0.4, ASSUMPTION, "Population spread.")


def _no_shift(behaviour: str) -> Any:
    return parameter(0.0, f"Δ_{behaviour[:2]}", "behaviour points", -1, 1, "a choice of the study",
        f"How much more of {behaviour.replace('_', ' ')} all clinicians show.")  # fmt: skip


@configurable
@one_field_each(float, _no_shift)
class Shift:
    """How much more, or less, of each behaviour all clinicians show."""


@configurable
class PhaseShifts:
    """What all clinicians show more or less of in each phase, whatever their policy."""

    preparation: Shift = field(default_factory=Shift)
    therapy: Shift = field(default_factory=Shift)
    dosing: Shift = field(default_factory=Shift)
    integration: Shift = field(default_factory=Shift)


# fmt: off
@configurable
class EffortLimits:
    """What doing more than one is used to costs a clinician."""

    budget: float = parameter(NO_LIMIT, "E₊", "behaviour points", 0, NO_LIMIT, "a choice of the study",
        "Most that the increases of one session sum to; at the upper end there is no limit.")
    fatigue: float = parameter(0.0, "k_E", "1/h", 0, 5, ASSUMPTION,
        "Share of the missing fatigue gained in an hour for each behaviour point of increase.")
# fmt: on


def _no_practice(behaviour: str) -> Any:
    return parameter(0.0, f"h_{behaviour[:2]}", "h", 0, 10, "a choice of the study",
        f"Hours of deliberate practice of {behaviour.replace('_', ' ')} for each session held.")  # fmt: skip


@configurable
@one_field_each(float, _no_practice)
class Practice:
    """What all clinicians practise between sessions."""


# fmt: off
@configurable
class Supervision:
    """Who is supervised, how often, and what it takes; clinicians learn by it."""

    sessions: float = parameter(0.0, "s_v", "1", 0, 1, "a choice of the study",
        "Share of the sessions of supervised clinicians that is supervised.")
    share: float = parameter(1.0, "s_w", "1", 0, 1, "a choice of the study", "Share of clinicians who are supervised.")
    whom: Whom = Whom.evenly
    hours: float = parameter(1.0, "h_v", "h", 0, 10, ASSUMPTION,
        "Hours that a supervised session takes beside it, the clinician's and the supervisor's together.")
# fmt: on


def _population(behaviour: str) -> Any:
    declared = DECLARED[behaviour]
    return field(default_factory=lambda: Skill(declared.mean, declared.spread))


# fmt: off
@configurable
@one_field_each(Skill, _population, before="responsiveness")
class Clinicians:
    """Who treats: how many, how skilled in each behaviour, how different from one another."""

    number: int = parameter(12, "N_c", "clinicians", 1, 10_000, "a choice of the study", "Clinicians in one trial.")
    max_caseload: int = parameter(20, "n_max", "patients", 1, 1000, ASSUMPTION, "Most patients one clinician leads.")
    factor_shift: float = parameter(0.0, "ΔG", "SD", -4, 4, "a choice of the study",
        "Shift of the factor behind all behaviours.")
    loading: float = parameter(0.75, "λ_G", "1", 0, 1, ASSUMPTION, "Loading of each behaviour on the common factor.")
    responsiveness: Responsiveness = field(default_factory=Responsiveness)
    phases: PhaseShifts = field(default_factory=PhaseShifts)
    after_rupture: Shift = field(default_factory=Shift)
    effort: EffortLimits = field(default_factory=EffortLimits)
    supervision: Supervision = field(default_factory=Supervision)
    practice: Practice = field(default_factory=Practice)
# fmt: on
