"""`alliance-sim warmup`: compile ahead what agents and lanes need."""

import time

from alliance_sim.engine import worlds
from alliance_sim.engine.compile import cache_folder
from alliance_sim.engine.intervention import Fixed
from alliance_sim.engine.lanes import WIDTH
from alliance_sim.engine.recording import Keep
from alliance_sim.errors import ScenarioError
from alliance_sim.trial import TherapyTrial
from alliance_sim.world.configuration import changed
from alliance_sim.world.scenario import Scenario


def main(words: list[str]) -> int:
    """Compile every kernel by running a small world through it; say where the machine code lies.

    Raises:
        ScenarioError: There are words.
    """
    if words:
        raise ScenarioError(f"warmup takes nothing, not {' '.join(words)!r}; type alliance-sim warmup.")
    arm = changed(Scenario(), {"patients.number": 2, "clinicians.number": 2})
    began = time.monotonic()
    for what, compile_it in (
        ("worlds with draws of their own", lambda: worlds.simulate([arm], [0], 0)),
        ("worlds that share draws", lambda: worlds.simulate([arm] * WIDTH, [0], 0, Keep.trials)),
        (
            "worlds with a state fixed",
            lambda: worlds.simulate([arm], [0], 0, fixed=Fixed(("trust",), worlds.simulate([arm], [0], 0))),
        ),
        ("Mesa agents", lambda: TherapyTrial(arm).run_model()),
    ):
        print(f"compiling for {what} …", flush=True)
        compile_it()
    folder = cache_folder()
    print(f"Done in {time.monotonic() - began:.0f} s. The machine code lies in {folder or 'memory only'}.")
    return 0
