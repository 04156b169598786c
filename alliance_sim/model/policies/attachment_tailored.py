"""Tailored to attachment: as usual, and more of what an insecurely attached patient is slow to see.

`behaviours` says which attachment dims how patients perceive which behaviour [Diener 2011, PT027]; the clinician goes
by a guess of the attachment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alliance_sim.model.acting import Seen
from alliance_sim.model.behaviours import Behaviours, added
from alliance_sim.model.configurable import configurable
from alliance_sim.model.delivery import by_attachment
from alliance_sim.model.maths import law, maximum, minimum
from alliance_sim.model.policies import usual
from alliance_sim.model.registry import ASSUMPTION, parameter

if TYPE_CHECKING:
    from alliance_sim.model.parameters import Numbers


# fmt: off
@configurable
class AttachmentTailored:
    """How much is done about insecure attachment."""

    gain: float = parameter(0.05, "γ_a", "behaviour points per SD", 0, 0.5, ASSUMPTION,
        "How much more of what an attachment dims for each SD that it is guessed above the average.")
# fmt: on


@law
def choose(seen: Seen, p: Numbers) -> Behaviours:
    """As usual, and more of what the guessed attachment dims, for the insecure alone."""
    gain = p.policies.attachment_tailored.gain
    anxious = minimum(gain * maximum(seen.attachment_anxiety, 0.0), 1.0)
    avoidant = minimum(gain * maximum(seen.attachment_avoidance, 0.0), 1.0)
    return added(usual.choose(seen, p), by_attachment(anxious, avoidant))
