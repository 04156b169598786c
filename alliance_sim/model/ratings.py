"""Ratings: what a patient says of the bond, coloured by how treatment went so far. The bond itself is not."""

from alliance_sim.model.configurable import configurable
from alliance_sim.model.maths import Value, law, where
from alliance_sim.model.registry import ASSUMPTION, CALIBRATED, parameter


# fmt: off
@configurable
class RatingColour:
    """How improvement colours a patient's ratings."""

    colour: float = parameter(0.145, "ρ_r", "bond points per unit severity", 0, 2, CALIBRATED,
        "Rise of a rating of the bond by improvement beyond what is usual.", "normal(0.2, 0.15)")
    usual_talk: float = parameter(0.1, "x_T", "severity", 0, 1, ASSUMPTION,
        "Improvement that neither raises nor lowers a rating before any dosing session.")
    usual_dosed: float = parameter(0.2, "x_D", "severity", 0, 1,
        "assumption: about what 25 mg did in three weeks (TD088)",
        "The same from the first dosing session on.")
# fmt: on


@law
def coloured(bond: Value, improvement: Value, dosed: Value, p: RatingColour) -> Value:
    """A bond as the patient rates it, before the instrument: raised by improvement beyond what is usual.

    That who feels better speaks better of the therapist is an assumption. Levin 2024 found the alliance after dosing
    closer to outcome (r = -.85) than before it (AP011), in 24 patients: compatible with it, no proof.

    Args:
        bond: What is rated, [0, 1].
        improvement: Severity at entry less severity now.
        dosed: 1 once a dosing session was held.
        p: Numbers of ratings.
    """
    return bond + p.colour * (improvement - where(dosed > 0.5, p.usual_dosed, p.usual_talk))
