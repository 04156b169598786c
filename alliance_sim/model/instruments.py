"""From a latent state to a questionnaire score: real ranges, rounding, reliability and cut-offs."""

from dataclasses import field
from enum import Enum
from typing import Annotated

from alliance_sim.model.configurable import configurable
from alliance_sim.model.maths import Value, clip, law, round_half_even
from alliance_sim.model.registry import Quantity as Q


class Scale(Enum):
    """Questionnaires a protocol can name as its outcome."""

    madrs = "madrs"
    qids_sr_16 = "qids_sr_16"
    grid_hamd = "grid_hamd"
    ham_a = "ham_a"
    caps_5 = "caps_5"


@configurable
class Instrument:
    """A questionnaire: score = intercept + slope × latent + noise, cut to its range, rounded to its grid."""

    name: str
    source: str
    lowest: Annotated[float, Q("y₋", "points", -100, 1000, "", "Lowest score.")]
    highest: Annotated[float, Q("y₊", "points", -100, 1000, "", "Highest score.")]
    step: Annotated[float, Q("Δy", "points", 0.001, 100, "", "Distance between neighbouring scores.")]
    intercept: Annotated[float, Q("y₀", "points", -1000, 1000, "", "Score at latent zero.")]
    slope: Annotated[float, Q("y₁", "points per latent unit", -1000, 1000, "", "Points per latent unit.")]
    noise: Annotated[float, Q("σ_y", "points", 0, 100, "", "Standard error of measurement.")]


@configurable
class OutcomeScale(Instrument):
    """A questionnaire whose points have a known importance to patients."""

    important: Annotated[float, Q("MCID", "points", 0, 100, "", "Smallest difference that matters to a patient.")] = 0.0


@configurable
class SymptomScale(OutcomeScale):
    """A symptom questionnaire: lower is better, with cut-offs for response and remission."""

    response_share: Annotated[float, Q("ϱ", "1", 0, 1, "", "Fall that counts as response, share of baseline.")] = 0.5
    response_points: Annotated[float, Q("ϱ_y", "points", 0, 100, "", "Fall that counts as response, points.")] = 0.0
    remission: Annotated[float, Q("y_r", "points", -100, 1000, "", "Highest score that counts as remission.")] = 0.0


def _symptoms(
    name: str, source: str, highest: float, slope: float, noise: float, remission: float, mcid: float
) -> SymptomScale:
    return SymptomScale(name, source, 0, highest, 1, 0, slope, noise, remission=remission, important=mcid)


def _caps_5() -> SymptomScale:
    return SymptomScale(
        "CAPS-5",
        "SC005; SC006; slope 80 by definition of severity; noise: assumption",
        0,
        80,
        1,
        0,
        80,
        4.0,
        response_share=0.0,
        response_points=10.0,
        remission=11.0,
        important=10.0,
    )


def _experience(name: str, source: str, highest: float, noise: float) -> Instrument:
    return Instrument(name, source, 0, highest, 1, 0, highest, noise)


@configurable
class Instruments:
    """All questionnaires. Severity 1 is the top of MADRS and CAPS-5 alike."""

    madrs: SymptomScale = field(
        default_factory=lambda: _symptoms(
            "MADRS",
            "SC002; SC003; slope 60 by definition of severity; noise: assumption",
            60,
            60,
            3.0,
            10,
            1.75,
        )
    )
    qids_sr_16: SymptomScale = field(
        default_factory=lambda: _symptoms(
            "QIDS-SR-16",
            "SC001 (range, cut-offs, cross-walk to HAMD); SC007; slope, noise: assumption",
            27,
            31.5,
            1.9,
            5,
            3.3,
        )
    )
    grid_hamd: SymptomScale = field(
        default_factory=lambda: _symptoms(
            "GRID-HAMD", "SC004; SC001 (cross-walk); slope, noise: assumption", 52, 42.0, 2.2, 7, 3.0
        )
    )
    ham_a: SymptomScale = field(
        default_factory=lambda: _symptoms(
            "HAM-A",
            "from memory: Hamilton 1959, range 0-56, remission at 7 or less; slope, noise, MCID: assumption",
            56,
            56,
            3.0,
            7,
            4.0,
        )
    )
    caps_5: SymptomScale = field(default_factory=_caps_5)
    wemwbs: OutcomeScale = field(
        default_factory=lambda: OutcomeScale("WEMWBS", "SC013", 14, 70, 1, 14, 56, 2.75, important=3.0)
    )
    wai_sr: Instrument = field(
        default_factory=lambda: Instrument("WAI-SR", "SC015; noise: PT047", 1, 5, 1 / 12, 1, 4, 0.26)
    )
    wai_sr_clinician: Instrument = field(
        default_factory=lambda: Instrument("WAI-SR, clinician", "SC015; noise: assumption", 1, 5, 1 / 12, 1, 4, 0.26)
    )
    star_p: Instrument = field(
        default_factory=lambda: Instrument("STAR-P", "SC014; noise from its retest r = .76", 0, 48, 1, 0, 48, 3.0)
    )
    ebi: Instrument = field(default_factory=lambda: _experience("EBI", "SC011; AE005; noise: assumption", 100, 7.0))
    meq30: Instrument = field(default_factory=lambda: _experience("MEQ30", "SC010; noise: assumption", 150, 9.0))
    asc_boundlessness: Instrument = field(
        default_factory=lambda: _experience(
            "5D-ASC oceanic boundlessness", "from memory: percent of scale; noise: assumption", 100, 9.0
        )
    )
    ceq: Instrument = field(default_factory=lambda: _experience("CEQ", "SC012; noise: assumption", 130, 8.0))


@law
def score(latent: Value, z: Value, p: Instrument) -> Value:
    """Score of a questionnaire, in its own points, inside its range and on its grid.

    Args:
        latent: What the instrument measures, in the latent unit.
        z: Standard normal measurement error.
        p: The instrument's numbers.
    """
    raw = p.intercept + p.slope * latent + p.noise * z
    steps = round_half_even((clip(raw, p.lowest, p.highest) - p.lowest) / p.step)
    return p.lowest + p.step * steps


@law
def responded(before: Value, now: Value, p: SymptomScale) -> Value:
    """True where the score fell by the instrument's response rule: a share and a number of points."""
    return (before - now >= p.response_share * before) & (before - now >= p.response_points)


@law
def remitted(now: Value, p: SymptomScale) -> Value:
    """True where the score is at or below the instrument's remission cut-off."""
    return now <= p.remission
