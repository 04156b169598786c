"""One small dyad model in several frameworks, side by side, in an environment made for it and deleted after."""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PEERS = {name: HERE / f"{name}_dyad.py" for name in ("mesa", "agentpy", "starsim", "jax", "numba")}
BASELINE = "mesa"
ROUNDS = 15
PATIENTS_SESSIONS = 1000 * 20
FAR = 4.5  # standard errors
ONE_CORE = {
    "NUMBA_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}


def report() -> dict[str, Any]:
    """Make the environment, run every peer once a round on one core, check that they agree, print a table.

    Raises:
        ValueError: Two peers' mean summaries differ by more than `FAR` standard errors.
    """
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = Path(folder) / "bin" / "python"
        pip = [python, "-m", "pip", "--disable-pip-version-check", "-qq"]
        subprocess.run([*pip, "install", "-r", HERE / "requirements.txt"], check=True)
        return measure(python)


def measure(python: Path) -> dict[str, Any]:
    """Measure every peer with one interpreter."""
    core = min(os.sched_getaffinity(0))
    running = {
        name: subprocess.Popen(
            ["taskset", "-c", str(core), python, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **ONE_CORE},
        )
        for name, path in PEERS.items()
    }
    answers: dict[str, list[dict[str, float]]] = {name: [] for name in PEERS}
    try:
        for seed in range(ROUNDS + 1):
            for name, process in running.items():
                assert process.stdin is not None
                assert process.stdout is not None
                process.stdin.write(f"{seed}\n")
                process.stdin.flush()
                said = iter(process.stdout.readline, "")  # a library may greet first
                answers[name].append(json.loads(next(line for line in said if line.startswith("{"))))
    finally:
        for process in running.values():
            process.communicate()
    warm = {name: found[1:] for name, found in answers.items()}  # the first world compiles
    check(warm)
    seconds = {name: statistics.median(each["seconds"] for each in found) for name, found in warm.items()}
    versions = dict(line.split("==") for line in (HERE / "requirements.txt").read_text().split())
    print(f"{processor()}; one of {os.cpu_count()} cores; Python {platform.python_version()}; {ROUNDS} rounds.")
    print(f"{'framework':12}{'version':12}{'lines':>6}{'x Mesa':>10}{'first, s':>10}")
    table = {}
    for name, path in PEERS.items():
        lines = sum(1 for line in path.read_text().splitlines() if line.strip())
        faster = seconds[BASELINE] / seconds[name]
        first = answers[name][0]["seconds"]
        print(f"{name:12}{versions[name]:12}{lines:6}{faster:10.2f}{first:10.2f}")
        table[name] = {
            "version": versions[name],
            "lines": lines,
            "over_mesa": round(faster, 3),
            "ns": round(seconds[name] * 1e9 / PATIENTS_SESSIONS, 1),
            "first_s": round(first, 3),
        }
    return {"peers": table, "processor": processor(), "cores": os.cpu_count(), "rounds": ROUNDS}


def check(answers: dict[str, list[dict[str, float]]]) -> None:
    """Refuse peers whose mean summaries differ from the baseline's beyond sampling error."""
    for name, found in answers.items():
        for summary in ("severity", "bond", "ruptures", "here"):
            one, two = ([each[summary] for each in group] for group in (answers[BASELINE], found))
            error = ((statistics.variance(one) + statistics.variance(two)) / len(one)) ** 0.5
            if abs(statistics.fmean(one) - statistics.fmean(two)) > FAR * error:
                raise ValueError(
                    f"{name} has a mean {summary} of {statistics.fmean(two):.4f}, "
                    f"{BASELINE} {statistics.fmean(one):.4f}; "
                    f"write the same equations in benchmarks/peers/{PEERS[name].name}."
                )


def processor() -> str:
    """Name of the processor."""
    named = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return named[0].split(":")[1].strip() if named else platform.machine()
