"""A large sweep from end to end: the kernels' share of it, what a second core brings, what a sweep costs elsewhere.

Each measurement is a process of its own. `share` clocks the compiled kernels inside the real command; `second_core`
times the whole command on one thread and on two, in turn; `overhead` runs the same 100 points through our design,
through Hydra's `--multirun` of our command, and through `mesa.batch_run` of the idiomatic trial, in turn.
"""

import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.rows import Json, Timing, timing

ROOT = Path(__file__).resolve().parent.parent
OVER = "design.over=[clinicians.empathy.mean,clinicians.boundaries.mean,parameters.bond.rate]"
POINTS, REPLICATES = 10_000, 20
SWEEP, TIMES = 4096, 10  # points of the sweep that a second core is given, and how many times as many of the large one
FEW_POINTS, PATIENTS, ROUNDS = 100, 20, 3
LEVELS = [round(0.4 + 0.004 * step, 3) for step in range(FEW_POINTS)]


def words(workers: int, points: int, replicates: int = REPLICATES) -> list[str]:
    """The command of a sweep of trials."""
    asked = ["run", "design=latin_hypercube", f"design.points={points}", OVER, f"replicates={replicates}"]
    return [*asked, "keep=trials", "figures=false", f"executor.workers={workers}"]


def inside(workers: int, points: int, replicates: int, out: str) -> None:
    """Run one sweep in this process and print what it took, as JSON, on the last line."""
    from alliance_sim.cli import entry as cli
    from alliance_sim.engine import kernels
    from alliance_sim.study import work

    spent = {"kernels": 0.0, "work": 0.0}
    ends: list[float] = []
    guard = threading.Lock()

    def clock(plain: Callable[..., Any], stage: str) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            began = time.perf_counter()
            try:
                return plain(*arguments)
            finally:
                ended = time.perf_counter()
                with guard:
                    spent[stage] += ended - began
                    ends.extend([began, ended] if stage == "work" else [])

        return timed

    kernels.run = clock(kernels.run, "kernels")
    work.compute = clock(work.compute, "work")
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        code = cli.main([*words(workers, points, replicates), f"out={out}"])
    passed = max(ends) - min(ends)
    files = sum(path.stat().st_size for path in Path(out, "trials").iterdir())
    found = {
        "code": code,
        "seconds": passed,
        "kernels_share": spent["kernels"] / (passed * workers),
        "kernels_of_work": spent["kernels"] / spent["work"],
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "bytes_a_row": files / (points * replicates),
        "trials_a_second": points * replicates / passed,
    }
    print(json.dumps(found))


def share(workers: int, points: int = POINTS, replicates: int = REPLICATES) -> Json:
    """Measure one sweep of trials in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        code = f"from benchmarks.sweep import inside; inside({workers}, {points}, {replicates}, {folder + '/out'!r})"
        done = _python(["-c", code], folder)
    found: Json = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def second_core(points: int, rounds: int) -> float:
    """How many times as fast the whole command is with a second thread: ratio of the medians of rounds in turn."""
    taken: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(rounds):
        for workers, own in taken.items():
            with tempfile.TemporaryDirectory() as folder:
                began = time.perf_counter()
                _python(["-m", "alliance_sim", *words(workers, points)], folder)
                own.append(time.perf_counter() - began)
    return statistics.median(taken[1]) / statistics.median(taken[2])


def cores(points: int = SWEEP, rounds: int = ROUNDS, times: int = TIMES, shared: int = POINTS) -> Json:
    """What threads bring a sweep: the share of two threads' time that kernels take, and the whole command's speed.

    Args:
        points: Of the sweep whose whole command is timed.
        rounds: How often.
        times: How many times as many points the large sweep has.
        shared: Points of the sweep in which kernels are clocked.
    """
    return {
        "kernel_share": round(share(2, shared)["kernels_share"], 3),
        "second_core": round(second_core(points, rounds), 3),
        "second_core_large": round(second_core(times * points, 1), 3),
    }


def _python(words: list[str], folder: str) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, check=True, capture_output=True, text=True
    )


OURS = ["-m", "alliance_sim", "run", f"patients.number={PATIENTS}", "clinicians.number=4", "replicates=1"]
OURS += ["keep=trials", "figures=false"]
LISTED = ",".join(map(str, LEVELS))
BATCH = f"""
import warnings
warnings.simplefilter("ignore")
import mesa
from alliance_sim.world.configuration import changed
from alliance_sim.world.scenario import Scenario
from benchmarks.idiomatic_mesa import Trial
base = changed(Scenario(), {{"patients.number": {PATIENTS}, "clinicians.number": 4}})
worlds = [changed(base, {{"clinicians.empathy.mean": level}}) for level in {LEVELS}]
found = mesa.batch_run(Trial, {{"world": worlds}}, rng=[1], number_processes=1, display_progress=False)
assert len(found) == {FEW_POINTS}
"""
WAYS = {
    "our design": [*OURS, "design=grid", f"design.levels={{clinicians.empathy.mean: [{LISTED}]}}"],
    "hydra --multirun": [*OURS, "~arms.weak", "~arms.strong", "-m", f"clinicians.empathy.mean={LISTED}"],
    "mesa.batch_run": ["-c", BATCH],
}


def overhead(rounds: int = ROUNDS) -> dict[str, Timing]:
    """Seconds of the whole process for the same 100 points, one trial each, by three ways; rounds interleaved."""
    taken: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, words in WAYS.items():
            with tempfile.TemporaryDirectory() as folder:
                began = time.perf_counter()
                _python(words, folder)
                taken.setdefault(name, []).append(time.perf_counter() - began)
    return {name: timing(values) for name, values in taken.items()}


def report() -> Json:
    """Measure and print everything."""
    found: Json = {"sweep": {}, "hundred_points_s": {}}
    size = f"{POINTS:,} points × {REPLICATES} replicates × 60 patients"
    print(f"{size}, from the first batch's start to the last one's end")
    for workers in (1, 2):
        one = share(workers)
        found["sweep"][str(workers)] = {name: round(value, 3) for name, value in one.items()}
        print(
            f"  threads {workers}: {one['seconds']:.2f} s, {one['trials_a_second']:,.0f} trials a second; kernels "
            f"{one['kernels_share']:.0%} of the time of {workers} core{'s' * (workers > 1)}, "
            f"{one['kernels_of_work']:.0%} of the work on batches; peak memory {one['peak_bytes'] / 1e6:.0f} MB; "
            f"{one['bytes_a_row']:.0f} bytes a row",
            flush=True,
        )
    timings = overhead()
    base = timings["our design"].median
    print(f"{FEW_POINTS} points × 1 trial of {PATIENTS} patients, whole process, seconds: median (least-most)")
    for name, (median, least, most) in timings.items():
        print(f"  {name:18}{median:8.2f} ({least:.2f}-{most:.2f}), {median / base:.1f} × ours")
        found["hundred_points_s"][name] = round(median, 3)
    return found
