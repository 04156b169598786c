"""The usual way: a clinician who invites feedback gives more of what serves the bond that seems weak.

`behaviours` says which behaviour serves which bond. The clinician goes by an own view of each bond, which agrees with
the patient's only in part [Tryon 2007, PT024].
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alliance_sim.model.acting import Seen
from alliance_sim.model.behaviours import Behaviours, sorted_by
from alliance_sim.model.maths import Value, law, maximum, minimum

if TYPE_CHECKING:
    from alliance_sim.model.parameters import Numbers

by_bond = sorted_by("serves", "trust", "felt_empathy", "rapport")


@law
def corrected(bond: Value, care: Value, need: Value) -> Value:
    """Shift toward what of one bond seems to be missing, in [0, 1]."""
    return minimum(care * maximum(need - bond, 0.0), 1.0)


@law
def choose(seen: Seen, p: Numbers) -> Behaviours:
    """Shift what serves each bond by how far it seems to lie below `need`, in proportion to responsiveness."""
    care = p.delivery.correction * seen.responsiveness
    return by_bond(
        corrected(seen.trust, care, p.delivery.need),
        corrected(seen.felt_empathy, care, p.delivery.need),
        corrected(seen.rapport, care, p.delivery.need),
    )
