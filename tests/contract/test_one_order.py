"""The order of a visit is written once: leaving a step out moves Mesa, NumPy and the lanes alike."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from alliance_sim.engine.arrays import simulate
from tests.worlds import arrays, small

ROOT = Path(__file__).parents[2]
REPLICATE, SEED = 3, 7
# What stands in `model/visit.py` for each step, and what stands there when the step is left out.
STEPS = {
    "live on": ("live_on(who.patient, who.traits, plan.day, now, noise, p)", "unchanged(who.patient, plan.day)"),
    "rest": ("lead=rest(who.lead, plan.day, p)", "lead=who.lead"),
    "meet": (
        "meet(here, plan, now, noise, act.shift, do, p)\n",
        "unmoved(meet(here, plan, now, noise, act.shift, do, p), here)\n",
    ),
    "experience": ("= experience(here, met, plan, now, dosing_noise,", "= conversation(here, met, plan, now, noise,"),
    "integrate": ("lasting=made + work", "lasting=0.0"),
    "leave": ("leaves = leave(here.patient, effect, plan, noise, p)", "leaves = plan.more < 0.0"),
    "tire": ("tire(here.lead, here.patient, effect, act)", "here.lead.fatigue"),
    "count": ("tally.after_session(here.tally, encounter, ratings, plan.early)", "here.tally"),
}
# A step left out still says on which day a patient was last seen, and keeps the records of a meeting.
UNMOVED = """

@law
def unchanged(patient: Patient, day: Value) -> Patient:
    return patient._replace(course=patient.course._replace(last_day=day))


@law
def unmoved(met: Meeting, here: Dyad) -> Meeting:
    return met._replace(bond=here.patient.bond)
"""
SCRIPT = f"""
import json, sys
from alliance_sim.engine import arrays, worlds
from alliance_sim.trial import TherapyTrial
from tests.contract.test_one_order import digest, world
trial = TherapyTrial(world(), replicate={REPLICATE}, seed={SEED})
trial.run_until(trial.end_day)
found = [trial.recorded, *(engine([world()], [{REPLICATE}], {SEED}) for engine in (arrays.simulate, worlds.simulate))]
print(json.dumps([digest(one) for one in found]))
"""


def world():
    """Two dosing days, pairs, dropouts, tired clinicians."""
    return small("psilodep2", parameters__retention__base=-2.0)


def digest(recorded):
    """One digest of all that a run recorded."""
    whole = hashlib.sha256()
    for name, values in sorted(arrays(recorded).items()):
        whole.update(name.encode() + np.where(np.isnan(values), np.nan, values + 0.0).tobytes())
    return whole.hexdigest()


@pytest.mark.full  # a compilation each
@pytest.mark.parametrize("step", STEPS)
def test_leaving_a_step_out_moves_all_engines_alike(step, tmp_path):
    for name in ("alliance_sim", "conf", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "data"))
    visit = tmp_path / "alliance_sim" / "model" / "visit.py"
    text, (there, left) = visit.read_text(encoding="utf-8"), STEPS[step]
    assert text.count(there) == 1
    visit.write_text(text.replace(there, left) + UNMOVED, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False, cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path), "ALLIANCE_SIM_CACHE": str(tmp_path / "cache")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert len(set(found)) == 1
    assert found[0] != digest(simulate([world()], [REPLICATE], SEED))
