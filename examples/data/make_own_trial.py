"""Simulate `own_trial.csv` of this folder, written as a clinic might: type python examples/data/make_own_trial.py.

Nobody in it is a person. The clinicians of the world it comes from are less empathic and less authentic than the
model's typical ones.
"""

from pathlib import Path

import numpy as np
import pandas as pd

import alliance_sim

FILE = Path(__file__).with_name("own_trial.csv")
PATIENTS, CLINICIANS = 24, 6  # of the trial: every second patient has the low dose
LESS = {"clinicians.empathy.mean": 0.3, "clinicians.authenticity.mean": 0.35}
ARMS = {"25 mg": {}, "1 mg": {"protocol.doses": [1.0]}}
LATE, MISSING = 2, 0.06  # days by which a visit may be late, and the share of scores that are missing
SEED = 25


def scores() -> pd.DataFrame:
    """One row a patient and day, as the trial's own table has it."""
    rng = np.random.default_rng(SEED)
    base = alliance_sim.with_values(
        alliance_sim.Scenario(), {"patients.number": PATIENTS, "clinicians.number": CLINICIANS, **LESS}
    )
    worlds = {name: alliance_sim.with_values(base, changes) for name, changes in ARMS.items()}
    visits = alliance_sim.simulate(worlds, replicates=1, seed=SEED, keep="sessions")
    people = alliance_sim.simulate(worlds, replicates=1, seed=SEED).set_index(["arm", "patient"])
    rows = []
    for patient in range(PATIENTS):
        arm = list(ARMS)[patient % 2]
        about = people.loc[(arm, patient)]
        who = {"Code": f"K{3 * patient + 11:03d}", "Arm": arm, "Therapist": f"T{int(about['lead']) + 1}"}
        own = visits[(visits["arm"] == arm) & (visits["patient"] == patient)]
        held: dict[int, dict[str, float]] = {0: {"MADRS total": about["baseline"]}}
        for visit in own.itertuples():
            late = int(rng.integers(0, LATE + 1)) if visit.phase == "assessment" else 0
            found = {"MADRS total": visit.score_primary, "WAI-SR": visit.wai}
            known = {name: value for name, value in found.items() if np.isfinite(value)}
            if known and rng.random() > MISSING:
                held.setdefault(int(visit.patient_day) + late, {}).update(known)
        rows += [{**who, "Day": day, **found, "PHQ-9": _guessed(found, rng)} for day, found in sorted(held.items())]
    return pd.DataFrame(rows)


def _guessed(found: dict[str, float], rng: np.random.Generator) -> float:
    """A PHQ-9, which the model has not."""
    score = found.get("MADRS total", np.nan)
    return float(np.clip(round(score * 0.45 + rng.normal()), 0, 27)) if np.isfinite(score) else np.nan


if __name__ == "__main__":
    scores().round(2).to_csv(FILE, index=False, sep=";", decimal=",", float_format="%.4g")
