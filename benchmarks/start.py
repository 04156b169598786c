"""Whole processes: how long a small run takes, what imports cost, and where the main job's time goes."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.rows import Json, Timing, timing

ROOT = Path(__file__).resolve().parent.parent
COMMAND = "import sys; from alliance_sim.cli.entry import main; sys.exit(main())"
SMALL = ["run", "replicates=1", "figures=false"]
IMPORTS = ("numpy", "numba", "mesa", "pandas", "scipy.stats", "seaborn", "hydra", "alliance_sim", "alliance_sim.trial")
WARM_ROUNDS, COLD_ROUNDS = 5, 2
STAGES = ("start-up", "compile", "simulation", "writing", "figures", "rest")


def _run(arguments: list[str], cache: str | None = None) -> float:
    """Run a Python process in a folder of its own and return its seconds."""
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    if cache is not None:
        environment["ALLIANCE_SIM_CACHE"] = cache
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, check=True, capture_output=True)
        return time.perf_counter() - began


def _cold(words: list[str]) -> float:
    """Seconds of a command of ours with nothing compiled yet."""
    with tempfile.TemporaryDirectory() as empty:
        return _run(["-c", COMMAND, *words], empty)


def small_run(engine: str, cold: bool) -> float:
    """Seconds of `alliance-sim run replicates=1 figures=false`; cold: with nothing compiled yet."""
    if not cold:
        return _run(["-c", COMMAND, *SMALL, f"engine={engine}"])
    return _cold([*SMALL, f"engine={engine}"])


def small_runs() -> dict[str, Timing]:
    """Small runs, warm and cold, by engine; rounds interleaved."""
    engines = ("auto", "numpy", "lanes", "mesa")
    for engine in engines:
        small_run(engine, cold=False)  # compiles
    taken: dict[str, list[float]] = {}
    for _ in range(WARM_ROUNDS):
        for engine in engines:
            taken.setdefault(f"{engine} warm", []).append(small_run(engine, cold=False))
    for _ in range(COLD_ROUNDS):
        for engine in engines:
            taken.setdefault(f"{engine} cold", []).append(small_run(engine, cold=True))
    return {name: timing(values) for name, values in taken.items()}


def warmup() -> float:
    """Seconds of `alliance-sim warmup` on a machine that has nothing compiled yet."""
    return _cold(["warmup"])


def imports() -> dict[str, Timing]:
    """Seconds that an import adds to a bare process."""
    taken: dict[str, list[float]] = {}
    for _ in range(WARM_ROUNDS):
        bare = _run(["-c", "pass"])
        for name in IMPORTS:
            taken.setdefault(name, []).append(_run(["-c", f"import {name}"]) - bare)
    return {name: timing(values) for name, values in taken.items()}


def main_job() -> dict[str, float]:
    """Seconds of each stage of `alliance-sim run`."""
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    with tempfile.TemporaryDirectory() as folder:
        began = time.time()
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.stages", repr(began)],
            cwd=folder,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
    words = done.stderr.strip().splitlines()[-1].split()
    return dict(zip(STAGES, (float(word) for word in words), strict=True))


def report() -> Json:
    """Measure and print everything."""
    runs, costs, stages = small_runs(), imports(), main_job()
    print("alliance-sim run replicates=1 figures=false, seconds of the whole process: median (least-most)")
    for name, (median, least, most) in runs.items():
        print(f"  engine={name:14}{median:8.2f} ({least:.2f}-{most:.2f})")
    print("import, seconds beyond a bare process: median (least-most)")
    for name, (median, least, most) in costs.items():
        print(f"  {name:21}{median:8.2f} ({least:.2f}-{most:.2f})")
    whole = sum(stages.values())
    print(f"alliance-sim run, seconds by stage, {whole:.2f} in all")
    for name, seconds in stages.items():
        print(f"  {name:21}{seconds:8.2f} ({seconds / whole:.0%})")
    return {
        "run_s": {name: round(one.median, 3) for name, one in runs.items()},
        "import_s": {name: round(one.median, 3) for name, one in costs.items()},
        "main_job_s": {name: round(seconds, 3) for name, seconds in stages.items()},
    }
