"""`alliance-sim warmup`: compile ahead what agents and lanes need."""

import time

from alliance_sim.engine.ahead import Ahead
from alliance_sim.engine.compile import cache_folder
from alliance_sim.errors import ScenarioError
from alliance_sim.study.progress import Signs
from alliance_sim.trial import TherapyTrial
from alliance_sim.world.configuration import changed
from alliance_sim.world.scenario import Scenario


def main(words: list[str]) -> int:
    """Compile every kernel, on two cores where there are two; say where the machine code lies.

    Raises:
        ScenarioError: There are words.
    """
    if words:
        raise ScenarioError(f"warmup takes nothing, not {' '.join(words)!r}; type alliance-sim warmup.")
    began = time.monotonic()
    print("Compiling for Mesa agents, and for lanes of worlds beside it …", flush=True)
    with Ahead(fixed=True) as lanes:
        TherapyTrial(changed(Scenario(), {"patients.number": 2, "clinicians.number": 2})).run_model()
        with Signs(lanes.said, shown=True):
            lanes.wait()
    folder = cache_folder()
    print(f"Done in {time.monotonic() - began:.0f} s. The machine code lies in {folder or 'memory only'}.")
    return 0
