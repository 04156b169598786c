"""What the checks found, as one small JSON file beside the posterior that was checked."""

import hashlib
import json
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from alliance_sim.calibration.checks.coverage import Coverage
from alliance_sim.calibration.checks.fit import Fit
from alliance_sim.calibration.checks.known import Ranks, Recovery
from alliance_sim.calibration.checks.strict import Count, Share, Strict, Word
from alliance_sim.calibration.results import Posterior

FILE = "checks.json"
LARGEST = 1 << 20  # bytes that a file of checks may have
UNCHECKED = "Not checked: run alliance-sim calibrate."


class Trial(Strict):
    """How one study was foretold."""

    study: Word
    left_out: Word
    rows: Count
    within: Count
    p: Share


class Found(Strict):
    """The figures of every check, and what they are of."""

    key: Word  # of the calibration
    draws: Word  # digest of the posterior's draws
    seed: Count
    sets: Count  # synthetic
    numbers: Count
    targets: Count
    recovery: Recovery
    recovered: dict[Word, float]  # r of true and found, the best numbers
    ranks: Ranks
    tarp: Coverage
    joint: Coverage
    fit: Fit
    implausible: dict[Word, float]  # every flagged row, and the worst few
    trials: list[Trial]
    line: tuple[float, float]  # what the line leaves, in standard deviations of comparison: median target, largest


def digest(posterior: Posterior) -> str:
    """Of a posterior's draws: the same in memory and from its file."""
    return hashlib.sha256(posterior.values.astype(np.float32).tobytes()).hexdigest()[:16]


def write(path: Path, found: Found) -> None:
    """Write what was found; equal findings give equal bytes."""
    spare = path.with_suffix(".new")
    spare.write_text(json.dumps(found.model_dump(), indent=1) + "\n", encoding="utf-8")
    spare.replace(path)


def read(path: Path, posterior: Posterior) -> Found | None:
    """Read what was found about a posterior; None where there is nothing, it is damaged, or it is of another one."""
    try:
        if path.stat().st_size > LARGEST:
            return None
        found = Found.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
    same = found.key == posterior.about.get("key") and found.draws == digest(posterior)
    return found if same else None
