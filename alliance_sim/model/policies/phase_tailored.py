"""Tailored to the phase: as usual, and in each phase more of what its guides ask for.

Preparation: agree on aims and on what will happen. Dosing: a safe frame and a quiet presence. Integration: listen and
make sense of it together. Which behaviour belongs to which phase is an assumption; `ask=[phases]` says what it does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alliance_sim.model.acting import Seen
from alliance_sim.model.behaviours import Behaviours, added, shifts
from alliance_sim.model.configurable import configurable
from alliance_sim.model.maths import law
from alliance_sim.model.policies import usual
from alliance_sim.model.registry import ASSUMPTION, parameter

if TYPE_CHECKING:
    from alliance_sim.model.parameters import Numbers


# fmt: off
@configurable
class PhaseTailored:
    """How much the phase decides."""

    gain: float = parameter(0.1, "γ_p", "behaviour points", 0, 1, ASSUMPTION,
        "How much more of the two behaviours that belong to the phase.")
# fmt: on


@law
def choose(seen: Seen, p: Numbers) -> Behaviours:
    """As usual, and more of two behaviours in preparation, dosing and integration."""
    gain = p.policies.phase_tailored.gain
    own = shifts(
        boundaries=gain * (seen.preparation + seen.dosing),
        active_listening=gain * (seen.dosing + seen.integration),
        empathy=gain * seen.integration,
        collaboration=gain * seen.preparation,
    )
    return added(usual.choose(seen, p), own)
