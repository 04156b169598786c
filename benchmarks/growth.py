"""How time and memory grow: with patients, with design points, with threads."""

import resource
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path

from alliance_sim.engine import worlds
from alliance_sim.engine.recording import Keep
from alliance_sim.world.scenario import Scenario
from benchmarks.rows import NANOSECONDS, SEED, Timing, design, timing, visits

FEW_REPLICATES = 2
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


def by_points(scenario: Scenario, sizes: list[int]) -> dict[int, tuple[float, float]]:
    """By design points: nanoseconds per patient-session, and milliseconds to make one point's scenario."""
    found = {}
    for points in sizes:
        began = time.perf_counter()
        arms = design(scenario, points)
        made = (time.perf_counter() - began) * 1000 / points
        began = time.perf_counter()
        simulated(arms, range(FEW_REPLICATES))
        took = (time.perf_counter() - began) * NANOSECONDS / (points * FEW_REPLICATES * visits(scenario))
        found[points] = (took, made)
    return found


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
