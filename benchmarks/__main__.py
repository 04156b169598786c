"""Measure and print: `python -m benchmarks [quick | full | start | sweep | peers]`.

Without a word: every row, growth to 10⁶ patients and 10⁴ design points, threads, memory. `full` goes on to 10⁷
patients and 10⁵ design points; `quick` only shows that everything runs. `start` measures whole processes instead,
`sweep` large sweeps and what a sweep costs elsewhere, `peers` a small model in other frameworks.
"""

import json
import os
import platform
import sys
from typing import NamedTuple

from alliance_sim.world.scenario import Scenario
from benchmarks import counting, growth, rows, start, sweep
from benchmarks.peers import report as peers
from benchmarks.rows import Json, Measured, Size

MODES = ("quick", "normal", "full", "start", "sweep", "peers")
APART = {"start": start.report, "sweep": sweep.report, "peers": peers.report}


class Plan(NamedTuple):
    """What one mode measures."""

    size: Size
    patients: list[int]
    points: list[int]
    memory: list[int]
    threads_replicates: int
    threads_rounds: int
    cores: tuple[int, int, int, int]  # what `sweep.cores` takes


NORMAL = Plan(
    Size(),
    [10**3, 10**4, 10**5, 10**6],
    [1, 10, 100, 1000, 10**4],
    [10**5, 10**6],
    1600,
    9,
    (sweep.SWEEP, 3, sweep.TIMES, sweep.POINTS),
)
PLANS = {
    "quick": Plan(
        Size(rounds=1, lanes=16, points=16, replicates=1, numpy=4, trials=1, uses=10),
        [600],
        [1],
        [600, 1200],
        16,
        1,
        (16, 1, 2, 16),
    ),
    "normal": NORMAL,
    "full": NORMAL._replace(
        patients=[*NORMAL.patients, 10**7], points=[*NORMAL.points, 10**5], memory=[10**5, 10**6, 10**7]
    ),
}


def main(mode: str = "normal") -> None:
    """Measure in one mode, print tables and, last, one line of JSON."""
    if mode not in MODES:
        sys.exit(f"{mode!r} is no mode; choose one of: {', '.join(MODES)}.")
    found = APART[mode]() if mode in APART else report(PLANS[mode])
    print(json.dumps(found))


def report(plan: Plan) -> Json:
    """Measure a plan and print its tables."""
    scenario = Scenario()
    sessions = rows.visits(scenario)
    each = sessions // scenario.patients.number
    print(
        f"Work: {scenario.protocol.name}, {scenario.patients.number} patients, "
        f"{scenario.clinicians.number} clinicians.\n"
        f"A patient-session is one session or assessment of one patient: {each} a patient, {sessions} a trial.\n"
        "Every row returns the same trial summaries: means, shares and the spread of change over a trial's patients.\n"
        f"One core unless said otherwise; {plan.size.rounds} rounds, each row once a round; "
        f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} processors.\n"
    )
    for row in rows.rows(scenario, plan.size):
        print(f"{row.name}: {row.declaration}.")
    alone, together = counting.alone(scenario), counting.together(scenario)
    for name, counts in (("floor", alone), ("reuse_floor", together)):
        print(
            f"{name}: " + ", ".join(f"{uses:.2f} {part}" for part, uses in counts._asdict().items()) + ", nothing else;"
        )
    print(
        "  this is what the laws ask for a patient-session, each primitive alone, compiled for the same lanes:\n"
        "  in floor for a patient alone, in reuse_floor with what the patients of a world share computed once.\n"
        "floor_shared, reuse_floor_shared: the same, the draws (philox, normal_pair) made once for sixteen worlds."
    )
    print("\n".join(rows.not_measured()) + "\n", flush=True)

    measured = rows.measure(scenario, plan.size, alone, together)
    ratios = rows.ratios(measured.timings)
    print_rows(measured)
    print_ratios(ratios)

    patients = growth.by_patients(scenario, plan.patients)
    print("patients, as worlds of 60:    " + ", ".join(f"{n:,}: {ns:.0f} ns" for n, ns in patients.items()), flush=True)
    points = growth.by_points(scenario, plan.points)
    print("design points, 2 replicates:  " + ", ".join(f"{n:,}: {ns:.0f} ns" for n, ns in points.items()), flush=True)
    made = growth.making(max(plan.points))
    for name, (took, held) in made.items():
        print(f"  making a point, {name:30} {took:.4f} ms, {held:.0f} bytes", flush=True)
    threads = growth.by_threads(scenario, plan.threads_replicates, plan.threads_rounds)
    print(
        "threads:                      " + ", ".join(f"{n}: {t.median:.0f} ns" for n, t in threads.items()), flush=True
    )
    cores = sweep.cores(*plan.cores)
    print("sweeps:                       " + ", ".join(f"{name} {value}" for name, value in cores.items()), flush=True)
    warmup, building = start.warmup(), rows.building(scenario)
    print(f"first minute:                 warmup {warmup:.0f} s; TherapyTrial() {building:.1f} ms", flush=True)
    peaks, extra = growth.memory(plan.memory)
    print("peak memory, patients:        " + ", ".join(f"{n:,}: {b / 2**20:.0f} MiB" for n, b in peaks.items()))
    return {
        **{name: round(value, 3) for name, value in ratios.items()},
        **cores,
        "warmup_s": round(warmup, 1),
        "trial_build_ms": round(building, 2),
        "bytes_per_extra_patient": round(extra, 2),
        "threads2_speedup": round(threads[1].median / threads[2].median, 3),
        "median_ns": _rounded({name: timing.median for name, timing in measured.timings.items()}),
        "least_ns": _rounded({name: timing.least for name, timing in measured.timings.items()}),
        "most_ns": _rounded({name: timing.most for name, timing in measured.timings.items()}),
        "primitive_ns": _rounded({name: timing.median for name, timing in measured.primitives.items()}),
        "counts": _rounded(alone._asdict()),
        "reuse_counts": _rounded(together._asdict()),
        "patients_ns": _rounded({str(n): ns for n, ns in patients.items()}),
        "points_ns": _rounded({str(n): ns for n, ns in points.items()}),
        "point_ms": round(max(took for took, _ in made.values()), 4),
        "point_bytes": round(max(held for _, held in made.values())),
        "threads_ns": _rounded({str(n): timing.median for n, timing in threads.items()}),
        "peak_bytes": {str(n): peak for n, peak in peaks.items()},
    }


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in values.items()}


def print_rows(measured: Measured) -> None:
    """Print nanoseconds per patient-session, and how many times as fast as idiomatic Mesa."""
    base = measured.timings[rows.BASELINE].median
    print(f"{'row':19}{'median ns':>12}{'least':>12}{'most':>12}{'x Mesa':>10}")
    for name, (median, least, most) in measured.timings.items():
        print(f"{name:19}{median:12,.1f}{least:12,.1f}{most:12,.1f}{base / median:10,.1f}")
    print(f"\n{'primitive':19}{'median ns':>12}{'least':>12}{'most':>12}   a use and lane")
    for name, cost in measured.primitives.items():
        print(f"{name:19}" + "".join(f"{value:12.2f}" for value in cost))


def print_ratios(found: dict[str, float]) -> None:
    """Print the ratios of medians."""
    print()
    for name, value in found.items():
        print(f"{name:30}{value:10.2f}")
    print(flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:2])
