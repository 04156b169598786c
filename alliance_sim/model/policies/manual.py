"""By the manual: a clinician who shows the same to every patient, whatever the patient seems to lack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alliance_sim.model.acting import Seen
from alliance_sim.model.behaviours import Behaviours, shifts
from alliance_sim.model.maths import law

if TYPE_CHECKING:
    from alliance_sim.model.parameters import Numbers


@law
def choose(seen: Seen, p: Numbers) -> Behaviours:
    """Shift nothing."""
    return shifts()
