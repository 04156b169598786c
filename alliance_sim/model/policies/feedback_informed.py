"""Informed by feedback: as usual, and more of everything for a patient whose measured symptoms lag behind.

Clinicians who are shown their patients' scores have slightly better results, most with patients who lag behind the
expected course [de Jong 2021, CL001, CL002]. How much more they then do is so much that the first of these is met in
ordinary psychotherapy; no trial says that they do. It needs scores that are fed back: `protocol.feedback`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alliance_sim.model.acting import Seen
from alliance_sim.model.behaviours import Behaviours, added, alike
from alliance_sim.model.configurable import configurable
from alliance_sim.model.maths import law, maximum, minimum
from alliance_sim.model.policies import usual
from alliance_sim.model.registry import parameter

if TYPE_CHECKING:
    from alliance_sim.model.parameters import Numbers


# fmt: off
@configurable
class FeedbackInformed:
    """What a clinician does with a score that is fed back."""

    gain: float = parameter(2.6, "γ_f", "behaviour points per unit severity", 0, 20,
        "fitted to CL001: calibrated apart from the posterior (calibration/clinicians.py)",
        "How much more of every behaviour a patient gets for each unit of severity above the expected course.")
    most: float = parameter(0.5, "γ₊", "behaviour points", 0, 1,
        "assumption: so high that it hardly matters; with 0.25 no gain reaches CL001", "Most that this adds.")
# fmt: on


@law
def choose(seen: Seen, p: Numbers) -> Behaviours:
    """As usual, and more of everything in proportion to how far the score lies above the expected course."""
    lag = maximum(seen.behind, 0.0)
    more = minimum(p.policies.feedback_informed.gain * lag, p.policies.feedback_informed.most)
    return added(usual.choose(seen, p), alike(more))
