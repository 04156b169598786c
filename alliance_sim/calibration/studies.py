"""The published studies as simulated worlds: which arms, how many patients in each, and who shares a trial."""

import copy
import functools
from collections.abc import Mapping
from typing import Any, NamedTuple

from alliance_sim.world.configuration import changed
from alliance_sim.world.scenario import Scenario, load_protocol

APART = 1_000_000  # replicates between studies: no two studies share a patient or a trial's draws


class Arm(NamedTuple):
    """One arm of a study: what is done, and how many patients the paper had in it."""

    name: str
    protocol: str
    number: int
    values: Mapping[str, Any] = {}


class Study(NamedTuple):
    """One published study. Its arms have different patients and share the trial's drug effect.

    Arms of a paired study have the same patients and the same draws: they differ in what clinicians do, or in who
    shares sessions.
    """

    name: str
    arms: tuple[Arm, ...]
    place: int  # its own range of replicates
    condition: str = "depression"  # whose numbers of the posterior apply
    paired: bool = False

    @property
    def number(self) -> int:
        """Patients in the whole trial; where arms are paired, in each."""
        return self.arms[0].number if self.paired else sum(arm.number for arm in self.arms)

    def part(self, name: str) -> slice:
        """Places of an arm's patients among those of the whole trial."""
        if self.paired:
            return slice(0, self.number)
        start = 0
        for arm in self.arms:
            if arm.name == name:
                return slice(start, start + arm.number)
            start += arm.number
        raise KeyError(name)

    def replicates(self, first: int, count: int) -> range:
        """Replicate numbers of `count` trials of this study from its own trial number `first` on."""
        start = self.place * APART + first
        return range(start, start + count)


NO_DRUG = {"protocol.drug": "none"}
FEEDBACK = {"policy": "feedback_informed", "protocol.feedback": True}
SUPERVISION = {"clinicians.supervision.sessions": 0.25}  # one session in four: an assumption
GROUPS, GROUP = {"clinicians.number": 8}, 8  # clinicians, and patients of a group: assumptions
COHORT = 6  # patients who prepare and integrate together: an assumption
SHARED = {"protocol.preparation.group": COHORT, "protocol.integration.group": COHORT}


def _doses(*milligrams: tuple[str, float, int]) -> tuple[Arm, ...]:
    return tuple(Arm(name, "comp001", number, {"protocol.doses": [dose]}) for name, dose, number in milligrams)


def _of_clinicians(**arms: Mapping[str, Any]) -> tuple[Arm, ...]:
    """Arms of ordinary psychotherapy in which clinicians do different things."""
    return tuple(Arm(name, "psychotherapy", 60, values) for name, values in arms.items())


STUDIES = {
    study.name: study
    for study in (
        Study("comp001", _doses(("25", 25.0, 79), ("10", 10.0, 75), ("1", 1.0, 79)), 1),
        # The same twelve had both doses; here each dose has twelve of its own, so their likeness is not used.
        Study("carhart2016", _doses(("10", 10.0, 12), ("25", 25.0, 12)), 2),
        Study("mapp1", (Arm("mdma", "mapp", 46), Arm("none", "mapp", 44, NO_DRUG)), 3, "ptsd"),
        Study("psychotherapy", (Arm("usual", "psychotherapy", 60),), 4),
        Study("psilodep2", (Arm("25", "psilodep2", 30),), 5),
        Study("davis2021", (Arm("psilocybin", "davis2021", 13), Arm("waitlist", "waitlist", 11)), 6),
        Study("davis_all", (Arm("psilocybin", "davis2021", 24),), 7),
        Study("vonrotz2023", (Arm("psilocybin", "vonrotz2023", 26), Arm("placebo", "vonrotz2023", 26, NO_DRUG)), 8),
        Study("raison2023", (Arm("psilocybin", "raison2023", 51), Arm("placebo", "raison2023", 53, NO_DRUG)), 9),
        Study("feedback", _of_clinicians(usual={}, informed=FEEDBACK), 10, paired=True),
        Study("supervision", _of_clinicians(usual={}, supervised=SUPERVISION), 11, paired=True),
        # Clinicians alone count: their skill before and after practice.
        Study("practice", (Arm("before", "psychotherapy", 1, {"clinicians.number": 60}),), 12, paired=True),
        Study(
            "groups",
            (
                Arm("alone", "psychotherapy", 64, GROUPS),
                Arm("together", "psychotherapy", 64, {**GROUPS, "protocol.therapy.group": GROUP}),
            ),
            13,
            paired=True,
        ),
        Study("hours", (Arm("alone", "mapp", 48), Arm("together", "mapp", 48, SHARED)), 14, "ptsd", paired=True),
    )
}
# Which simulated trials stand for the pooled ones, with each one's day and comparator.
POOLED = (
    ("comp001", "25", "1", 21),
    ("davis2021", "psilocybin", "waitlist", 35),
    ("vonrotz2023", "psilocybin", "placebo", 14),
    ("raison2023", "psilocybin", "placebo", 42),
)


@functools.cache
def scenario(study: str, arm: str) -> Scenario:
    """The world of one arm at the present defaults, with all patients of the trial in it."""
    about = STUDIES[study]
    own = next(one for one in about.arms if one.name == arm)
    made = Scenario(protocol=load_protocol(own.protocol))
    staff = max(made.clinicians.number, -(-about.number // made.clinicians.max_caseload))
    return changed(made, {"patients.number": about.number, "clinicians.number": staff, **own.values})


def with_numbers(base: Scenario, values: Mapping[str, float]) -> Scenario:
    """A scenario with some numbers changed, unchecked: thousands of times faster than `configuration.changed`.

    Args:
        base: Left as it is; what is not changed is shared.
        values: Dotted keys of numbers that are known to exist and to be in range.
    """
    made = copy.copy(base)
    own: set[str] = set()  # groups that are copies already
    for key, value in values.items():
        holder: Any = made
        path = key.split(".")
        for depth, name in enumerate(path[:-1], 1):
            place = ".".join(path[:depth])
            if place not in own:
                setattr(holder, name, copy.copy(getattr(holder, name)))
                own.add(place)
            holder = getattr(holder, name)
        setattr(holder, path[-1], value)
    return made
