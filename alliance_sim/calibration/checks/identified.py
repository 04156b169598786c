"""What does the evidence identify, and what stays as it was believed to be before?"""

from typing import Any

import numpy as np
import pandas as pd

from alliance_sim.calibration import space
from alliance_sim.calibration.results import Posterior

Array = np.ndarray[Any, np.dtype[Any]]
NARROWED = 0.5  # share of the prior's variance that must be gone for a number to count as identified by the evidence
TIED = 0.5  # correlation from which two numbers count as tied


def contraction(posterior: Posterior) -> pd.DataFrame:
    """How much of each prior the evidence took away.

    Returns:
        Columns key, prior_mean, prior_sd, mean, sd, contraction (1 less the share of the prior's variance left),
        identified.
    """
    normals = posterior.normals
    mean, sd = space.summary(posterior.values, posterior.weights)
    _, left = space.summary(normals, posterior.weights)
    made = pd.DataFrame([(row.mean, row.sd) for row in space.calibrated()], posterior.keys, ["prior_mean", "prior_sd"])
    made = made.assign(mean=mean, sd=sd, contraction=1 - left**2).rename_axis("key").reset_index()
    made["identified"] = made["contraction"] >= NARROWED
    return made.sort_values("contraction", ascending=False, ignore_index=True)


def ties(posterior: Posterior) -> pd.DataFrame:
    """Pairs of numbers that the evidence identifies only together: columns one, two, r, the strongest first."""
    normals = posterior.normals
    off = normals - posterior.weights @ normals
    shared = (off * posterior.weights[:, None]).T @ off
    scale = np.sqrt(shared.diagonal())
    r = shared / np.outer(scale, scale)
    strong = np.argwhere(np.tril(abs(r) >= TIED, -1))
    pairs = [(posterior.keys[one], posterior.keys[two], r[one, two]) for one, two in strong]
    made = pd.DataFrame(pairs, columns=["one", "two", "r"])
    return made.sort_values("r", key=abs, ascending=False, ignore_index=True)
