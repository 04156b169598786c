"""Rewrite the stored default numbers: `make baseline`. Say in CHANGELOG.md, under Numbers, why they moved."""

from pathlib import Path

import numpy as np
import yaml

from alliance_sim.engine.arrays import simulate
from alliance_sim.world.configuration import names
from alliance_sim.world.scenario import Condition, Scenario, load_patients, load_protocol

BASELINE = Path(__file__).parent / "baseline.yaml"
SEED, REPLICATES = 20261122, 5
MEASURES = ("baseline", "change", "response", "remission", "dropout", "adverse", "wellbeing_change",
            "wai_early", "wai_final", "ebi", "meq30", "ceq", "ruptures")  # fmt: skip


def measure(protocol: str) -> dict[str, float]:
    """Mean outcomes of five default trials of a protocol on its own condition."""
    condition = Condition.ptsd if protocol == "mapp" else Condition.depression
    scenario = Scenario(protocol=load_protocol(protocol), patients=load_patients(condition.value))
    kept = simulate([scenario], range(REPLICATES), SEED).outcomes
    return {name: float(np.nanmean(kept[name])) if np.isfinite(kept[name]).any() else float("nan") for name in MEASURES}


if __name__ == "__main__":
    BASELINE.write_text(yaml.safe_dump({name: measure(name) for name in names("protocol")}, sort_keys=False))
    print(f"wrote {BASELINE.relative_to(Path.cwd())}")
