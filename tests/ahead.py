"""The package's machine code, made in parts at once, before workers that would each make all of it.

`python -m tests.ahead PART` makes one: `lanes`, `lanes_held` (a state is held fixed) or `agents` (what Mesa's call).
"""

import subprocess
import sys
from pathlib import Path

from alliance_sim.engine.compile import is_compiled

KERNELS = ("run", "run_fixed", "talk", "dose", "assess")
ROOT = Path(__file__).parents[1]


def lanes() -> None:
    """Compile what lanes run."""
    from alliance_sim.engine.ahead import compile_lanes

    compile_lanes(fixed=False)


def lanes_held() -> None:
    """Compile what lanes run where a state is held fixed."""
    from alliance_sim.engine import arrays, worlds
    from alliance_sim.engine.intervention import Fixed
    from tests.worlds import small

    world = small(patients__number=2)
    worlds.simulate([world], [0], 0, fixed=Fixed(("trust",), arrays.simulate([world], [0], 0)))


def agents() -> None:
    """Compile what agents call, one that chooses in a way of its own among them."""
    from alliance_sim.trial import Clinician, TherapyTrial
    from tests.worlds import small

    class Own(Clinician):
        def choose(self, seen):
            return super().choose(seen)

    class OwnTrial(TherapyTrial):
        clinician_type = Own

    for kind in (TherapyTrial, OwnTrial):
        trial = kind(small("psilodep2", assignment__rule="attachment"))
        trial.run_until(trial.end_day)


PARTS = {part.__name__: part for part in (lanes, lanes_held, agents)}


def compiled() -> None:
    """Make what is not there yet; what goes wrong here goes wrong in the tests too, and they say so."""
    if not all(map(is_compiled, KERNELS)):
        making = [
            subprocess.Popen([sys.executable, "-m", "tests.ahead", part], cwd=ROOT, stderr=subprocess.DEVNULL)
            for part in PARTS
        ]
        for part in making:
            part.wait()


if __name__ == "__main__":
    PARTS[sys.argv[1]]()
