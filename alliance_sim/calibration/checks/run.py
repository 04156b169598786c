"""All checks of a posterior, step by step; a stopped run goes on after its last whole step."""

import functools
import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from alliance_sim.calibration.checks import coverage, fit, known as known_numbers, left_out, line as lines, synthetic
from alliance_sim.calibration.checks.outcome import FILE, Found, Trial, digest, write
from alliance_sim.calibration.evidence.targets import FITTED, PREDICTED, targets
from alliance_sim.calibration.likelihood import Likelihood
from alliance_sim.calibration.prediction import BATCH, BATCHES
from alliance_sim.calibration.results import Posterior, checkpoint
from alliance_sim.calibration.search import Best
from alliance_sim.calibration.space import to_normal
from alliance_sim.calibration.summaries import by_study

Array = np.ndarray[Any, np.dtype[Any]]
SHOWN = 10  # numbers named
WORST = 5  # rows named


class Steps:
    """Steps whose arrays are kept in a folder, under a key of what they are made of."""

    def __init__(self, folder: Path, made_of: str, say: Callable[[str], None]) -> None:
        """Keep steps in a folder; `say` is told of each that was made, and the seconds since the first."""
        self.folder, self.key, self.say = folder, made_of, say
        self.began = time.monotonic()

    def arrays(self, name: str, make: Callable[[], dict[str, Array]]) -> dict[str, Array]:
        """The arrays of a step: as an earlier run left them, else made and kept."""
        path = self.folder / f"checks-{name}-{self.key}.npz"
        kept = checkpoint(path)
        if kept is not None:
            return kept
        made = make()
        spare = path.with_suffix(".new.npz")
        parts: dict[str, Any] = {part: np.asarray(values) for part, values in made.items()}
        np.savez(spare, **parts)
        spare.replace(path)
        self.say(f"check, {name.replace('_', ' ')}: after {time.monotonic() - self.began:.0f} s")
        return made


def run(
    posterior: Posterior,
    likelihood: Likelihood,
    folder: Path,
    made_of: str,
    seed: int,
    say: Callable[[str], None] = lambda line: None,
) -> Found:
    """Check a posterior, and write `checks.json` and tables into a folder.

    Args:
        posterior: Its `about` holds the key of the calibration.
        likelihood: Anchored at the best point.
        folder: Where steps and results go.
        made_of: Key of the code and data that the calibration rests on.
        seed: Of every draw.
        say: Told of each step.
    """
    steps = Steps(folder, _key(posterior, made_of, seed), say)
    covariance, size = likelihood.reference.covariance, len(likelihood.values)
    start = to_normal(posterior.best[None])
    levels = steps.arrays("line", lambda: {"levels": likelihood.expected(np.vstack([start, posterior.normals]))})
    at_best, levels_of_draws = levels["levels"][0], levels["levels"][1:]
    height = float(likelihood.of_expected(at_best[None])[0]) - 0.5 * float((start**2).sum())
    straight = lines.line(posterior.normals, posterior.weights, levels_of_draws)
    sets = steps.arrays("sets", lambda: synthetic.made(posterior, likelihood, synthetic.SETS, seed)._asdict())
    true, seen = sets["true"], sets["seen"]
    answers = lines.answered(straight, covariance, seen)
    ranks = known_numbers.ranks(true, answers)
    recovered = known_numbers.table(posterior.keys, true, answers)
    rows = fit.implausibility([target.key for target in likelihood.targets], likelihood.values, at_best, covariance)
    foretold, trials = _foretold(steps, posterior, likelihood, start[0], seed)
    rest = np.sqrt(straight.rest.diagonal() / covariance.diagonal())
    named = rows[rows["flagged"] | (rows.index < WORST)]
    found = Found(
        key=str(posterior.about.get("key", "")),
        draws=digest(posterior),
        seed=seed,
        sets=len(true),
        numbers=true.shape[1],
        targets=size,
        recovery=known_numbers.recovery(ranks),
        recovered=_pairs(recovered.head(SHOWN), "r"),
        ranks=known_numbers.even(ranks),
        tarp=coverage.even(coverage.tarp(true, seen, answers, straight, seed)),
        joint=coverage.even(coverage.joint(true, answers, seed)),
        fit=fit.fit(straight, covariance, seen, likelihood.values, height),
        implausible=_pairs(named, "implausibility"),
        trials=[Trial.model_validate(row) for row in trials.to_dict("records")],
        line=(float(np.median(rest)), float(rest.max())),
    )
    ranked = pd.DataFrame(ranks, columns=posterior.keys)
    tables = {"recovery": recovered, "ranks": ranked, "implausibility": rows, "loto": foretold}
    for name, frame in tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    write(folder / FILE, found)
    return found


def _foretold(
    steps: Steps, posterior: Posterior, likelihood: Likelihood, start: Array, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every trial from a posterior without it: rows and studies, those that were fitted first."""
    parts = []
    for study, own in by_study(likelihood.targets).items():
        search = functools.partial(left_out.without, study, likelihood.reference, start, seed)
        fields = steps.arrays(f"search_without_{study}", lambda: search()._asdict())  # noqa: B023 - called at once
        cloud = left_out.laplace(_best(fields), posterior.keys, BATCHES * BATCH, seed)
        parts.append(_kept(steps, f"foretold_{study}", cloud, own, study, seed))
    parts.append(_kept(steps, "foretold_never_fitted", posterior, targets(PREDICTED), left_out.NEVER, seed))
    rows, studies = (pd.concat(frames, ignore_index=True) for frames in zip(*parts, strict=True))
    return rows, studies


def _best(fields: dict[str, Array]) -> Best:
    return Best(fields["normals"], float(fields["height"]), fields["slopes"], fields["covariance"])


def _kept(
    steps: Steps, name: str, posterior: Posterior, own: Any, study: str, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predictions of some rows, as one step: rows and studies."""

    def make() -> dict[str, Array]:
        frames = left_out.foretold(posterior, own, study, BATCHES, seed)
        return {f"{place} {column}": frame[column].to_numpy(_kind(frame[column])) for place, frame in enumerate(frames)
                for column in frame}  # fmt: skip

    arrays = steps.arrays(name, make)
    rows, studies = (
        pd.DataFrame({column: arrays[f"{place} {column}"] for column in columns})
        for place, columns in enumerate((left_out.COLUMNS, left_out.OF_TRIALS))
    )
    return rows, studies


def _kind(column: pd.Series) -> Any:
    return column.dtype if column.dtype.kind in "biuf" else np.str_  # text that a file may hold without pickling


def _pairs(frame: pd.DataFrame, column: str) -> dict[str, float]:
    return {str(key): float(value) for key, value in zip(frame["key"], frame[column], strict=True)}


def _key(posterior: Posterior, made_of: str, seed: int) -> str:
    """What the steps rest on: the calibration, its draws, the seed, the sizes, all targets, and the checks' sources."""
    sizes = f"{synthetic.SETS} {BATCHES} {BATCH}"
    known = targets(FITTED) + targets(PREDICTED)
    made = hashlib.sha256(f"{made_of} {digest(posterior)} {seed} {sizes} {known}".encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        made.update(source.read_bytes())
    return made.hexdigest()[:12]
