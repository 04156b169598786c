"""Acting: what a clinician goes by when a session begins, and what is done within limited effort.

A clinician *sees* (`see`), *decides* by a policy (`policies/`: what is seen to shifts of behaviour) and *acts* (`act`).
"""

from typing import NamedTuple

from alliance_sim.model.behaviours import NAMES, Behaviours, total
from alliance_sim.model.configurable import configurable
from alliance_sim.model.delivery import share
from alliance_sim.model.draws import SightNoise
from alliance_sim.model.instruments import SymptomScale, score
from alliance_sim.model.maths import Value, each, exp, law, maximum, minimum, sqrt, where
from alliance_sim.model.registry import ASSUMPTION, parameter
from alliance_sim.model.state import Clinician, Patient, Plan, Traits

NO_LIMIT = float(len(NAMES))  # every behaviour at once, as much more as there is


# fmt: off
@configurable
class Sensing:
    """What clinicians notice."""

    noticing: float = parameter(1.0, "π_r", "1", 0, 1,
        "assumption: clinicians report no fewer ruptures than patients do, so none is missed by default",
        "Chance that a clinician notices the rupture of the session before.")
    attachment_insight: float = parameter(0.5, "ρ_g", "1", 0, 1, ASSUMPTION,
        "Correlation of a patient's attachment with the clinician's guess of it.")
    expected_share: float = parameter(0.45, "x_g", "1", 0, 1, ASSUMPTION,
        "Share of the severity at entry that the expected course takes away in the long run.")
    expected_sessions: float = parameter(8.0, "x_s", "sessions", 0.5, 100, ASSUMPTION,
        "Sessions in which the expected course comes 63 % of its way.")
# fmt: on


class Seen(NamedTuple):
    """What the lead clinician goes by when a session begins: beliefs and measured scores, never the truth itself."""

    trust: Value  # own view of each bond, bond points, its bias included
    felt_empathy: Value
    rapport: Value
    responsiveness: Value  # how far the clinicians let feedback correct them, [0, 1]; of a pair the blend
    fatigue: Value  # own, [0, 1]
    rupture: Value  # 1 if the patient's session before held a rupture and it was noticed
    repaired: Value  # 1 if it was mended there
    attachment_anxiety: Value  # guessed, standard scores
    attachment_avoidance: Value
    preparation: Value  # 1 in a preparation session, else 0; as the next three
    therapy: Value
    dosing: Value
    integration: Value
    session: Value  # which of the patient's sessions this is, 1 for the first
    measured: Value  # 1 if a score of the symptoms is fed back
    behind: Value  # that score above the expected course, severity; 0 unless fed back


class Remembered(NamedTuple):
    """What happened in a patient's session before."""

    rupture: Value  # 1 if it held one
    repaired: Value  # 1 if that was mended


class Sight(NamedTuple):
    """The part of what is seen that is not there at a glance."""

    rupture: Value  # as in `Seen`, and the others
    repaired: Value
    measured: Value
    behind: Value


FIRST_SESSION = Remembered(0.0, 0.0)
NOTHING_MORE = Sight(0.0, 0.0, 0.0, 0.0)


class Shifts(NamedTuple):
    """How much more (or, below 0, less) of each behaviour clinicians show in each phase, and after a rupture."""

    preparation: Behaviours
    therapy: Behaviours
    dosing: Behaviours
    integration: Behaviours
    after_rupture: Behaviours  # in the session after one that held a rupture, if it was noticed


class Effort(NamedTuple):
    """What doing more than usual costs."""

    budget: Value  # most that the increases of one session sum to, behaviour points
    fatigue: Value  # share of the missing fatigue gained in an hour, per behaviour point


class Conduct(NamedTuple):
    """What all clinicians of a world are asked to do differently, whatever their policy; and what it costs."""

    shifts: Shifts
    effort: Effort


class Act(NamedTuple):
    """What is done in one session."""

    shift: Behaviours  # of what is delivered, each in [-1, 1]
    freshness: Value  # share of a clinician's freshness left after the effort, (0, 1]


# ----------------------------------------------------------------------------------------------------- sensing


@law
def guessed(trait: Value, z: Value, p: Sensing) -> Value:
    """A clinician's guess of a patient's attachment, standard score: as spread as the truth, so in part noise."""
    return p.attachment_insight * trait + sqrt(1.0 - p.attachment_insight * p.attachment_insight) * z


@law
def expected(at_entry: Value, session: Value, p: Sensing) -> Value:
    """Severity that the clinician expects before a session, from severity at entry and the sessions held before.

    Improvement slows from session to session; that it does, and how fast, are assumptions.
    """
    return at_entry * (1.0 - p.expected_share * (1.0 - exp((1.0 - session) / p.expected_sessions)))


@law
def look(
    patient: Patient,
    traits: Traits,
    plan: Plan,
    before: Remembered,
    noise: SightNoise,
    scale: SymptomScale,
    p: Sensing,
) -> Sight:
    """Notice a rupture of the session before, and read the score where the trial feeds scores back."""
    notices = where(noise.notices < p.noticing, 1.0, 0.0)
    measured = (score(patient.symptoms.severity, noise.measured, scale) - scale.intercept) / scale.slope
    behind = measured - expected(traits.severity_at_entry, plan.session, p)
    return Sight(
        rupture=before.rupture * notices,
        repaired=before.repaired * notices,
        measured=plan.feedback,
        behind=where(plan.feedback > 0.5, behind, 0.0),
    )


@law
def noticed(before: Remembered) -> Sight:
    """What is seen where every rupture is noticed and no score is fed back."""
    return Sight(rupture=before.rupture, repaired=before.repaired, measured=0.0, behind=0.0)


@law
def see(patient: Patient, traits: Traits, lead: Clinician, co: Clinician, plan: Plan, sight: Sight) -> Seen:
    """What the lead clinician goes by: the days since the session before have passed."""
    bias = patient.clinician_view.alliance_rating_bias
    return Seen(
        trust=patient.bond.trust + bias,
        felt_empathy=patient.bond.felt_empathy + bias,
        rapport=patient.bond.rapport + bias,
        responsiveness=share(lead.responsiveness, co.responsiveness, plan.co_share),
        fatigue=lead.fatigue,
        rupture=sight.rupture,
        repaired=sight.repaired,
        attachment_anxiety=traits.guessed_anxiety,
        attachment_avoidance=traits.guessed_avoidance,
        preparation=plan.preparation,
        therapy=plan.therapy,
        dosing=plan.dosing,
        integration=plan.integration,
        session=plan.session,
        measured=sight.measured,
        behind=sight.behind,
    )


# ------------------------------------------------------------------------------------------------------ acting


@law
def _wished(chosen: Value, of_phase: Value, after_rupture: Value, rupture: Value) -> Value:
    return minimum(maximum(chosen + of_phase + after_rupture * rupture, -1.0), 1.0)


@law
def _more(shift: Value) -> Value:
    return maximum(shift, 0.0)


@law
def _within(shift: Value, share: Value) -> Value:
    return where(shift > 0.0, shift * share, shift)


@law
def wished(chosen: Behaviours, of_phase: Behaviours, after_rupture: Behaviours, seen: Seen) -> Behaviours:
    """What the policy chose and what is asked of all clinicians together, each in [-1, 1]."""
    return each(_wished, chosen, of_phase, after_rupture, seen.rupture)


@law
def increase(wished: Behaviours) -> Value:
    """Effort that shifts take, behaviour points: the sum of what is more than usual; doing less costs nothing."""
    return total(each(_more, wished))


@law
def within(wished: Behaviours, effort: Value, p: Effort) -> Behaviours:
    """Shifts within the effort there is: what exceeds it is scaled down, every increase alike."""
    beyond = effort > p.budget
    return each(_within, wished, where(beyond, p.budget / where(beyond, effort, 1.0), 1.0))


@law
def freshness(effort: Value, hours: Value, p: Effort) -> Value:
    """Share of a clinician's freshness left after the effort of a session, (0, 1]."""
    return exp(-hours * p.fatigue * minimum(effort, p.budget))


@law
def act(
    chosen: Behaviours, of_phase: Behaviours, after_rupture: Behaviours, seen: Seen, hours: Value, effort: Effort
) -> Act:
    """Do what the policy chose and what is asked of all, within the effort there is."""
    own = wished(chosen, of_phase, after_rupture, seen)
    more = increase(own)
    return Act(shift=within(own, more, effort), freshness=freshness(more, hours, effort))


@law
def act_untired(
    chosen: Behaviours, of_phase: Behaviours, after_rupture: Behaviours, seen: Seen, effort: Effort
) -> Behaviours:
    """The shifts alone, where effort tires nobody."""
    own = wished(chosen, of_phase, after_rupture, seen)
    return within(own, increase(own), effort)


@law
def _fits(shift: Value) -> Value:
    return where((shift >= -1.0) & (shift <= 1.0), 1.0, 0.0)


@law
def fitting(chosen: Behaviours) -> Value:
    """How many of the shifts that a policy chose lie in [-1, 1]; NaN does not."""
    return total(each(_fits, chosen))
