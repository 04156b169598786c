"""Repair first: as usual, and after a rupture that stayed open more of what mends it.

Repairing ruptures goes with better results [Eubanks 2018, PT003]. What mends is what `rupture.repair_chance` reads.
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
class RepairFirst:
    """How much is done about an open rupture."""

    gain: float = parameter(0.2, "γ_r", "behaviour points", 0, 1, ASSUMPTION,
        "How much more collaboration, empathy and authenticity after a rupture that stayed open.")
# fmt: on


@law
def choose(seen: Seen, p: Numbers) -> Behaviours:
    """As usual, and more of what mends where the session before left a rupture open that was noticed."""
    more = p.policies.repair_first.gain * seen.rupture * (1.0 - seen.repaired)
    return added(usual.choose(seen, p), shifts(authenticity=more, empathy=more, collaboration=more))
