"""How time and memory grow: with patients, with design points, with threads."""

import gc
import math
import resource
import subprocess
import sys
import tempfile
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import qmc

from alliance_sim.engine import worlds
from alliance_sim.engine.recording import Keep
from alliance_sim.study.config import Study
from alliance_sim.study.designs import Design, Kind
from alliance_sim.study.identity import addresses
from alliance_sim.study.point_worlds import PointWorlds
from alliance_sim.study.posterior import Posterior
from alliance_sim.study.runner import groups
from alliance_sim.world.scenario import Scenario
from benchmarks.rows import NANOSECONDS, SEED, Timing, design, timing, visits

FEW_REPLICATES = 2
DRAWS = 100  # of the posterior
THREADS = (1, 2)
KIBIBYTE = 1024
WARM_UP = 16  # worlds


def simulated(arms: list[Scenario], replicates: range) -> None:
    """Run worlds and keep their summaries only."""
    worlds.simulate(arms, replicates, SEED, Keep.trials)


def by_patients(scenario: Scenario, sizes: list[int]) -> dict[int, float]:
    """Nanoseconds per patient-session with so many patients, as worlds of the scenario's size."""
    found = {}
    for patients in sizes:
        replicates = max(1, patients // scenario.patients.number)
        began = time.perf_counter()
        simulated([scenario], range(replicates))
        found[patients] = (time.perf_counter() - began) * NANOSECONDS / (replicates * visits(scenario))
    return found


def by_points(scenario: Scenario, sizes: list[int]) -> dict[int, float]:
    """Nanoseconds per patient-session by design points."""
    found = {}
    for points in sizes:
        arms = design(scenario, points)
        began = time.perf_counter()
        simulated(arms, range(FEW_REPLICATES))
        found[points] = (time.perf_counter() - began) * NANOSECONDS / (points * FEW_REPLICATES * visits(scenario))
    return found


class Made(NamedTuple):
    """What it takes to make one design point, from the study to what an engine reads of it."""

    milliseconds: float  # of the processor
    bytes: float  # that it takes for as long as the study is run


def making(points: int, rounds: int = 3) -> dict[str, Made]:
    """Make that many points of each kind of design over each kind of key; the least time of some rounds."""
    with tempfile.TemporaryDirectory() as folder:
        return {name: _made(study, rounds) for name, study in _studies(points, Path(folder)).items()}


def _made(study: Study, rounds: int) -> Made:
    taken = []
    for _ in range(rounds):
        began = time.process_time()
        worlds = study.worlds()
        addresses(worlds, study.seed)
        groups(worlds)
        assert isinstance(worlds, PointWorlds)
        worlds.arms()
        taken.append((time.process_time() - began) * 1000 / len(worlds))
    del worlds
    tracemalloc.start()
    try:
        kept = study.worlds()
        ids = addresses(kept, study.seed)
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return Made(min(taken), held / len(ids))


def _studies(points: int, folder: Path) -> dict[str, Study]:
    """A study for each kind of design and of key, of about so many points."""
    numbers = ["clinicians.empathy.mean", "clinicians.boundaries.mean", "parameters.bond.rate"]
    sizes = {"patients.number": [20, 120], "clinicians.number": [10, 200]}
    courses = {"protocol.preparation.sessions": [1, 6], "protocol.integration.sessions": [1, 6]}
    words = {
        "assignment.rule": ["random", "balanced", "attachment"],
        "patients.condition": ["depression", "ptsd"],
        "protocol.drug": ["none", "psilocybin"],
    }
    lists = {"protocol.doses": [[10.0], [25.0]], "protocol.integration.days": [None, [20, 30]]}
    near = 2 ** max(0, (points // (len(numbers) + 2)).bit_length() - 1)
    drawn = qmc.LatinHypercube(len(numbers), rng=np.random.default_rng(SEED)).random(points) / 2
    pd.DataFrame(drawn, columns=numbers).to_csv(folder / "numbers.csv", index=False)
    mixed = pd.DataFrame({numbers[0]: drawn[:, 0], "clinicians.number": np.arange(points) % 9 + 4})
    mixed = mixed.assign(**{key: [str(own[place % len(own)]) for place in range(points)] for key, own in words.items()})
    mixed.to_csv(folder / "mixed.csv", index=False)

    def hypercube(over: list[str], ranges: dict[str, list[int]]) -> Design:
        return Design(Kind.latin_hypercube, over=over, ranges=dict(ranges), points=points)

    def grid(levels: dict[str, Any], count: int = points) -> Design:
        steps = max(1, count // math.prod(map(len, levels.values())))
        return Design(Kind.grid, levels={**levels, numbers[0]: np.linspace(0.2, 0.6, steps).tolist()})

    designs = {
        "latin_hypercube, numbers": hypercube(numbers, {}),
        "latin_hypercube, sizes": hypercube(list(sizes), sizes),
        "latin_hypercube, sessions": hypercube([numbers[0], *courses], courses),
        "latin_hypercube, entry": hypercube(["protocol.entry.lowest"], {"protocol.entry.lowest": [10, 30]}),
        "sobol, numbers": Design(Kind.sobol, over=numbers, points=near),
        "grid, words": grid(words),
        "grid, lists": grid(lists),
        "one_at_a_time, numbers": Design(
            Kind.one_at_a_time, levels={key: drawn[: max(1, points // 3), 0].tolist() for key in numbers}
        ),
        "file, numbers": Design(Kind.file, file=str(folder / "numbers.csv")),
        "file, words and whole numbers": Design(Kind.file, file=str(folder / "mixed.csv")),
    }
    made = {name: Study(design=own) for name, own in designs.items()}
    over_draws = Study(design=grid({}, points // DRAWS), posterior=Posterior(draws=DRAWS))
    return {**made, "posterior, numbers": over_draws}


def by_threads(scenario: Scenario, replicates: int, rounds: int) -> dict[int, Timing]:
    """Nanoseconds of wall time per patient-session on so many threads, rounds interleaved."""
    blocks = 8
    step = max(1, replicates // blocks)
    parts = [range(block * step, block * step + step) for block in range(blocks)]
    taken: dict[int, list[float]] = {threads: [] for threads in THREADS}
    for _ in range(rounds):
        for threads in THREADS:
            with ThreadPoolExecutor(threads) as pool:
                began = time.perf_counter()
                list(pool.map(partial(simulated, [scenario]), parts))
                passed = time.perf_counter() - began
            taken[threads].append(passed * NANOSECONDS / (blocks * step * visits(scenario)))
    return {threads: timing(values) for threads, values in taken.items()}


def peak_memory(patients: int) -> int:
    """Peak resident memory in bytes of a process that simulates so many patients and keeps summaries."""
    folder = Path(__file__).resolve().parent.parent
    command = [sys.executable, "-m", "benchmarks.growth", str(patients)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return int(done.stdout)


def memory(sizes: list[int]) -> tuple[dict[int, int], float]:
    """Peak memory by patients, and the bytes that one patient more takes between the first and the last size."""
    peak_memory(sizes[0])  # a child that still has to compile would tell of the compiler
    found = {patients: peak_memory(patients) for patients in sizes}
    first, last = sizes[0], sizes[-1]
    return found, (found[last] - found[first]) / (last - first)


def main(patients: int) -> None:
    """Simulate and print this process's peak memory in bytes; what start-up took for a moment is not counted."""
    scenario = Scenario()
    simulated([scenario], range(WARM_UP))
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # Linux: begin the peak anew
    simulated([scenario], range(patients // scenario.patients.number))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text().splitlines()
        peak = int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
    print(peak * KIBIBYTE)


if __name__ == "__main__":
    main(int(sys.argv[1]))
