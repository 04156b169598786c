"""What clinicians decide by: a policy is one law, `choose(seen, p)`, from what is seen to shifts of behaviour.

`seen` is a `Seen`, `p` all numbers of the laws; each shift lies in [-1, 1]. A further policy is a file of its own here,
with its numbers on top, and a line in each of the three lists below.
"""

from collections.abc import Callable
from dataclasses import field
from typing import Any, NamedTuple

from alliance_sim.model.behaviours import Behaviours
from alliance_sim.model.configurable import configurable
from alliance_sim.model.policies import (
    attachment_tailored,
    feedback_informed,
    manual,
    phase_tailored,
    repair_first,
    usual,
)
from alliance_sim.model.policies.attachment_tailored import AttachmentTailored
from alliance_sim.model.policies.feedback_informed import FeedbackInformed
from alliance_sim.model.policies.phase_tailored import PhaseTailored
from alliance_sim.model.policies.repair_first import RepairFirst

Choose = Callable[[Any, Any], Behaviours]
USUAL = "usual"
BUILT_IN: dict[str, Choose] = {
    module.__name__.rpartition(".")[2]: module.choose
    for module in (usual, manual, feedback_informed, repair_first, attachment_tailored, phase_tailored)
}


@configurable
class Policies:
    """The numbers of the policies that have any."""

    feedback_informed: FeedbackInformed = field(default_factory=FeedbackInformed)
    repair_first: RepairFirst = field(default_factory=RepairFirst)
    attachment_tailored: AttachmentTailored = field(default_factory=AttachmentTailored)
    phase_tailored: PhaseTailored = field(default_factory=PhaseTailored)


class PolicyNumbers(NamedTuple):
    """The same as laws receive them."""

    feedback_informed: FeedbackInformed
    repair_first: RepairFirst
    attachment_tailored: AttachmentTailored
    phase_tailored: PhaseTailored
