"""What the checks found, in a line each."""

import textwrap

from alliance_sim.calibration.checks.coverage import Coverage
from alliance_sim.calibration.checks.fit import IMPLAUSIBLE
from alliance_sim.calibration.checks.known import BINS
from alliance_sim.calibration.checks.left_out import NEVER
from alliance_sim.calibration.checks.outcome import Found, Trial

WIDTH = 100
FAILED = 0.01  # a check fails where a right calibration would be so far off once in a hundred
MARK = " !"
KEPT = "\N{NO-BREAK SPACE}"  # a line is not broken there


def failed(found: Found) -> list[str]:
    """Names of the checks that failed."""
    p = {
        "recovery": found.recovery.p,
        "ranks": found.ranks.p,
        "tarp": found.tarp.p,
        "joint": found.joint.p,
        "fit": min(found.fit.p_sets, found.fit.p_chi2),
        "left_out": _most_surprising(_of(found, fitted=True)),
        "never": _most_surprising(_of(found, fitted=False)),
    }
    names = [name for name, chance in p.items() if chance < FAILED]
    return names + (["implausible"] if _flagged(found) else [])


def lines(found: Found) -> list[str]:
    """A line for each check, with a mark at its end where it failed."""
    wrong = failed(found)
    said = {
        "recovery": f"Recovery: true numbers lie in their 90 % interval in {found.recovery.covered:.1%} of cases "
        f"(single numbers {found.recovery.lowest:.0%} to {found.recovery.highest:.0%}; {_p(found.recovery.p)}). "
        f"Recovered best (r of true and found): {_listed(found.recovered)}",
        "ranks": f"Ranks of true numbers (simulation-based calibration): chi² of {BINS} bins {found.ranks.chi2:.1f} in "
        f"the median number ({BINS - 1} expected); the most uneven of {found.numbers} numbers {_p(found.ranks.p)}",
        "tarp": f"TARP: coverage departs from its level by {_deviation(found.tarp, found.sets)}",
        "joint": f"Joint coverage, by rank of the log posterior: departs by {_deviation(found.joint, found.sets)}",
        "fit": f"Misspecification: the published summary is {'not ' if 'fit' in wrong else ''}one that the model could "
        f"have produced; distance² from its prediction {found.fit.distance:.0f} (synthetic sets {found.fit.usual:.0f}; "
        f"{_p(found.fit.p_sets)}), least sum of squares {found.fit.least:.0f} for {found.targets} rows "
        f"({_p(found.fit.p_chi2)})",
        "implausible": _implausible(found),
        "left_out": "Each study left out and foretold, rows within 95 % (p: share of simulated trials as far off, "
        f"all rows at once): {_trials(_of(found, fitted=True))}",
        "never": f"Studies that were never fitted: {_trials(_of(found, fitted=False))}",
    }
    made = [f"Checks, on {found.sets} synthetic sets of published numbers (a check that failed ends in{MARK}):"]
    for name, text in said.items():
        made += _wrapped(f"{text}.{MARK if name in wrong else ''}")
    return made + _wrapped(
        f"For these sets expectations are a straight line; it leaves {found.line[0]:.2f} standard deviations of "
        f"comparison in the median target, {found.line[1]:.2f} at most."
    )


def _wrapped(text: str) -> list[str]:
    whole = text.replace(" %", f"{KEPT}%").replace(MARK, f"{KEPT}!")
    broken = textwrap.wrap(whole, WIDTH, initial_indent="  ", subsequent_indent="    ")
    return [line.replace(KEPT, " ") for line in broken]


def _p(chance: float) -> str:
    said = "p < .001" if chance < 0.001 else f"p = {chance:.2g}" if chance < 0.1 else f"p = {chance:.2f}"
    return said.replace("0.", ".").replace(" ", KEPT)


def _listed(values: dict[str, float]) -> str:
    return "; ".join(f"{key.replace('parameters.', '')} {value:.2f}" for key, value in values.items())


def _deviation(found: Coverage, sets: int) -> str:
    where = "within" if found.deviation <= found.allowed else "outside"
    return f"{found.deviation:.3f} at most, {where} the {found.allowed:.3f} that {sets} sets allow ({_p(found.p)})"


def _flagged(found: Found) -> dict[str, float]:
    return {key: value for key, value in found.implausible.items() if value > IMPLAUSIBLE}


def _implausible(found: Found) -> str:
    flagged = _flagged(found)
    said = f"{len(flagged)} of {found.targets} rows lie more than {IMPLAUSIBLE:g} standard deviations off"
    return f"Implausibility at the best point: {said}; the worst: {_listed(found.implausible)}"


def _of(found: Found, fitted: bool) -> list[Trial]:
    return [trial for trial in found.trials if (trial.left_out != NEVER) == fitted]


def _most_surprising(trials: list[Trial]) -> float:
    """Chance that the most surprising of so many right predictions is as surprising."""
    return min((trial.p * len(trials) for trial in trials), default=1.0)


def _trials(trials: list[Trial]) -> str:
    return "; ".join(f"{one.study} {one.within}/{one.rows} ({_p(one.p)})" for one in trials) or "none"
