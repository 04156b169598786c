"""The command `alliance-sim calibrate`: from published numbers to the posterior and its checks, resumable."""

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import yaml

from alliance_sim.calibration import posterior, results, space
from alliance_sim.calibration.checks import run, words as in_words
from alliance_sim.calibration.likelihood import TRIALS, Likelihood, Reference, anchored
from alliance_sim.calibration.search import Best, best
from alliance_sim.calibration.studies import STUDIES
from alliance_sim.errors import FolderError
from alliance_sim.model.configurable import configurable
from alliance_sim.model.registry import Quantity as Q
from alliance_sim.study.designs import CHOICE
from alliance_sim.study.folders import unwritable, writable
from alliance_sim.study.identity import laws_key
from alliance_sim.world.configuration import from_words
from alliance_sim.world.scenario import DEFAULT_SEED
from alliance_sim.world.seeds import LARGEST

ANCHORED = 3  # times the search is anchored anew at its best point
READERS = (
    "behaviours.py",
    "between_trials.py",
    "clinicians.py",
    "comparators.py",
    "rename_keys.py",
    "sensitivity.py",
    "validate.py",
    "yardstick.py",
)
EVIDENCE = Path(__file__).parent / "evidence"
Array = np.ndarray[Any, np.dtype[Any]]


@configurable
class Calibration:
    """What `alliance-sim calibrate` takes."""

    particles: Annotated[int, Q("N", "draws", 100, 100_000, CHOICE, "Draws of the posterior.")] = posterior.PARTICLES
    seed: Annotated[int, Q("s", "1", 0, LARGEST, CHOICE, "Seed of every draw.")] = DEFAULT_SEED
    checks: bool = True
    out: str = "outputs/calibration"


def made_folder(name: str) -> Path:
    """Make a folder for results.

    Raises:
        FolderError: It cannot be made.
    """
    folder = writable(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FolderError(unwritable(folder, error)) from error
    return folder


def calibrate(words: Sequence[str]) -> int:
    """Calibrate by key=value words, check what was found and write both; the same command goes on where it was stopped.

    Raises:
        ScenarioError: A word cannot be understood.
    """
    wanted = from_words(Calibration, words, "alliance-sim calibrate particles=200")
    folder = made_folder(wanted.out)
    began = time.monotonic()
    found, likelihood = searched(folder, wanted.seed)
    print(f"best point: log posterior {found.height:.2f}, after {time.monotonic() - began:.0f} s", flush=True)
    cloud = posterior.sample(
        likelihood,
        wanted.seed,
        wanted.particles,
        folder / f"particles-{key(wanted.seed)}.npz",
        lambda progress: print(_line(progress, time.monotonic() - began), flush=True),
    )
    count = len(cloud.normals)
    best_point = space.to_values(found.normals[None])[0]
    about = {"seed": wanted.seed, "particles": count, "points": likelihood.evaluations, "key": key(wanted.seed)}
    values, weights = space.to_values(cloud.normals), np.full(count, 1 / count)
    made = results.Posterior(space.names(), values, weights, cloud.heights, best_point, about)
    results.write(folder / "posterior.parquet", made)
    whole = {point_key: float(f"{value:.4g}") for point_key, value in zip(made.keys, made.best, strict=True)}
    best_text = yaml.safe_dump(whole, sort_keys=False, allow_unicode=True)  # keys as `run` understands them
    (folder / "best.yaml").write_text(best_text, encoding="utf-8")
    worlds = likelihood.evaluations * sum(len(STUDIES[name].arms) * trials for name, trials in TRIALS.items())
    print(
        f"{len(made.weights)} draws of {len(made.keys)} numbers from {likelihood.evaluations} points ({worlds} worlds)"
    )
    print(f"sha256 {hashlib.sha256(made.values.astype(np.float32).tobytes()).hexdigest()[:16]}")
    if wanted.checks:
        checked = run.run(made, likelihood, folder, key(wanted.seed), wanted.seed, lambda line: print(line, flush=True))
        print("\n".join(in_words.lines(checked)))
    print(f"Results lie in {wanted.out}; compare them with what was published: alliance-sim validate posterior="
          f"{folder / 'posterior.parquet'}")  # fmt: skip
    return 0


def key(seed: int) -> str:
    """What a calibration rests on: laws and registry, the fitted table, this room's sources and the seed.

    Sources that only read a posterior are left out: another word in their output is no reason to calibrate anew.
    """
    digest = hashlib.sha256(f"{laws_key()} {seed}".encode())
    fitted = (EVIDENCE / name for name in ("calibration.csv", "clinicians.csv", "bindings.csv", "targets.py"))
    own = (path for path in sorted(Path(__file__).parent.glob("*.py")) if path.name not in READERS)
    for source in (*fitted, *own):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def searched(folder: Path, seed: int) -> tuple[Best, Likelihood]:
    """Find the best point, from the prior's middle, or read it if the same search was done before."""
    kept = folder / f"search-{key(seed)}.npz"
    file = results.checkpoint(kept)
    if file is not None:
        found = Best(file["normals"], float(file["height"]), file["slopes"], file["covariance"])
        reference = Reference(*(file[f"reference_{name}"] for name in Reference._fields))
        return found, Likelihood(reference, seed=seed)
    normals = np.zeros(len(space.names()))
    for anchor in range(ANCHORED):
        likelihood = Likelihood(anchored(normals, seed=seed), seed=seed)
        found = best(likelihood, normals)
        normals = found.normals
        print(f"search {anchor + 1} of {ANCHORED}: log posterior {found.height:.2f}", flush=True)
    reference = anchored(normals, seed=seed)
    spare = kept.with_suffix(".new.npz")
    np.savez(spare, **found._asdict(), **{f"reference_{name}": part for name, part in reference._asdict().items()})
    spare.replace(kept)
    return found, Likelihood(reference, seed=seed)


def _line(progress: posterior.Progress, seconds: float) -> str:
    return (
        f"step {progress.step}: {progress.share:.1%} of the likelihood let in, {progress.sweeps} sweeps, "
        f"{progress.accepted:.0%} of moves taken, {progress.points} points, {seconds:.0f} s"
    )
