"""Blinding: what a patient believes to have got, by what was felt and what the design tells, and what that belief does.

Nearly everybody in trials of psychedelics guesses the arm rightly (CL016, CL021). What belief is worth is known for
other drugs only (CL014); that a control arm of psilocybin improves half as much as one of an antidepressant (TP011,
CL013) points to disappointment.
"""

from typing import NamedTuple

from alliance_sim.model.configurable import configurable
from alliance_sim.model.dosing import Drug
from alliance_sim.model.maths import Value, law, log, logistic, where
from alliance_sim.model.registry import ASSUMPTION, CALIBRATED, parameter
from alliance_sim.model.state import Traits


# fmt: off
@configurable
class Blinding:
    """How patients guess what they got, and what believing it does."""

    slope: float = parameter(8.0, "k_B", "log odds", 0, 40, ASSUMPTION,
        "Effect of the intensity felt on the log odds of believing to have got the drug.")
    threshold: float = parameter(0.276, "I_B", "1", 0, 1, "calibrated to CL016, CL021",
        "Intensity at which what was felt speaks neither for the drug nor against it.", "normal(0.3, 0.1)")
    noise: float = parameter(2.74, "σ_B", "log odds", 0, 10, "calibrated to CL016, CL021",
        "Spread of the belief that the same intensity leaves.", "normal(2.5, 1)")
    gain: float = parameter(0.154, "χ_B", "log units of severity", 0, 2, CALIBRATED,
        "Relief by certainty of having got the drug instead of certainty of having got none.", "normal(0.2, 0.1)")
    days: float = parameter(55.4, "τ_B", "days", 2, 400, CALIBRATED, "Time in which relief by belief fades.",
        "normal(60, 30)")
# fmt: on


class Design(NamedTuple):
    """What the design of a trial tells its patients."""

    active_share: Value  # share of patients who get an active dose, as they are told, (0, 1)
    open: Value  # 1 where they are told which dose they got
    blind: Value  # 1 where nothing that is felt tells it either: perfect blinding
    waits: Value  # 1 where they are told at enrolment to wait


UNDISCLOSED = Design(active_share=0.5, open=0.0, blind=0.0, waits=0.0)
EVEN = 0.5  # the belief of who has no idea: it neither raises hope nor disappoints


@law
def belief(felt: Value, usual: Value, z: Value, design: Design, p: Blinding) -> Value:
    """Chance that a patient gives to having got the drug, in [0, 1], after a dosing session.

    A rational reader of two equally spread intensities, with and without the drug, has log odds that are a straight
    line in the intensity; the share that was told shifts it. Who is told the dose knows whether it can usually be felt.

    Args:
        felt: Acute intensity, [0, 1].
        usual: Intensity that the dose has in the median patient, [0, 1].
        z: Standard normal.
        design: What the design tells.
        p: Numbers of blinding.
    """
    before = log(design.active_share / (1.0 - design.active_share))
    guessed = logistic(before + p.slope * (felt - p.threshold) + p.noise * z)
    known = where(usual > p.threshold, 1.0, 0.0)
    return where(design.blind > 0.5, design.active_share, where(design.open > 0.5, known, guessed))


@law
def usual_intensity(dose: Value, drug: Drug) -> Value:
    """Intensity of a dose in the median patient on an ordinary occasion, in [0, 1); `dose` in mg."""
    given = dose > 0.0
    odds = drug.steepness * log(where(given, dose / drug.half_dose, 1.0))
    return where(given, logistic(odds), 0.0)


@law
def relief(belief: Value, traits: Traits, p: Blinding) -> Value:
    """Relief by hope, or worsening by disappointment (below 0), log units: in proportion to placebo response."""
    return p.gain * traits.placebo_responsiveness * (belief - EVEN)


@law
def at_enrolment(design: Design, traits: Traits, p: Blinding) -> Value:
    """Relief by what a patient is told at enrolment, log units: who has to wait is disappointed at once.

    Waitlists did worse than no treatment, though not robustly (Furukawa 2014).
    """
    waits = (design.waits > 0.5) & (design.blind < 0.5)
    return where(waits, relief(0.0, traits, p), 0.0)
