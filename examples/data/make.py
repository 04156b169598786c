"""Simulate the data sets of this folder, whose true values are known.

Type python examples/data/make.py in the repository.

Nobody in them is a person. The same function makes the fresh data sets on which the coverage of `alliance-sim fit` is
tested.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

import alliance_sim
from alliance_sim import Scenario
from alliance_sim.calibration.own.schedule import Calendar
from alliance_sim.study import engines, tables
from alliance_sim.study.engines import EngineName
from alliance_sim.world.protocol import Anchor

FOLDER = Path(__file__).parent


class Example(NamedTuple):
    """A data set: what was simulated, what is fitted to it, and the truth of that."""

    protocol: str
    clinicians: int
    arms: Mapping[str, tuple[int, Mapping[str, object]]]  # patients, and the keys that the arm changes
    truth: Mapping[str, float]
    words: tuple[str, ...]  # of the study


EXAMPLES = {
    "two_arms": Example(
        "comp001",
        12,
        {"high": (60, {}), "low": (60, {"protocol.doses": [1.0]})},
        {
            "parameters.bond.rate": 0.24,
            "parameters.retention.base": -4.2,
            "parameters.psilocybin.relief": 1.0,
            "parameters.symptoms.relief_days": 45.0,
        },
        ("base_arm=high", "arms={high: {}, low: {protocol.doses: [1]}}"),
    ),
    "clinic": Example(
        "psychotherapy",
        12,
        {"": (96, {})},
        {
            "parameters.bond.rate": 0.36,
            "parameters.retention.base": -4.2,
            "parameters.symptoms.fluctuation": 0.09,
            "parameters.delivery.rating_bias_spread": 0.34,
        },
        ("protocol=psychotherapy",),
    ),
}


def scores(example: Example, truth: Mapping[str, float], replicate: int, seed: int) -> pd.DataFrame:
    """Simulate one trial and write its scores as a clinic would have them: a row each visit of a patient.

    Args:
        example: Which.
        truth: Values of its keys.
        replicate: Number of the trial.
        seed: Seed of every draw.
    """
    total = sum(count for count, _ in example.arms.values())
    base = {"patients.number": total, "clinicians.number": example.clinicians, **truth}
    protocol = alliance_sim.Study(protocol=example.protocol).base()
    frames, first = [], 0
    for arm, (count, changes) in example.arms.items():
        world = alliance_sim.with_values(protocol, {**base, **changes})
        whole = one_trial(world, replicate, seed)
        frames.append(whole[whole["patient"].between(first, first + count - 1)].assign(arm=arm))
        first += count
    made = pd.concat(frames, ignore_index=True)
    made["patient"] = [f"P{number + 1:03d}" for number in made["patient"]]
    made["clinician"] = [f"C{number + 1:02d}" for number in made["clinician"].astype(int)]
    columns = ["patient", "arm", "clinician", "day", "session", "madrs", "wai_sr", "dropout"]
    return made[columns if len(example.arms) > 1 else [name for name in columns if name != "arm"]]


def one_trial(world: Scenario, replicate: int, seed: int) -> pd.DataFrame:
    """Every patient's visits in one simulated trial; sessions after who left are not there."""
    recorded = engines.simulate(EngineName.lanes, [world], [replicate], seed)
    people = tables.patients(recorded, [world], [0], [replicate])
    visits = tables.visits(recorded, [0], [replicate])
    lead = people.set_index("patient")["lead"]
    assessed = visits["phase"] == "assessment"
    kept = visits[assessed | (visits["attended"] > 0.5)]
    rows = pd.DataFrame(
        {
            "patient": kept["patient"].astype(int),
            "clinician": lead.loc[kept["patient"]].to_numpy(),
            "day": kept["patient_day"].astype(int),
            "session": kept["session"].astype(str).where(kept["phase"] != "assessment", ""),
            "madrs": kept["score_primary"],
            "wai_sr": kept["wai"].round(3),
            "dropout": (1 - kept["in_treatment"]).where(kept["phase"] == "assessment"),
        }
    )
    day = Calendar(world, Anchor.enrolment, 0).baseline
    entry = people[["patient", "lead", "baseline"]].set_axis(["patient", "clinician", "madrs"], axis=1)
    whole = pd.concat([entry.assign(day=day, session="baseline"), rows], ignore_index=True)
    return whole.sort_values(["patient", "day"], kind="stable", ignore_index=True)


def main() -> None:
    """Write the data sets."""
    for name, example in EXAMPLES.items():
        frame = scores(example, example.truth, 0, 20_260_704)
        frame.to_csv(FOLDER / f"{name}.csv", index=False)
        print(f"{name}.csv: {frame['patient'].nunique()} patients, {len(frame)} rows")


if __name__ == "__main__":
    main()
