"""What a policy of one's own may call: laws that give the same bits on every engine, and the built-in policies."""

from alliance_sim.model.acting import Seen
from alliance_sim.model.behaviours import Behaviours, added, alike, shifts
from alliance_sim.model.maths import average, clip, exp, log, logistic, maximum, minimum, sqrt, unit, where
from alliance_sim.model.policies.attachment_tailored import choose as attachment_tailored
from alliance_sim.model.policies.feedback_informed import choose as feedback_informed
from alliance_sim.model.policies.manual import choose as manual
from alliance_sim.model.policies.phase_tailored import choose as phase_tailored
from alliance_sim.model.policies.repair_first import choose as repair_first
from alliance_sim.model.policies.usual import choose as usual

__all__ = [
    "Behaviours",
    "Seen",
    "added",
    "alike",
    "attachment_tailored",
    "average",
    "clip",
    "exp",
    "feedback_informed",
    "log",
    "logistic",
    "manual",
    "maximum",
    "minimum",
    "phase_tailored",
    "repair_first",
    "shifts",
    "sqrt",
    "unit",
    "usual",
    "where",
]
