"""A treatment protocol as validated data, and the course of sessions and assessments it lays out."""

from dataclasses import field
from enum import Enum
from typing import Annotated

from alliance_sim.errors import ScenarioError
from alliance_sim.model.configurable import configurable
from alliance_sim.model.instruments import Scale
from alliance_sim.model.registry import ASSUMPTION, Quantity, parameter
from alliance_sim.model.timetable import Kind, Planned

PLAN = "the protocol's own source"
Day = Annotated[int, Quantity("t", "days", 0, 36_500, PLAN, "A day of the protocol.")]
Dose = Annotated[float, Quantity("D", "mg", 0, 10_000, PLAN, "A dose; mg per kg where it goes by weight.")]


class DrugName(Enum):
    """The drug of a protocol; `none` keeps every session and gives no drug."""

    none = "none"
    psilocybin = "psilocybin"
    mdma = "mdma"


class Allocation(Enum):
    """What patients are told of the arm they are in."""

    blind = "blind"  # nothing; they guess by what they feel
    open = "open"  # what they get
    waitlist = "waitlist"  # at enrolment, that they have to wait


class Blinding(Enum):
    """How far patients find out what they got: as the design has it, never, or always at once."""

    as_felt = "as_felt"
    perfect = "perfect"
    open = "open"


class Baseline(Enum):
    """When the entry rule is applied to the score that change is counted from."""

    enrolment = "enrolment"
    before_dosing = "before_dosing"  # the day before the first dosing session, after preparation


class Anchor(Enum):
    """What assessment days are counted from."""

    enrolment = "enrolment"
    last_dose = "last_dose"


@configurable
class Phase:
    """The sessions of one phase: either counted and spaced, or on explicit days."""

    sessions: int = parameter(0, "n", "sessions", 0, 60, PLAN, "Number of sessions; of integration, after each dose.")
    first: int = parameter(
        0, "Δ₁", "days", 0, 365, PLAN, "Days from the previous phase's last session to the first of this."
    )
    spacing: int = parameter(7, "Δ", "days", 1, 365, PLAN, "Days between sessions.")
    hours: float = parameter(1.5, "H", "h", 0.25, 12, PLAN, "Length of a session.")
    clinicians: int = parameter(1, "n_c", "clinicians", 1, 2, PLAN, "Clinicians present.")
    group: int = parameter(1, "n_g", "patients", 1, 50, PLAN, "Patients who share a session; 1 where nobody does.")
    days: list[Day] | None = None


@configurable
class Assessments:
    """When everyone is assessed, in treatment or not; and when the baseline is taken."""

    anchor: Anchor = Anchor.enrolment
    days: list[Day] = field(default_factory=list)
    primary_day: int = 0
    baseline: Baseline = Baseline.enrolment


@configurable
class EntryRule:
    """The trial's entry rule, on the observed score of one scale."""

    scale: Scale = Scale.madrs
    secondary: Scale = Scale.madrs
    lowest: float = parameter(20.0, "y_in", "points", 0, 80, PLAN, "Lowest score admitted.")
    highest: float = parameter(60.0, "y_out", "points", 0, 80, PLAN, "Highest score admitted.")


@configurable
class Protocol:
    """What is done when: phases, drug and doses, assessments, entry, and what patients are told.

    `patients` names the file of the population that the trial had; a world may have another.
    """

    name: str = ""
    source: str = ""
    drug: DrugName = DrugName.none
    doses: list[Dose] = field(default_factory=list)
    dose_per_kg: bool = False
    preparation_first: bool = True
    co_share: float = parameter(
        0.35, "s_co", "1", 0, 0.5, ASSUMPTION, "Weight of the co-therapist in what a pair delivers."
    )
    preparation: Phase = field(default_factory=Phase)
    therapy: Phase = field(default_factory=Phase)
    dosing: Phase = field(default_factory=Phase)
    integration: Phase = field(default_factory=Phase)
    assessments: Assessments = field(default_factory=Assessments)
    entry: EntryRule = field(default_factory=EntryRule)
    patients: str = "depression"
    allocation: Allocation = Allocation.blind
    active_share: float = parameter(
        0.5, "π", "1", 0.01, 0.99, PLAN, "Share of patients who get an active dose, as patients are told."
    )
    blinding: Blinding = Blinding.as_felt
    feedback: bool = False  # a score of the symptoms is fed back to the clinicians before each session
    measuring: float = parameter(
        0.1, "H_m", "h", 0, 1, ASSUMPTION,
        "Time of a clinician to give, score and read the measure that is fed back, in each session.",
    )  # fmt: skip


def _spaced(phase: Phase, after: int) -> list[int]:
    if phase.days is not None:
        return phase.days
    return [after + phase.first + place * phase.spacing for place in range(phase.sessions)]


def course(plan: Protocol) -> list[Planned]:
    """Lay out a protocol's sessions and assessments in days from enrolment.

    Therapy follows preparation, dosing follows both; integration follows each dose, or the last session
    before it where there is no dosing.

    Raises:
        ScenarioError: Dosing would come before preparation ends and the protocol forbids it.
    """
    preparation = _spaced(plan.preparation, 0)
    therapy = _spaced(plan.therapy, max(preparation, default=0))
    dosing = _spaced(plan.dosing, max([*preparation, *therapy], default=0))
    if plan.preparation_first and preparation and dosing and dosing[0] < preparation[-1]:
        raise ScenarioError(
            f"the first dosing session on day {dosing[0]} comes before the last preparation session "
            f"on day {preparation[-1]}; move either or set protocol.preparation_first=false."
        )
    starts = dosing or [max([*preparation, *therapy], default=0)]
    listed = [plan.integration.days] if plan.integration.days is not None else None
    integration = listed or [_spaced(plan.integration, start) for start in starts]
    if plan.preparation_first and dosing and any(day < dosing[0] for days in integration for day in days):
        raise ScenarioError(
            f"protocol.integration.days={plan.integration.days} begins before the first dosing session on day "
            f"{dosing[0]}; move either or set protocol.preparation_first=false."
        )
    anchor = dosing[-1] if plan.assessments.anchor is Anchor.last_dose and dosing else 0
    doses = plan.doses if plan.drug is not DrugName.none else [0.0] * len(dosing)
    steps = [Planned("assessment", day, anchor + day, 0.0, 0, 0.0) for day in plan.assessments.days]
    for phase, days in (("preparation", preparation), ("therapy", therapy)):
        held: Phase = getattr(plan, phase)
        steps += [
            Planned(phase, place + 1, day, held.hours, held.clinicians, 0.0, group=held.group)
            for place, day in enumerate(days)
        ]
    steps += [
        Planned(
            "integration",
            place + 1,
            day,
            plan.integration.hours,
            plan.integration.clinicians,
            0.0,
            dose + 1,
            plan.integration.group,
        )
        for dose, days in enumerate(integration)
        for place, day in enumerate(days)
    ]
    steps += [
        Planned("dosing", place + 1, day, plan.dosing.hours, plan.dosing.clinicians, dose, group=plan.dosing.group)
        for place, (day, dose) in enumerate(zip(dosing, doses, strict=True))
    ]
    return sorted(steps, key=lambda step: (step.day, step.kind is not Kind.ASSESSMENT, step.code))


def used_phases(plan: Protocol) -> list[str]:
    """Names of the phases that hold any session."""
    names = ("preparation", "therapy", "dosing", "integration")
    return [name for name in names if getattr(plan, name).sessions or getattr(plan, name).days]
