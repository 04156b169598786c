"""Which policy clinicians follow, and which share of them another."""

import itertools
import math
from typing import Any

from pydantic import BeforeValidator

from alliance_sim.errors import ScenarioError
from alliance_sim.model.configurable import configurable
from alliance_sim.model.policies import BUILT_IN, USUAL, own
from alliance_sim.model.registry import nearest, parameter

FEEDBACK = ("feedback_informed",)  # policies that need scores fed back
by_name = BeforeValidator(lambda value: {"name": value} if isinstance(value, str) else value)


# fmt: off
@configurable
class Policy:
    """What clinicians decide by. `code` and `other_code` hold the text of a policy of one's own, which is its identity.

    That text is never executed: a policy of one's own comes from the program that runs (`alliance_sim.policy`).
    """

    name: str = USUAL
    other: str = USUAL
    share: float = parameter(0.0, "s_p", "1", 0, 1, "a choice of the study", "Share of clinicians who follow `other`.")
    code: str = ""
    other_code: str = ""
# fmt: on

    def __post_init__(self) -> None:
        """Take the text of policies of one's own, and refuse unknown names."""
        self.code, self.other_code = _text(self.name, self.code), _text(self.other, self.other_code)

    def follows(self, name: str) -> bool:
        """True if any clinician follows a policy."""
        return (name == self.name and self.share < 1) or (name == self.other and self.share > 0)

    def of(self, clinicians: int) -> list[tuple[str, str]]:
        """Name and text of each clinician's policy, evenly spread: a further clinician changes nobody else's."""
        rounded = [math.floor(number * self.share + 0.5) for number in range(clinicians + 1)]
        return [
            (self.other, self.other_code) if after > before else (self.name, self.code)
            for before, after in itertools.pairwise(rounded)
        ]


def _text(name: str, code: str) -> str:
    """The text of a policy of one's own: as given where that is the named one's, else as the program has it.

    Raises:
        ScenarioError: There is no such policy.
    """
    if name in BUILT_IN:
        return ""
    if code and own.name_of(code) == name:
        return code
    if name in own.KNOWN:
        return own.KNOWN[name].text
    known = [*BUILT_IN, *own.KNOWN]
    raise ScenarioError(f"there is no policy {name[:60]!r}; choose one of: {', '.join(nearest(name, known) or known)}.")


def named(policy: Policy, clinicians: int) -> list[Any]:
    """Each clinician's policy.

    Raises:
        PolicyError: One was written in a program that is not this one.
    """
    return [own.found(name, code) for name, code in policy.of(clinicians)]


def with_texts(values: dict[str, Any]) -> dict[str, Any]:
    """Values by dotted key in which every policy of one's own stands with its text, as results keep it."""
    made = dict(values)
    if whole := _known(made.get("policy")):
        made["policy"] = {"name": made["policy"], "code": whole.text}
    for key, text in (("policy.name", "policy.code"), ("policy.other", "policy.other_code")):
        known = _known(made.get(key))
        if known and text not in made:
            made[text] = known.text
    return made


def _known(name: Any) -> own.Known | None:
    """A policy of one's own by its name, if there is one; anything may stand where a name is given."""
    return own.KNOWN.get(name) if isinstance(name, str) else None
